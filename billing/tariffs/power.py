# SPDX-License-Identifier: Apache-2.0
"""Power and reactive energy: what a quarter hour's energy says beyond its sum."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

# A quarter hour's energy in Wh, times four, is its mean power in W.
QUARTERS_PER_HOUR = 4


@dataclass(frozen=True, slots=True)
class Reactive:
    """Reactive energy of a period in kvarh: what is free, and what is above; exact."""

    free: Fraction
    excess: Fraction


def power(energy: Fraction | Decimal | int) -> Fraction:
    """
    Mean power of a quarter hour from its energy: kWh to kW, Wh to W.

    >>> power(Decimal("2.275"))
    Fraction(91, 10)
    """
    return Fraction(energy) * QUARTERS_PER_HOUR


def power_charge(monthly_peaks: Iterable[Decimal | Fraction | int], price_per_kw: Decimal) -> Fraction:
    """Exact charge for the highest quarter hour of each month, in the price's currency."""
    return sum((Fraction(peak) for peak in monthly_peaks), Fraction(0)) * Fraction(price_per_kw)


def reactive(
    *, active: Fraction | Decimal | int, reactive: Fraction | Decimal | int, free_percent: Decimal
) -> Reactive:
    """
    What is charged of reactive energy: the part above a share of the active energy of the same hours.

    A share of 45.5 % stands for cos φ = 0.91; operators differ.
    """
    free = Fraction(active) * Fraction(free_percent) / 100
    return Reactive(free, max(Fraction(reactive) - free, Fraction(0)))
