# SPDX-License-Identifier: Apache-2.0
"""What a solar community may charge at most, and what it saves: EnV Art. 16, StromVV 19h, EnWG 42a.

All amounts are exact fractions until a caller rounds a line; percentages come from `billing.rules`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

Number = Decimal | Fraction | int


class NothingProduced(ValueError):
    """A cost per kWh needs kWh: no solar energy was used inside."""


@dataclass(frozen=True, slots=True)
class EffectiveCost:
    """Cost model: `cost` is what the internal energy cost; prices are per kWh."""

    cost: Fraction
    cost_per_kwh: Fraction
    highest_price: Fraction
    highest_total: Fraction


def reference_cost(kwh: Mapping[str, Number], standard_price: Mapping[str, Number]) -> Fraction:
    """
    What the standard product would have cost for solar energy, per tariff slot of its use.

    :raises KeyError: if a slot has energy but no price.
    """
    return sum((Fraction(used) * Fraction(standard_price[slot]) for slot, used in kwh.items()), Fraction(0))


def flat_cap(reference: Number, share_percent: Number) -> Fraction:
    """Highest internal total in the flat model, every internal fee included (EnV 16 Abs. 1 Bst. b)."""
    return Fraction(reference) * Fraction(share_percent) / 100


def flat_price(standard_price: Number, share_percent: Number) -> Fraction:
    """Highest solar price per kWh in the flat model where no fee is charged besides."""
    return Fraction(standard_price) * Fraction(share_percent) / 100


def effective_cost(
    *,
    costs: Number,
    feed_in_revenue: Number,
    kwh_internal: Number,
    standard_price: Number,
    saving_share_percent: Number,
    cap_percent: Number = 100,
) -> EffectiveCost:
    """
    The effective model (EnV 16 Abs. 2 and 3): actual cost, plus at most a share of the saving while it is
    below the standard product, and never more than that product.

    :raises NothingProduced: if no energy was used inside.
    """
    if not kwh_internal:
        raise NothingProduced("No solar energy was used inside; there is no cost per kWh.")
    cost = Fraction(costs) - Fraction(feed_in_revenue)
    per_kwh = cost / Fraction(kwh_internal)
    ceiling = Fraction(standard_price) * Fraction(cap_percent) / 100
    saving = max(ceiling - per_kwh, Fraction(0))
    highest = min(per_kwh + saving * Fraction(saving_share_percent) / 100, ceiling)
    return EffectiveCost(cost, per_kwh, highest, highest * Fraction(kwh_internal))


def discounted(amount: Number, discount_percent: Number) -> Fraction:
    """A grid fee after the discount of a local community."""
    return Fraction(amount) * (100 - Fraction(discount_percent)) / 100


def renter_supply_cap(
    *, base_per_year: Number, energy_price: Number, kwh: Number, cap_percent: Number, months: Number = 12
) -> Fraction:
    """Highest bill for renters (EnWG 42a Abs. 4): a share of the basic supply's base and energy price."""
    base = Fraction(base_per_year) * Fraction(months) / 12
    return (base + Fraction(energy_price) * Fraction(kwh)) * Fraction(cap_percent) / 100
