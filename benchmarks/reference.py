# SPDX-License-Identifier: Apache-2.0
"""The solar split again, slowly and by the book: what the fast kernel must equal to the last Wh.

It shares no code with the product.  Every ratio has 200 bits behind the point; two
shares closer than the error that leaves are equal and go by the participant's order.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import floor

BITS = 200


def split_exactly(
    consumption: Sequence[Sequence[int]],
    pool: Sequence[int],
    groups: Sequence[int],
    group_count: int,
    priorities: Sequence[int],
) -> list[list[int]]:
    """Solar Wh [participants][groups], in fractions: for sizes at which fractions are affordable."""
    shares = [[Fraction(0)] * group_count for _ in consumption]
    _serve(
        consumption, pool, groups, priorities, shares, lambda own, used, demand: Fraction(own * used, demand)
    )
    solar = [[0] * group_count for _ in consumption]
    for priority in set(priorities):
        rows = [row for row, own in enumerate(priorities) if own == priority]
        for group in range(group_count):
            for row, units in zip(rows, hamilton([shares[row][group] for row in rows]), strict=True):
                solar[row][group] = units
    return solar


def split_with_200_bits(
    consumption: Sequence[Sequence[int]],
    pool: Sequence[int],
    groups: Sequence[int],
    group_count: int,
    priorities: Sequence[int],
) -> list[list[int]]:
    """The same for a year of a building: every slot's ratio cut off behind 200 bits."""
    shares = [[0] * group_count for _ in consumption]
    _serve(
        consumption,
        pool,
        groups,
        priorities,
        shares,
        lambda own, used, demand: own * ((used << BITS) // demand),
    )
    solar = [[0] * group_count for _ in consumption]
    for priority in set(priorities):
        rows = [row for row, own in enumerate(priorities) if own == priority]
        for group in range(group_count):
            # What the cuts lost is far below 2^-100, and true differences are far above it.
            rounded = [Fraction((shares[row][group] >> 100) + 1 & ~1, 1 << (BITS - 100)) for row in rows]
            for row, units in zip(rows, hamilton(rounded), strict=True):
                solar[row][group] = units
    return solar


def hamilton(shares: Sequence[Fraction]) -> list[int]:
    """Largest remainder of exact shares; their sum is rounded to the nearest whole number first."""
    total = round(sum(shares))
    units = [floor(share) for share in shares]
    by_remainder = sorted(range(len(shares)), key=lambda row: (units[row] - shares[row], row))
    for row in by_remainder[: total - sum(units)]:
        units[row] += 1
    return units


def _serve(consumption, pool, groups, priorities, shares, share_of) -> None:  # type: ignore[no-untyped-def]
    levels = sorted(set(priorities), reverse=True)
    members = {level: [row for row, own in enumerate(priorities) if own == level] for level in levels}
    for slot, available in enumerate(pool):
        rest = max(available, 0)
        for level in levels:
            demand = sum(consumption[row][slot] for row in members[level])
            used = min(rest, demand)
            rest -= used
            if used:
                for row in members[level]:
                    shares[row][groups[slot]] += share_of(consumption[row][slot], used, demand)
