# SPDX-License-Identifier: Apache-2.0
"""Whole units from fractions, for many groups at once.

`apportion` serves one sum of money.  This is its sibling for energy: each column is a
group whose total is a known integer, each row a participant whose share is known as
whole units plus a fraction, and the fraction may be known only up to a doubt.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Shares:
    """
    Shares of n participants in g groups, int64 arrays of shape [n, g].

    A true share lies in [whole + fraction / 2^bits, whole + (fraction + doubt) / 2^bits);
    where `doubt` is 0 it is the lower bound itself.
    """

    whole: Ints
    fraction: Ints
    doubt: Ints
    bits: int


def settle(shares: Shares, totals: Ints) -> tuple[Ints, NDArray[np.bool_]]:
    """
    Hand out the missing units of each group: largest fraction first, ties in row order.

    `totals` is int64 [g].  Returns whole shares [n, g] and a mask [g] of the groups in which the
    doubt could have changed the outcome; their columns must be settled again with more digits.
    """
    if not len(shares.whole):
        return shares.whole, totals != 0
    missing = totals - shares.whole.sum(axis=0)
    order = np.argsort(-shares.fraction, axis=0, kind="stable")
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.arange(len(order))[:, None], axis=0)
    served = rank < missing
    return shares.whole + served, _unsure(shares, served, missing)


def settle_precisely(accumulated: Sequence[int], doubts: Sequence[int], bits: int, total: int) -> list[int]:
    """
    The same for one group, in Python's unbounded integers.

    `accumulated` are shares times 2^bits, each at most `doubt` too low.  With bits so many that no two
    different shares come that close, what overlaps is equal: it is treated as a tie, in row order.
    """
    one = 1 << bits
    # A share within its doubt of the next whole unit has reached it.
    lifted = [
        value + (-value % one if -value % one <= doubt else 0)
        for value, doubt in zip(accumulated, doubts, strict=True)
    ]
    whole = [value >> bits for value in lifted]
    fractions = [value % one for value in lifted]
    for place in _served_first(fractions, max(doubts, default=0))[: total - sum(whole)]:
        whole[place] += 1
    assert sum(whole) == total
    return whole


def _served_first(fractions: Sequence[int], tolerance: int) -> list[int]:
    descending = sorted(range(len(fractions)), key=lambda place: -fractions[place])
    tie_class = dict.fromkeys(descending, 0)
    for before, place in pairwise(descending):
        apart = fractions[before] - fractions[place] > tolerance
        tie_class[place] = tie_class[before] + apart
    return sorted(descending, key=lambda place: (tie_class[place], place))


def _unsure(shares: Shares, served: NDArray[np.bool_], missing: Ints) -> NDArray[np.bool_]:
    upper = shares.fraction + shares.doubt
    crosses_a_whole = (upper > 1 << shares.bits).any(axis=0)
    lowest_served = np.where(served, shares.fraction, np.iinfo(np.int64).max).min(axis=0)
    highest_left = np.where(served, np.int64(-1), upper).max(axis=0)
    impossible = (missing < 0) | (missing > len(served))
    return np.asarray(crosses_a_whole | (highest_left > lowest_served) | impossible)
