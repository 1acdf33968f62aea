# SPDX-License-Identifier: Apache-2.0
"""Split a whole into shares that add up to it exactly.

Rounding each share on its own creates or loses a few units.  So all shares are
rounded down together, and the missing units go to those whose shares lost most
(largest remainder, Hare-Niemeyer); equal remainders are served in the caller's order.
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import lcm

from metering.series.shares import NothingToShareBy, apportion

__all__ = ["NothingToShareBy", "apportion", "apportion_amount", "whole_weights"]


def apportion_amount(
    *, total: Decimal, weights: Sequence[int | Decimal | Fraction], quantum: Decimal = Decimal("0.01")
) -> list[Decimal]:
    """
    Share an amount of money in whole multiples of `quantum`.

    >>> apportion_amount(total=Decimal("10.00"), weights=[1, 2])
    [Decimal('3.33'), Decimal('6.67')]

    :raises ValueError: if the total is no multiple of `quantum`, or a weight is negative.
    :raises NothingToShareBy: if the weights sum to zero and the total does not.
    """
    units = Fraction(total) / Fraction(quantum)
    if units.denominator != 1:
        raise ValueError(f"{total} is no multiple of {quantum}.")
    shares = apportion(total=int(units), weights=whole_weights(weights))
    return [share * quantum for share in shares]


def whole_weights(weights: Sequence[int | Decimal | Fraction]) -> list[int]:
    """
    The same proportions in whole numbers.

    >>> whole_weights([Decimal("0.5"), Decimal("0.25")])
    [2, 1]
    """
    exact = [Fraction(weight) for weight in weights]
    common = lcm(*(weight.denominator for weight in exact))
    return [int(weight * common) for weight in exact]
