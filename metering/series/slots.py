# SPDX-License-Identifier: Apache-2.0
"""From readings at arbitrary instants to energy per quarter hour.

Only the indexes at the boundaries of the slots matter: a slot's energy is the difference of two of
them, so the sum of any run of slots is the difference of its ends, to the Wh, whatever was
interpolated in between.  docs/algorithms/counters.md shows the rule on an example.
"""

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from metering.series.calendar import SLOT_SECONDS, slot_instants, to_utc_seconds
from metering.series.chain import Count
from metering.series.vectors import LARGEST, MISSING, Qualities, Quality, UnableToPack, Values

# A reading this near to a boundary was taken at it (spec: gateway, slot rule).
TOLERANCE_SECONDS = 60
# Neighbours further apart than this are not interpolated between: that is a gap.
WIDEST_SECONDS = 2 * SLOT_SECONDS


@dataclass(frozen=True, slots=True, eq=False)
class Boundaries:
    """
    The count at each boundary of a run of slots: `count` int64, `stretch` int64, `quality` uint8, all
    [slots + 1].  Where `quality` is MISSING the other two mean nothing.
    """

    count: NDArray[np.int64]
    stretch: NDArray[np.int64]
    quality: Qualities


def boundaries(count: Count, start: datetime, end: datetime) -> Boundaries:
    """
    What a count was at every slot boundary from `start` to `end` (both included).

    Measured where a reading lies within 60 s of the boundary; else interpolated (rounded down) between
    neighbours at most two slots apart and in the same stretch; else missing.

    :raises NotOnSlotBoundary: if `start` or `end` is not a quarter hour.
    """
    slots = slot_instants(start, end).astype(np.int64)
    edges = np.append(slots, to_utc_seconds(end))
    if not len(count.seconds):
        nothing = np.zeros(len(edges), dtype=np.int64)
        return Boundaries(nothing, nothing, np.full(len(edges), Quality.MISSING, dtype=np.uint8))
    after = np.searchsorted(count.seconds, edges)
    before = np.maximum(after - 1, 0)
    after = np.minimum(after, len(count.seconds) - 1)
    nearest = np.where(
        np.abs(count.seconds[after] - edges) <= np.abs(edges - count.seconds[before]), after, before
    )
    measured = np.abs(count.seconds[nearest] - edges) <= TOLERANCE_SECONDS
    between = _interpolable(count, before, after, edges) & ~measured
    values = np.where(measured, count.count[nearest], 0)
    values[between] = _interpolated(count, before[between], after[between], edges[between])
    quality = np.full(len(edges), Quality.MISSING, dtype=np.uint8)
    quality[measured], quality[between] = Quality.MEASURED, Quality.INTERPOLATED
    return Boundaries(values, count.stretch[nearest], quality)


def energies(edges: Boundaries) -> tuple[Values, Qualities]:
    """
    Energy per slot, int32 [slots], and its quality: the worse one of the slot's two boundaries.

    A slot is missing where a boundary is, and where the count was reset inside it.

    :raises UnableToPack: if a slot holds more than 31 bits can.
    """
    difference = np.diff(edges.count)
    worst = np.maximum(edges.quality[:-1], edges.quality[1:])
    worst = np.where(np.diff(edges.stretch) != 0, Quality.MISSING, worst).astype(np.uint8)
    values = np.where(worst == Quality.MISSING, MISSING, difference)
    if values.size and values.max() > LARGEST:
        raise UnableToPack("The energy of a slot does not fit into 32 bits.")
    return values.astype(np.int32), worst


def gap_differences(edges: Boundaries) -> list[tuple[int, int, int]]:
    """
    Runs of missing slots between two known boundaries, as (first slot, slots, energy over the run).

    What is substituted there must add up to that energy.  A run with a reset in it, or open at
    either end of the period, is not in the list: nobody knows its energy.
    """
    known = np.flatnonzero(edges.quality != Quality.MISSING)
    return [
        (int(left), int(right - left), int(edges.count[right] - edges.count[left]))
        for left, right in pairwise(known)
        if right - left > 1 and edges.stretch[left] == edges.stretch[right]
    ]


def _interpolable(
    count: Count, before: NDArray[np.intp], after: NDArray[np.intp], edges: NDArray[np.int64]
) -> NDArray[np.bool_]:
    around = (count.seconds[before] <= edges) & (edges <= count.seconds[after])
    near = count.seconds[after] - count.seconds[before] <= WIDEST_SECONDS
    return np.asarray(around & near & (count.stretch[before] == count.stretch[after]))


def _interpolated(
    count: Count, before: NDArray[np.intp], after: NDArray[np.intp], edges: NDArray[np.int64]
) -> NDArray[np.int64]:
    begin, span = count.seconds[before], count.seconds[after] - count.seconds[before]
    rise = count.count[after] - count.count[before]
    return np.asarray(count.count[before] + rise * (edges - begin) // np.maximum(span, 1))
