# SPDX-License-Identifier: Apache-2.0
"""Parts of a heating bill: base and consumption, heat for hot water, and what unlet rooms cost whom.

Everything is exact until a caller rounds; percentages, factors and fractions come from `billing.rules`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal

Number = Decimal | Fraction | int
Correction = Literal["gas_by_upper_value", "commercial_heat_supply", "monovalent_heat_pump"]


class NoTotal(ValueError):
    """A share needs a total other than zero."""


@dataclass(frozen=True, slots=True)
class TwoParts:
    """A cost in its base part and its consumption part, exact."""

    base: Fraction
    consumption: Fraction

    @property
    def total(self) -> Fraction:
        return self.base + self.consumption


def in_two_parts(cost: Number, base_percent: Number) -> TwoParts:
    """Cut a cost into base and consumption."""
    base = Fraction(cost) * Fraction(base_percent) / 100
    return TwoParts(base, Fraction(cost) - base)


def share_of(cost: Number, own: Number, total: Number) -> Fraction:
    """
    A part of a cost in proportion.

    :raises NoTotal: if the total is zero.
    """
    if not total:
        raise NoTotal("There is no total to take a share of.")
    return Fraction(cost) * Fraction(own) / Fraction(total)


def flat_share(
    cost: TwoParts, *, area: Number, total_area: Number, used: Number, total_used: Number
) -> TwoParts:
    """One flat's part of both: the base by area, the consumption by meter."""
    return TwoParts(share_of(cost.base, area, total_area), share_of(cost.consumption, used, total_used))


def hot_water_energy(volume_m3: Number, celsius: Number, *, factor: Number, base_celsius: Number) -> Fraction:
    """Heat for hot water in kWh from its volume and temperature (HeizkostenV § 9 (2))."""
    return Fraction(factor) * Fraction(volume_m3) * (Fraction(celsius) - Fraction(base_celsius))


def corrected(energy: Number, correction: Correction, value: Number) -> Fraction:
    """
    A formula's energy corrected for how the heat is made or bought (§ 9 (2) Satz 6).

    Gas billed by its upper value and heat pumps multiply, commercial heat supply divides.  A *measured*
    energy is never corrected.
    """
    if correction == "commercial_heat_supply":
        return Fraction(energy) / Fraction(value)
    return Fraction(energy) * Fraction(value)


def fuel_for(energy: Number, lower_value: Number) -> Fraction:
    """Fuel in its own unit for an energy in kWh (§ 9 (3))."""
    return share_of(1, energy, lower_value)


def consumption_share_allowed(percent: Number, *, least: Number, most: Number, agreed: bool) -> bool:
    """Whether a consumption share is allowed (§§ 7, 8); by contract it may be higher than `most` (§ 10)."""
    return Fraction(percent) >= Fraction(least) and (agreed or Fraction(percent) <= Fraction(most))


def may_estimate(estimated_area: Number, total_area: Number, largest_percent: Number) -> bool:
    """Whether missing consumption may be estimated, or all goes by the base key (§ 9a (2))."""
    return share_of(100, estimated_area, total_area) <= Fraction(largest_percent)


def vacancy_fraction(units: int, fractions: Sequence[tuple[int | None, Fraction]]) -> Fraction:
    """
    The landlord's part of a frost-protected flat's normal share, by the size of the building.

    `fractions` are (units up to, part), the last one open.  It is what the landlord *bears*, not a
    reduction by it (VMWG Art. 7 Abs. 2).
    """
    return next(part for limit, part in fractions if limit is None or units <= limit)


def allocator_units(old: Number, new: Number, rating: Number) -> Fraction:
    """Units of a heat cost allocator: difference of its readings times its rating factor (EN 834)."""
    return (Fraction(new) - Fraction(old)) * Fraction(rating)
