# SPDX-License-Identifier: Apache-2.0
"""Split the self-consumed solar energy among those who used it at that moment.

Per quarter hour everybody's share is the exact ratio c * S / C (own consumption times pool by
everybody's consumption).  Whole Wh are formed **once** per group of slots (occupancy, month and
tariff slot), by largest remainder: rounding every quarter hour would be slower and would drift.
Sum over the participants = pool, to the Wh, in every group; the code asserts it.

How it is exact and fast: of each slot only the ratio S / C is formed, as an integer of up to 31
bits, and summed with the consumption as a product of matrices.  That product carries integers in
float64, which is exact below 2^53 whatever order or thread adds them; each block of slots takes as
many bits as keep it there.  Where 31 bits cannot decide who gets the last Wh (a tie, a share next
to a whole Wh), the group is settled again with 192.  See docs/algorithms/solar-split.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from billing.allocation.largest_remainder import Ints, Shares, settle, settle_precisely

# Cells of consumption taken at a time: few enough to stay in the processor's cache, and for OpenBLAS to
# keep to one thread (waking a second one costs more than it saves).  Whole days, because rows cut at
# odd places are read at two thirds of the speed.
_BLOCK_CELLS, _DAY, _LONGEST_BLOCK = 172_800, 96, 42
_BITS = 31
_EXACT_BITS_OF_FLOAT = 53
# 192 bits in pieces small enough that a piece times a 31-bit value still leaves room to add 64 of them.
_LIMB_BITS, _LIMBS = 16, 12
_LARGEST_VALUE = (1 << 31) - 1
# Of one participant in one group: up to here the accumulators stay below 2^63.
_LARGEST_DEMAND = 1 << 32

Integers = NDArray[np.integer]
Floats = NDArray[np.float64]


class UnableToSplit(ValueError):
    """The consumption has missing or negative slots, or shapes do not fit."""


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
class _Level:
    """
    The participants of one priority, and what is summed up for them.

    `rows` are their places, `used` [slots] the pool they draw from; `share` (times 2^31), `demand` and
    `doubt` are int64 [members, group_count].
    """

    rows: NDArray[np.intp]
    used: Ints
    share: Ints
    demand: Ints
    doubt: Ints


def split_solar(
    *,
    consumption: Integers,
    pool: Integers,
    groups: Integers,
    group_count: int,
    priorities: Sequence[int],
) -> Split:
    """
    Split the pool of every slot in proportion to consumption, higher priorities first.

    `consumption` is [n, slots] (Wh, int32, no missing slots), `pool` [slots] (Wh; clipped to
    [0, Σ consumption] per slot), `groups` [slots] in `range(group_count)`, `priorities` [n]:
    the members of a higher one are served in full before a lower one gets anything.

    :raises UnableToSplit: if a slot is missing or negative, or shapes differ.
    """
    _refuse_misfit(consumption, pool, groups, priorities)
    levels = _levels(priorities, len(pool), group_count)
    length = _DAY * min(max(_BLOCK_CELLS // (_DAY * max(len(consumption), 1)), 1), _LONGEST_BLOCK)
    # One buffer for all blocks: asking the system for fresh pages each time would double the run time.
    workspace = np.empty((len(consumption), min(length, len(pool))))
    for begin in range(0, len(pool), length):
        block = slice(begin, min(begin + length, len(pool)))
        rest = np.maximum(pool[block], 0).astype(np.int64)
        for level in levels:
            own = consumption[:, block] if len(levels) == 1 else consumption[level.rows, block]
            rest -= _add_block(own, rest, groups[block], block, level, workspace)
    solar = np.zeros((len(consumption), group_count), dtype=np.int64)
    demand, used = np.zeros_like(solar), np.zeros(group_count, dtype=np.int64)
    for level in levels:
        # bincount adds in float64: exact, as a group's energy is below 2^53.
        totals = np.bincount(groups, weights=level.used, minlength=group_count).astype(np.int64)
        solar[level.rows] = _settle(level, totals, consumption, groups)
        demand[level.rows] = level.demand
        used += totals
    return _checked(solar, demand, used)


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
        priorities=[0] * len(consumption) if priorities is None else priorities,
    )
    return [int(share) for share in split.solar[:, 0]]


def _refuse_misfit(
    consumption: Integers, pool: Integers, groups: Integers, priorities: Sequence[int]
) -> None:
    count, slots = consumption.shape
    if pool.shape != (slots,) or groups.shape != (slots,) or len(priorities) != count:
        raise UnableToSplit(
            f"Shapes differ: consumption {consumption.shape}, pool {pool.shape}, groups {groups.shape}, "
            f"{len(priorities)} priorities."
        )


def _levels(priorities: Sequence[int], slots: int, group_count: int) -> list[_Level]:
    ranks = np.asarray(priorities, dtype=np.int64)
    members = [np.flatnonzero(ranks == rank) for rank in sorted(set(ranks.tolist()), reverse=True)]
    return [
        _Level(rows, np.zeros(slots, np.int64), *(np.zeros((3, len(rows), group_count), np.int64)))
        for rows in members
    ]


def _add_block(
    own: Integers, rest: Ints, groups: Integers, block: slice, level: _Level, workspace: Floats
) -> Ints:
    """Add a block of slots to a level's sums; returns the energy [slots] the level used."""
    carried = workspace[: len(own), : own.shape[1]]
    carried[:] = own
    largest = _largest(own)
    demand = (np.ones(len(own)) @ carried).astype(np.int64)
    used = level.used[block] = np.minimum(rest, demand)
    bits = min(_BITS, _EXACT_BITS_OF_FLOAT - largest.bit_length() - (len(used) - 1).bit_length())
    ratio = (used << bits) // np.maximum(demand, 1)
    here = np.flatnonzero(np.bincount(groups))
    share, demand_here = _by_group(carried, ratio, groups, here)
    level.share[:, here] += share << (_BITS - bits)
    level.demand[:, here] += demand_here
    level.doubt[:, here] += demand_here << (_BITS - bits)
    return used


def _by_group(carried: Floats, ratio: Ints, groups: Integers, here: NDArray[np.intp]) -> tuple[Ints, Ints]:
    """Sums of `carried * ratio` and of `carried` over the slots of each group that occurs, [n, here]."""
    weights = np.empty((2, len(here), len(ratio)))
    weights[1] = groups == here[:, None]
    np.multiply(weights[1], ratio.astype(np.float64), out=weights[0])
    sums = (carried @ weights.reshape(-1, len(ratio)).T).astype(np.int64)
    return sums[:, : len(here)], sums[:, len(here) :]


def _largest(own: Integers) -> int:
    """Highest value; read as unsigned, so that a negative one (or a missing slot) is beyond all others."""
    largest = int(own.view(np.dtype(f"u{own.itemsize}")).max(initial=0))
    if largest > _LARGEST_VALUE:
        raise UnableToSplit(
            "A consumption is missing, negative or beyond 31 bits; fill gaps before splitting."
        )
    return largest


def _settle(level: _Level, totals: Ints, consumption: Integers, groups: Integers) -> Ints:
    """Whole Wh of one level's members, [members, group_count]."""
    whole, fraction = level.share >> _BITS, level.share & ((1 << _BITS) - 1)
    solar, unsure = settle(Shares(whole, fraction, level.doubt, _BITS), totals)
    overflowing = (level.demand >= _LARGEST_DEMAND).any(axis=0)
    for group in np.flatnonzero(unsure | overflowing):
        slots = np.flatnonzero((groups == group) & (level.used > 0))
        own = consumption[np.ix_(level.rows, slots)]
        solar[:, group] = _precisely(own, level.used[slots], int(totals[group]))
    return solar


def _precisely(own: Integers, used: Ints, total: int) -> list[int]:
    """Shares [n] of one group with 192 bits behind the point; slots without solar energy left out."""
    carried = own.astype(np.float64)
    demand = own.sum(axis=0, dtype=np.int64)
    ratios, rest = [used // demand], used % demand
    for _ in range(_LIMBS):
        limb, rest = np.divmod(rest << _LIMB_BITS, demand)
        ratios.append(limb)
    weights = np.array([*ratios, rest > 0], dtype=np.float64).T
    room = _EXACT_BITS_OF_FLOAT - _LIMB_BITS - _largest(own).bit_length()
    sums = np.zeros((len(own), weights.shape[1]), dtype=np.int64)
    for begin in range(0, len(used), 1 << room):
        part = slice(begin, begin + (1 << room))
        sums += (carried[:, part] @ weights[part]).astype(np.int64)
    accumulated = [_join(limbs) for limbs in sums[:, :-1].tolist()]
    return settle_precisely(accumulated, sums[:, -1].tolist(), _LIMBS * _LIMB_BITS, total)


def _join(limbs: list[int]) -> int:
    joined = 0
    for limb in limbs:
        joined = (joined << _LIMB_BITS) + limb
    return joined


def _checked(solar: Ints, demand: Ints, pool: Ints) -> Split:
    assert (solar.sum(axis=0) == pool).all(), "The shares do not add up to the pool."
    assert (solar >= 0).all() and (solar <= demand).all(), "A share is beyond what was consumed."
    return Split(solar=solar, grid=demand - solar, consumption=demand, pool=pool)
