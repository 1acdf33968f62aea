# SPDX-License-Identifier: Apache-2.0
"""The slots that a run of index readings gives, and what changes when the readings do.

Slots are numbered since 1970 (seconds // 900, UTC) and only those with a value are
listed: readings a year apart give none, and cost nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from metering.series.calendar import SLOT_SECONDS, to_instant
from metering.series.chain import Count, Device, Stint, count_up
from metering.series.counter import Kind
from metering.series.slots import TOLERANCE_SECONDS, WIDEST_SECONDS, boundaries, energies
from metering.series.vectors import MISSING, Qualities, Quality, Values

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Service:
    """
    When a device came and went, in seconds since 1970 (None: no limit known), each with the local
    midnight before it came or after it went: on the day of its exchange a device that is not there
    counts nothing.
    """

    opened: int | None = None
    day_of_opening: int | None = None
    closed: int | None = None
    day_after_closing: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Derived:
    """
    `slots` int64 [n] ascending, their `values` int32 and `quality` uint8, and which of them only
    `held` the device's first or last index.  `accepted` int64: the instants of the readings that
    count.  `events`: (instant, kind) of all that is not plain counting.
    """

    slots: Ints
    values: Values
    quality: Qualities
    held: NDArray[np.bool_]
    accepted: Ints
    events: tuple[tuple[int, Kind], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """Slots to write: `values` and `quality` (MISSING says nothing), and the values to `retract`."""

    slots: Ints
    values: Values
    quality: Qualities
    retract: Values


def derive(*, seconds: Ints, indexes: Ints, device: Device, service: Service) -> Derived:
    """Slots and events of readings in order of time, each instant once, int64 [n] both."""
    count = count_up([Stint(device, seconds, indexes)])
    accepted = count.seconds
    events = tuple((int(seconds[event.place]), event.kind) for event in count.events)
    lengthened = _hold(count, service)
    parts = [_slots_of(part) for part in _connected(lengthened)]
    slots, values, quality = (
        (np.concatenate(column) for column in zip(*parts, strict=True)) if parts else _nothing()
    )
    held = _outside(slots, accepted)
    return Derived(slots, values, quality, held, accepted, events)


def compare(before: Derived, after: Derived) -> Change:
    """What must be written so that slots derived `before` become those derived `after`."""
    slots = np.union1d(before.slots, after.slots)
    old, old_quality = _spread(before, slots)
    new, new_quality = _spread(after, slots)
    forced = np.isin(slots, after.slots[after.held])
    differs = (old != new) | (old_quality != new_quality)
    retract = np.where(differs, old, MISSING).astype(np.int32)
    chosen = differs | forced
    return Change(slots[chosen], new[chosen], new_quality[chosen], retract[chosen])


def _hold(count: Count, service: Service) -> Count:
    """Carry the last index to the end of the day on which the device went, the first one back likewise."""
    if not len(count.seconds):
        return count
    front = _edges_before(count, service)
    back = _edges_after(count, service)
    return Count(
        np.concatenate((front, count.seconds, back)),
        np.concatenate((_filled(front, count.count[0]), count.count, _filled(back, count.count[-1]))),
        np.concatenate((_filled(front, count.stretch[0]), count.stretch, _filled(back, count.stretch[-1]))),
        count.events,
    )


def _edges_before(count: Count, service: Service) -> Ints:
    first = int(count.seconds[0])
    if service.opened is None or service.day_of_opening is None:
        return _nothing()[0]
    if abs(first - service.opened) > TOLERANCE_SECONDS:
        return _nothing()[0]
    edges = np.arange(service.day_of_opening, first, SLOT_SECONDS, dtype=np.int64)
    return edges[edges < first - TOLERANCE_SECONDS]


def _edges_after(count: Count, service: Service) -> Ints:
    last = int(count.seconds[-1])
    if service.closed is None or service.day_after_closing is None:
        return _nothing()[0]
    if abs(last - service.closed) > TOLERANCE_SECONDS:
        return _nothing()[0]
    first_edge = -(-(last + TOLERANCE_SECONDS + 1) // SLOT_SECONDS) * SLOT_SECONDS
    return np.arange(first_edge, service.day_after_closing + 1, SLOT_SECONDS, dtype=np.int64)


def _filled(like: Ints, number: np.int64) -> Ints:
    return np.full(len(like), number, dtype=np.int64)


def _nothing() -> tuple[Ints, Values, Qualities]:
    return np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0, np.uint8)


def _connected(count: Count) -> Sequence[Count]:
    """Runs of readings near enough to give slots between them; single readings give none."""
    breaks = np.flatnonzero(np.diff(count.seconds) > WIDEST_SECONDS) + 1
    bounds = [0, *breaks.tolist(), len(count.seconds)]
    return [
        Count(count.seconds[begin:end], count.count[begin:end], count.stretch[begin:end], ())
        for begin, end in pairwise(bounds)
        if end - begin > 1
    ]


def _slots_of(count: Count) -> tuple[Ints, Values, Qualities]:
    first = int(count.seconds[0]) // SLOT_SECONDS
    last = -(-int(count.seconds[-1]) // SLOT_SECONDS)
    start, end = (to_instant(np.datetime64(number * SLOT_SECONDS, "s")) for number in (first, last))
    values, quality = energies(boundaries(count, start, end))
    there = values != MISSING
    return np.arange(first, last, dtype=np.int64)[there], values[there], quality[there]


def _outside(slots: Ints, accepted: Ints) -> NDArray[np.bool_]:
    """Slots that reach beyond the first or last reading that counts."""
    if not len(accepted):
        return np.zeros(len(slots), dtype=bool)
    begin, end = slots * SLOT_SECONDS, (slots + 1) * SLOT_SECONDS
    return np.asarray((begin < accepted[0] - TOLERANCE_SECONDS) | (end > accepted[-1] + TOLERANCE_SECONDS))


def _spread(derived: Derived, slots: Ints) -> tuple[Values, Qualities]:
    values = np.full(len(slots), MISSING, dtype=np.int32)
    quality = np.full(len(slots), Quality.MISSING, dtype=np.uint8)
    places = np.searchsorted(slots, derived.slots)
    values[places], quality[places] = derived.values, derived.quality
    return values, quality
