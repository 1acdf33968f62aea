# SPDX-License-Identifier: Apache-2.0
"""Whole units shared so that the parts add up to the whole: the core that energy and money both use."""

from collections.abc import Sequence


class NothingToShareBy(ValueError):
    """There is something to share, but all weights are zero."""


def apportion(*, total: int, weights: Sequence[int]) -> list[int]:
    """
    Share a whole number of units in proportion to `weights` (largest remainder, Hare-Niemeyer).

    All shares are rounded down together; the missing units go to those whose shares lost most, equal
    remainders in the caller's order.  A negative total is shared the same way, so a credit passes
    through the same door as a charge.

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
