# SPDX-License-Identifier: Apache-2.0
"""Split solar energy by fixed shares, agreed beforehand, instead of by simultaneous use.

In each quarter hour the divisible energy D = min(pool, everybody's consumption) is cut by the
keys; nobody gets more than was used (EnWG 42b (5) caps both times).  What a capped participant
leaves is fed into the grid, or, by a setting of its own, passed on to the others by their keys.
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from billing.allocation.apportion import whole_weights
from billing.allocation.largest_remainder import settle_precisely
from billing.allocation.split import Split

_BITS = 96


class KeysBeyondWhole(ValueError):
    """The shares add up to more than the whole, or one of them is negative."""


def split_by_keys(
    *,
    consumption: NDArray[np.integer],
    pool: NDArray[np.integer],
    keys: Sequence[Decimal | Fraction],
    groups: NDArray[np.integer],
    group_count: int,
    redistribute: bool = False,
) -> Split:
    """
    Split by static shares; arguments as in `split_solar`, `keys` [n] as parts of 1 (0.25 is a quarter).

    Whole Wh are formed once per group: of the exact total the part below one Wh stays unallocated,
    the rest goes by largest remainder.  `Split.pool` is what was allocated, per group.

    :raises KeysBeyondWhole: if a key is negative or all together exceed 1.
    """
    exact_keys = [Fraction(key) for key in keys]
    if any(key < 0 for key in exact_keys) or sum(exact_keys) > 1:
        raise KeysBeyondWhole(f"The keys add up to {sum(exact_keys)}, or one is negative.")
    own = consumption.astype(object)
    divisible = np.minimum(np.maximum(pool, 0), consumption.sum(axis=0, dtype=np.int64)).astype(object)
    shares = (
        _redistributed(own, divisible, exact_keys) if redistribute else _capped(own, divisible, exact_keys)
    )
    return _rounded(shares, consumption, groups, group_count)


def _capped(
    own: NDArray[np.object_], divisible: NDArray[np.object_], keys: list[Fraction]
) -> NDArray[np.object_]:
    """Exact shares [n, slots] as fractions: the key's part of the divisible energy, at most the own use."""
    cut = np.array(keys, dtype=object)[:, None] * divisible[None, :]
    return np.asarray(np.minimum(cut, own))


def _redistributed(
    own: NDArray[np.object_], divisible: NDArray[np.object_], keys: list[Fraction]
) -> NDArray[np.object_]:
    """Exact shares [n, slots] where what a capped participant leaves goes to those who can still use it."""
    shares = np.zeros(own.shape, dtype=object)
    weights = whole_weights(keys)
    for slot, available in enumerate(divisible):
        shares[:, slot] = _fill(own[:, slot].tolist(), available, weights)
    return shares


def _fill(own: list[int], available: int, weights: list[int]) -> list[Fraction]:
    shares = [Fraction(0)] * len(own)
    rest, hungry = Fraction(available), [place for place, weight in enumerate(weights) if weight]
    while hungry and rest:
        parts = sum(weights[place] for place in hungry)
        full = [place for place in hungry if own[place] * parts <= rest * weights[place]]
        if not full:
            for place in hungry:
                shares[place] = rest * weights[place] / parts
            break
        for place in full:
            shares[place] = Fraction(own[place])
            rest -= own[place]
        hungry = [place for place in hungry if place not in full]
    return shares


def _rounded(
    shares: NDArray[np.object_],
    consumption: NDArray[np.integer],
    groups: NDArray[np.integer],
    group_count: int,
) -> Split:
    solar = np.zeros((len(consumption), group_count), dtype=np.int64)
    demand = np.zeros_like(solar)
    for group in range(group_count):
        inside = groups == group
        exact = [Fraction(sum(row)) for row in shares[:, inside]]
        total = int(sum(exact, Fraction(0)))
        solar[:, group] = _whole(exact, total)
        demand[:, group] = consumption[:, inside].sum(axis=1, dtype=np.int64)
    assert (solar >= 0).all() and (solar <= demand).all(), "A share is beyond what was consumed."
    return Split(solar=solar, grid=demand - solar, consumption=demand, pool=solar.sum(axis=0))


def _whole(exact: list[Fraction], total: int) -> list[int]:
    scaled = [share * (1 << _BITS) for share in exact]
    floors = [share.numerator // share.denominator for share in scaled]
    doubts = [int(share.denominator != 1) for share in scaled]
    return settle_precisely(floors, doubts, _BITS, total)
