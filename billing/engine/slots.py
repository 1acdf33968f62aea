# SPDX-License-Identifier: Apache-2.0
"""Which group each quarter hour of a calculation belongs to.

Whole Wh are formed once per group: local month × stretch of unchanged prices × tariff slot.  Points
may follow different calendars, so a group carries the slot's name in each of them.
"""

from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from billing.engine.basis import Basis
from billing.engine.calendars import read_calendar
from billing.tariffs.slot_calendar import classify
from metering.series.calendar import local_day_bounds, local_times, slot_count, slot_instants

Index = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Label:
    """
    One group: `bucket` is its first local day (of the month, or of the finer part asked for);
    `stretch` is its begin of unchanged prices, `slots` its tariff slot in each of the basis's calendars.
    """

    bucket: date
    stretch: date
    slots: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """`index` int32 [t] in `range(len(labels))`; `calendars` are the windows the labels' slots refer to."""

    index: Index
    labels: tuple[Label, ...]
    calendars: tuple[str, ...]

    def slot(self, label: Label, windows: str) -> str:
        """The label's slot in the calendar with these windows."""
        return label.slots[self.calendars.index(windows)]


def groups_of(basis: Basis, *, by_day: bool = False) -> Groups:
    """The groups of a basis; `by_day` cuts days instead of months (for a screen, never for a bill)."""
    start, end = basis.bounds
    local_days = local_times(slot_instants(start, end), basis.zone).astype("datetime64[D]")
    buckets = local_days if by_day else local_days.astype("datetime64[M]").astype("datetime64[D]")
    stretches = _stretches(basis)
    stretch = np.searchsorted(np.array(stretches, dtype="datetime64[D]"), local_days, side="right") - 1
    calendars = tuple(dict.fromkeys(terms.windows for terms in basis.terms))
    columns: list[NDArray[np.int64]] = [buckets.astype(np.int64), stretch.astype(np.int64)]
    names: list[tuple[str, ...]] = []
    for windows in calendars:
        calendar, holidays = read_calendar(windows)
        slots = classify(calendar, start, end, basis.zone, holidays)
        columns.append(slots.index.astype(np.int64))
        names.append(slots.names)
    distinct, index = np.unique(np.stack(columns), axis=1, return_inverse=True)
    labels = tuple(_label(column, stretches, names) for column in distinct.T.tolist())
    return Groups(index.reshape(-1).astype(np.int32), labels, calendars)


def slot_range(basis: Basis, start: date, end: date) -> slice:
    """The quarter hours of the local days [start, end) as places in the basis's period."""
    first, last = max(start, basis.start), min(end, basis.end)
    if last <= first:
        return slice(0, 0)
    begin = basis.bounds[0]
    places = [slot_count(begin, local_day_bounds(day, basis.zone)[0]) for day in (first, last)]
    return slice(*places)


def _stretches(basis: Basis) -> list[date]:
    """First days of the stretches over which every price list stays the same."""
    changes = {day for terms in basis.terms for day in (terms.start, terms.end)}
    return sorted({basis.start, *(day for day in changes if basis.start < day < basis.end)})


def stretch_ends(basis: Basis) -> dict[date, date]:
    """The end of each stretch by its first day."""
    return dict(pairwise([*_stretches(basis), basis.end]))


def _label(column: list[int], stretches: list[date], names: list[tuple[str, ...]]) -> Label:
    bucket, stretch, *slots = column
    day = np.int64(bucket).astype("datetime64[D]").astype(date)
    named = tuple(of[number] for of, number in zip(names, slots, strict=True))
    return Label(day, stretches[stretch], named)
