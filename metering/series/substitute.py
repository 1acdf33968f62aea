# SPDX-License-Identifier: Apache-2.0
"""Values for slots nobody measured: marked, and always meeting what the indexes say about the gap.

Order of methods (metering.md §12): up to two hours the energies are interpolated on a straight line
between the neighbours; longer gaps take the shape of comparable days; without any, the energy is
spread evenly.  Where the index difference over the gap is known, the shape is scaled to it; where it
is not, the shape's own energies are the estimate.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Literal

from metering.series.shares import apportion
from metering.series.vectors import MISSING, Qualities, Quality, Values

Method = Literal["interpolation", "comparable days", "even"]

# Two hours: beyond, a straight line is no likeness of a household (also AT ElWG § 55 (2)).
LONGEST_LINE = 8


class NothingToSubstituteBy(ValueError):
    """Neither neighbours, nor comparable days, nor an index difference: there is nothing to go by."""


@dataclass(frozen=True, slots=True)
class Substitution:
    """Whole values for the slots of a gap, with their quality and how they were found."""

    values: tuple[int, ...]
    quality: Quality
    method: Method


def substitute(
    *,
    slots: int,
    before: int | None,
    after: int | None,
    difference: int | None,
    comparable: Sequence[Sequence[int]] = (),
    longest_line: int = LONGEST_LINE,
) -> Substitution:
    """
    Fill a gap of `slots` slots.

    `before` and `after` are the energies of the slots next to the gap, `difference` the energy over the
    gap by the indexes, `comparable` the energies of the same slots on comparable days ([days][slots]).

    >>> substitute(slots=3, before=400, after=600, difference=None).values
    (450, 500, 550)
    >>> sum(substitute(slots=3, before=400, after=600, difference=1501).values)
    1501

    :raises NothingToSubstituteBy: if nothing is known about the gap.
    """
    if slots < 1:
        raise ValueError("A gap has at least one slot.")
    shape, method = _shape(slots, before, after, comparable, longest_line)
    if difference is None:
        if shape is None:
            raise NothingToSubstituteBy("Nothing is known about the gap.")
        return Substitution(tuple(_half_up(part) for part in shape), Quality.SUBSTITUTED, method)
    if shape is None or not any(shape):
        return Substitution(
            tuple(apportion(total=difference, weights=[1] * slots)), Quality.SUBSTITUTED, "even"
        )
    return Substitution(tuple(_scaled(difference, shape)), Quality.SUBSTITUTED, method)


def fill_gaps(
    values: Values,
    qualities: Qualities,
    differences: Sequence[tuple[int, int, int]],
    comparable: Callable[[int, int], Sequence[Sequence[int]]] = lambda first, slots: (),
) -> tuple[Values, Qualities]:
    """
    Copies of a line of slots and its qualities with the gaps filled whose energy the indexes tell.

    `differences` is what `slots.gap_differences` returns; `comparable(first, slots)` looks up the same
    slots on comparable days.
    """
    filled, marked = values.copy(), qualities.copy()
    for first, slots, energy in differences:
        found = substitute(
            slots=slots,
            before=_known(values, first - 1),
            after=_known(values, first + slots),
            difference=energy,
            comparable=comparable(first, slots),
        )
        filled[first : first + slots] = found.values
        marked[first : first + slots] = found.quality
    return filled, marked


def straight_line(before: int, after: int, slots: int) -> list[Fraction]:
    """Exact energies on the line between the slot before the gap and the one after it."""
    return [before + Fraction((after - before) * place, slots + 1) for place in range(1, slots + 1)]


def average_day(days: Sequence[Sequence[int]], slots: int) -> list[Fraction]:
    """
    Exact mean energy per slot over comparable days.

    :raises ValueError: if a day has another number of slots than the gap.
    """
    if any(len(day) != slots for day in days):
        raise ValueError("A comparable day must cover the slots of the gap.")
    return [Fraction(sum(column), len(days)) for column in zip(*days, strict=True)]


def _shape(
    slots: int, before: int | None, after: int | None, comparable: Sequence[Sequence[int]], longest_line: int
) -> tuple[list[Fraction] | None, Method]:
    line = before is not None and after is not None
    if comparable and not (line and slots <= longest_line):
        return average_day(comparable, slots), "comparable days"
    if before is not None and after is not None and slots <= longest_line:
        return straight_line(before, after, slots), "interpolation"
    return None, "even"


def _scaled(total: int, shape: list[Fraction]) -> list[int]:
    common = lcm(*(part.denominator for part in shape))
    return apportion(total=total, weights=[int(part * common) for part in shape])


def _known(values: Values, place: int) -> int | None:
    inside = 0 <= place < len(values) and values[place] != MISSING
    return int(values[place]) if inside else None


def _half_up(part: Fraction) -> int:
    return (2 * part.numerator + part.denominator) // (2 * part.denominator)
