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


class NothingToShareBy(ValueError):
    """There is something to share, but all weights are zero."""


def apportion(*, total: int, weights: Sequence[int]) -> list[int]:
    """
    Share a whole number of units in proportion to `weights`.

    A negative total is shared the same way (shares rounded down, missing units handed out), so a
    credit passes through the same door as a charge.

    >>> apportion(total=100, weights=[1, 1, 1])
    [34, 33, 33]
    >>> apportion(total=-5, weights=[1, 1])
    [-2, -3]

    :raises NothingToShareBy: if the weights sum to zero and the total does not.
    :raises ValueError: if a weight is negative.
    """
    if any(weight < 0 for weight in weights):
        raise ValueError("A weight must not be negative.")
    whole = sum(weights)
    if not whole:
        if total:
            raise NothingToShareBy(f"{total} cannot be shared: all weights are zero.")
        return [0] * len(weights)
    shares = [total * weight // whole for weight in weights]
    lost = [total * weight % whole for weight in weights]
    # sorted() is stable: that is what makes ties fall in the caller's order.
    most_lost_first = sorted(range(len(weights)), key=lambda place: -lost[place])
    for place in most_lost_first[: total - sum(shares)]:
        shares[place] += 1
    assert sum(shares) == total
    return shares


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
    """The same proportions in whole numbers: [0.5, 0.25] becomes [2, 1]."""
    exact = [Fraction(weight) for weight in weights]
    common = lcm(*(weight.denominator for weight in exact)) if exact else 1
    return [int(weight * common) for weight in exact]
