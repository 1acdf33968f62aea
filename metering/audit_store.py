# SPDX-License-Identifier: Apache-2.0
"""Is the energy store still what the readings say?  Asked every night, of the days that can still change.

Invariants E1 and E10 of the reliability notes: the sums are what the slots add up to, and the slots of
a whole day are the difference of the indexes at its ends, to the last count.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from metering import binary
from metering.factors import load_zones
from metering.indexes import IndexAt, load_indexes
from metering.models import MeterEvent, Register
from metering.series.calendar import local_day_bounds, slots_in_local_day
from metering.series.rollup import Figures, day_figures, local_days, month_places
from metering.series.vectors import present, total
from metering.vectors import Box, load_box, load_months

_AT_A_TIME = 200
_NEAR = timedelta(seconds=60)
_ROW_SUMS = """
    SELECT register_id, day, total, n FROM metering_intervalday
    WHERE register_id = ANY(%s) AND day BETWEEN %s AND %s
"""


def audit_store(*, first: date, last: date) -> list[str]:
    """What does not agree in the organization's days from `first` to `last`, in words; nothing, as a rule."""
    resolutions = dict(Register.objects.order_by("pk").values_list("pk", "resolution"))
    ids = list(resolutions)
    found: list[str] = []
    for begin in range(0, len(ids), _AT_A_TIME):
        part = ids[begin : begin + _AT_A_TIME]
        zones = load_zones(part)
        for zone in {zone for zone in zones if zone is not None}:
            own = [register_id for register_id, where in zip(part, zones, strict=True) if where == zone]
            found += _audit(own, resolutions, zone, first, last)
    return found


def _audit(
    ids: Sequence[int], resolutions: dict[int, int], zone: ZoneInfo, first: date, last: date
) -> Iterator[str]:
    start = np.datetime64(first, "D") - 1
    box = load_box(ids, start, (last - first).days + 3)
    figures = _days_from_slots(box, zone, first, last)
    yield from _rows(box)
    yield from _sums(box, figures, first, last)
    yield from _indexes(box.register_ids.tolist(), resolutions, figures, zone, first, last)


def _days_from_slots(box: Box, zone: ZoneInfo, first: date, last: date) -> Figures:
    """Figures of the local days first to last, formed again from the slots, [registers, days]."""
    days = local_days(box.first, box.vectors.shape[1], zone)
    every = day_figures(box.vectors.reshape(len(box.register_ids), -1), days)
    asked = (days.labels >= np.datetime64(first, "D")) & (days.labels <= np.datetime64(last, "D"))
    return Figures(every.totals[:, asked], every.counts[:, asked], every.peaks[:, asked])


def _rows(box: Box) -> Iterator[str]:
    """The sum and number beside each vector are those of the vector."""
    last = box.first + np.timedelta64(box.vectors.shape[1] - 1, "D")
    sums, counts = total(box.vectors), present(box.vectors)
    stored = binary.execute(_ROW_SUMS, [box.register_ids.tolist(), box.first.item(), last.item()])
    for register_id, day, stored_total, stored_n in stored:
        place = (np.searchsorted(box.register_ids, register_id), (day - box.first.item()).days)
        if (stored_total, stored_n) != (int(sums[place]), int(counts[place])):
            yield (
                f"register {register_id}, {day} (UTC): {stored_total} in {stored_n} slots beside the vector,"
                f" {sums[place]} in {counts[place]} in it."
            )


def _sums(box: Box, figures: Figures, first: date, last: date) -> Iterator[str]:
    """The sums of local days are what the slots add up to."""
    days = np.arange(np.datetime64(first, "D"), np.datetime64(last, "D") + 1)
    months, month, place = month_places(days)
    stored = load_months(box.register_ids, months[0], len(months))
    totals, counts = stored.totals[:, month, place], stored.counts[:, month, place]
    for row, column in zip(*np.nonzero((totals != figures.totals) | (counts != figures.counts)), strict=True):
        yield (
            f"register {box.register_ids[row]}, {days[column]}: the day's sum says {totals[row, column]} in"
            f" {counts[row, column]} slots, its slots {figures.totals[row, column]} in"
            f" {figures.counts[row, column]}."
        )


def _indexes(
    ids: Sequence[int], resolutions: dict[int, int], figures: Figures, zone: ZoneInfo, first: date, last: date
) -> Iterator[str]:
    """A complete day's slots are the difference of the indexes at its ends, where both were read."""
    days = [first + timedelta(days=place) for place in range((last - first).days + 1)]
    bounds = [local_day_bounds(day, zone) for day in days]
    indexes = load_indexes(register_ids=ids, instants=sorted({edge for pair in bounds for edge in pair}))
    eventful = _eventful(ids, bounds[0][0], bounds[-1][1], zone)
    expected = np.array([slots_in_local_day(day, zone) for day in days])
    for row, register_id in enumerate(ids):
        for column in _columns(figures.counts[row] == expected):
            begin, end = (indexes.get((register_id, edge)) for edge in bounds[column])
            if (register_id, days[column]) in eventful or not _read_at(begin, end, bounds[column]):
                continue
            assert begin is not None and end is not None
            counted = (end.value - begin.value) // int(10 ** resolutions[register_id])
            if counted != int(figures.totals[row, column]):
                yield (
                    f"register {register_id}, {days[column]}: the indexes rose by {counted}, the slots add"
                    f" up to {figures.totals[row, column]}."
                )


def _columns(complete: NDArray[np.bool_]) -> list[int]:
    return [int(column) for column in np.flatnonzero(complete)]


def _read_at(begin: IndexAt | None, end: IndexAt | None, bounds: tuple[datetime, datetime]) -> bool:
    return all(
        index is not None and abs(index.at - edge) <= _NEAR
        for index, edge in zip((begin, end), bounds, strict=True)
    )


def _eventful(ids: Sequence[int], begin: datetime, end: datetime, zone: ZoneInfo) -> set[tuple[int, date]]:
    """Days on which a counter rolled over, was reset or exchanged, or a load profile was corrected."""
    events = MeterEvent.objects.filter(
        register_id__in=list(ids), at__gte=begin, at__lte=end, withdrawn_at=None
    ).values_list("register_id", "at")
    return {(register_id, at.astimezone(zone).date()) for register_id, at in events}
