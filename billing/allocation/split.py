# SPDX-License-Identifier: Apache-2.0
"""Split the self-consumed solar energy among those who used it at that moment.

Per quarter hour everybody's share is the exact ratio c * S / C (own consumption times pool by
everybody's consumption).  Whole Wh are formed **once** per group of slots (occupancy, month and
tariff slot), by largest remainder: rounding every quarter hour would be slower and would drift.
Sum over the participants = pool, to the Wh, in every group; the code asserts it.

How it is exact and fast: of each slot only the ratio S / C is formed, as two integers of 24 bits
(48 in all), and summed with the consumption as the products of two matrices.  Those carry
integers in float64, which is exact while every sum stays below 2^53, whatever order or thread
adds them; a block of slots that could exceed it goes the int64 way.  What 48 bits cannot decide
(ties, a share next to a whole Wh) is decided again with 192.  docs/algorithms/solar-split.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from billing.allocation.largest_remainder import Ints, Shares, settle, settle_precisely

_BITS = 24
_ONE = 1 << _BITS
_BLOCK = 1024
_EXACT_IN_FLOAT = 1 << 53
# In the int64 way 128 products of 31 and 24 bits stay below 2^63.
_INTEGER_BLOCK = 128
_LARGEST_VALUE = (1 << 31) - 1
# Σ of all consumption; keeps every accumulator below 2^63.
_LARGEST_SUM = 1 << 38
_PRECISE_BITS = 192


class UnableToSplit(ValueError):
    """The consumption has missing or negative slots, shapes do not fit, or sums are beyond 2^38."""


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """
    Result per participant and group, int64: `solar + grid == consumption`, all [n, group_count].

    `pool` [group_count] is the solar energy really used: `solar.sum(axis=0) == pool`.
    """

    solar: Ints
    grid: Ints
    consumption: Ints
    pool: Ints


@dataclass(frozen=True, slots=True, eq=False)
class _Sums:
    """Accumulators [n, g]: high and low 24 bits of the share, and the consumption itself."""

    high: Ints
    low: Ints
    demand: Ints


def split_solar(
    *,
    consumption: NDArray[np.integer],
    pool: NDArray[np.integer],
    groups: NDArray[np.integer],
    group_count: int,
    priorities: Sequence[int],
) -> Split:
    """
    Split the pool of every slot in proportion to consumption, higher priorities first.

    `consumption` is [n, slots] (Wh, int32, no missing slots), `pool` [slots] (Wh; clipped to
    [0, Σ consumption] per slot), `groups` [slots] in `range(group_count)`, `priorities` [n]:
    the members of a higher one are served in full before a lower one gets anything.

    :raises UnableToSplit: if a slot is missing or negative, shapes differ, or sums are too large.
    """
    members = _levels(consumption, pool, groups, priorities)
    count = len(consumption)
    served = np.zeros((len(members), len(pool)), dtype=np.int64)
    sums = _Sums(*(np.zeros((count, group_count), dtype=np.int64) for _ in range(3)))
    for begin in range(0, len(pool), _BLOCK):
        block = slice(begin, min(begin + _BLOCK, len(pool)))
        _add_block(consumption[:, block], pool[block], groups[block], members, served[:, block], sums)
    shares = _shares(sums)
    solar = np.zeros_like(sums.demand)
    for level, rows in enumerate(members):
        solar[rows] = _settle_level(consumption, served[level], groups, rows, shares)
    return _checked(solar, sums.demand, served.sum(axis=0), groups)


def split_slot(
    *, consumption: Sequence[int], pool: int, priorities: Sequence[int] | None = None
) -> list[int]:
    """
    Solar energy of each participant in a single slot: a group of one, for a screen or a proof.

    Sums of these are *not* what a bill shows; a bill rounds once per group.

    >>> split_slot(consumption=[400, 200], pool=300)
    [200, 100]
    """
    split = split_solar(
        consumption=np.array(consumption, dtype=np.int64).reshape(-1, 1),
        pool=np.array([pool], dtype=np.int64),
        groups=np.zeros(1, dtype=np.int32),
        group_count=1,
        priorities=priorities or [0] * len(consumption),
    )
    return [int(share) for share in split.solar[:, 0]]


def _levels(
    consumption: NDArray[np.integer],
    pool: NDArray[np.integer],
    groups: NDArray[np.integer],
    priorities: Sequence[int],
) -> list[NDArray[np.intp]]:
    count, slots = consumption.shape
    if pool.shape != (slots,) or groups.shape != (slots,) or len(priorities) != count:
        raise UnableToSplit(
            f"Shapes differ: consumption {consumption.shape}, pool {pool.shape}, groups {groups.shape}, "
            f"{len(priorities)} priorities."
        )
    ranks = np.asarray(priorities, dtype=np.int64)
    return [np.flatnonzero(ranks == rank) for rank in sorted(set(ranks.tolist()), reverse=True)]


def _add_block(
    consumption: NDArray[np.integer],
    pool: NDArray[np.integer],
    groups: NDArray[np.integer],
    members: list[NDArray[np.intp]],
    served: Ints,
    sums: _Sums,
) -> None:
    rest = np.maximum(pool, 0).astype(np.int64)
    here = np.flatnonzero(np.bincount(groups))
    for level, rows in enumerate(members):
        own = consumption if len(members) == 1 else consumption[rows]
        carried = own.astype(np.float64)
        _refuse_unusable(carried)
        demand = carried.sum(axis=0).astype(np.int64)
        used = np.minimum(rest, demand)
        served[level] = used
        rest -= used
        weights = _weights(used, demand, groups, here)
        product = _multiply(own, carried, weights)
        cells = np.ix_(rows, here)
        width = len(here)
        sums.high[cells] += product[:, :width]
        sums.low[cells] += product[:, width : 2 * width]
        sums.demand[cells] += product[:, 2 * width :]


def _weights(used: Ints, demand: Ints, groups: NDArray[np.integer], here: NDArray[np.intp]) -> Ints:
    """Columns [slots, 3 * groups present]: high bits of S / C, low bits, and ones, each in its group."""
    divisor = np.maximum(demand, 1)
    high, rest = np.divmod(used << _BITS, divisor)
    low = (rest << _BITS) // divisor
    weights = np.zeros((3, len(here), len(used)), dtype=np.int64)
    for column, group in enumerate(here):
        inside = groups == group
        weights[0, column] = high * inside
        weights[1, column] = low * inside
        weights[2, column] = inside
    return weights.reshape(-1, len(used)).T


def _multiply(own: NDArray[np.integer], carried: NDArray[np.float64], weights: Ints) -> Ints:
    """`own @ weights` in exact integers."""
    slots = own.shape[1]
    largest = int(carried.max(initial=0))
    if largest * _ONE * slots <= _EXACT_IN_FLOAT:
        return (carried @ weights.astype(np.float64)).astype(np.int64)
    product = np.zeros((len(own), weights.shape[1]), dtype=np.int64)
    for begin in range(0, slots, _INTEGER_BLOCK):
        part = slice(begin, begin + _INTEGER_BLOCK)
        product += own[:, part].astype(np.int64) @ weights[part]
    return product


def _refuse_unusable(carried: NDArray[np.float64]) -> None:
    if not carried.size:
        return
    if carried.min() < 0:
        raise UnableToSplit("A consumption is missing or negative; fill gaps before splitting.")
    if carried.max() > _LARGEST_VALUE:
        raise UnableToSplit("A consumption does not fit into 32 bits.")


def _shares(sums: _Sums) -> Shares:
    if int(sums.demand.sum()) >= _LARGEST_SUM:
        raise UnableToSplit("The period holds too much energy for one split; split it by month.")
    low_total = ((sums.high & (_ONE - 1)) << _BITS) + sums.low
    whole = (sums.high >> _BITS) + (low_total >> 2 * _BITS)
    return Shares(whole, low_total & ((1 << 2 * _BITS) - 1), sums.demand, 2 * _BITS)


def _settle_level(
    consumption: NDArray[np.integer],
    used: Ints,
    groups: NDArray[np.integer],
    rows: NDArray[np.intp],
    shares: Shares,
) -> Ints:
    totals = _sum_by_group(used, groups, shares.whole.shape[1])
    level = Shares(shares.whole[rows], shares.fraction[rows], shares.doubt[rows], shares.bits)
    solar, unsure = settle(level, totals)
    for group in np.flatnonzero(unsure):
        slots = np.flatnonzero((groups == group) & (used > 0))
        solar[:, group] = _precisely(consumption[np.ix_(rows, slots)], used[slots], int(totals[group]))
    return solar


def _precisely(own: NDArray[np.integer], used: Ints, total: int) -> list[int]:
    """Shares [n] of one group with 192 bits behind the point."""
    exact = own.astype(object)
    demand = exact.sum(axis=0)
    scaled = used.astype(object) << _PRECISE_BITS
    accumulated = exact @ (scaled // demand)
    doubts = exact @ (scaled % demand != 0).astype(object)
    return settle_precisely(
        [int(value) for value in accumulated], [int(d) for d in doubts], _PRECISE_BITS, total
    )


def _sum_by_group(values: Ints, groups: NDArray[np.integer], group_count: int) -> Ints:
    sums = np.zeros(group_count, dtype=np.int64)
    np.add.at(sums, groups, values)
    return sums


def _checked(solar: Ints, demand: Ints, used: Ints, groups: NDArray[np.integer]) -> Split:
    pool = _sum_by_group(used, groups, demand.shape[1])
    assert (solar.sum(axis=0) == pool).all(), "The shares do not add up to the pool."
    assert (solar >= 0).all() and (solar <= demand).all(), "A share is beyond what was consumed."
    return Split(solar=solar, grid=demand - solar, consumption=demand, pool=pool)
