# SPDX-License-Identifier: Apache-2.0
"""The only door out of the interval store: slots, sums and indexes, as arrays.

Energies leave here as a bill counts them: base units (Wh, ml), the transformer
factor of the day applied.  Callers pass register ids that `metering.selectors`
gave them; row-level security keeps foreign ones empty all the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from metering.factors import Scale, load_scale, load_zones
from metering.indexes import IndexAt, last_slots, latest_readings, load_indexes
from metering.series.calendar import SLOT_SECONDS, Instants, slot_count, slots_in_local_day, to_utc_seconds
from metering.series.rollup import DAYS_PER_MONTH, Figures, month_figures
from metering.series.vectors import LARGEST, MISSING, Qualities, Values, default_quality
from metering.vectors import load_box, load_months, load_revisions

__all__ = [
    "DayTotals",
    "IndexAt",
    "IntervalMatrix",
    "MonthTotals",
    "TooLargeASlot",
    "expected_slots",
    "last_slots",
    "latest_readings",
    "load_day_totals",
    "load_indexes",
    "load_matrix",
    "load_month_totals",
]

N = TypeVar("N", bound=np.generic)
Revisions = Mapping[tuple[int, date], int]
_DAY_SECONDS = 86_400


class TooLargeASlot(ValueError):
    """A slot times its factor does not fit into 32 bits: the register's resolution or factor is wrong."""


@dataclass(frozen=True, slots=True, eq=False)
class IntervalMatrix:
    """
    Slots of registers over a period: rows in the order in which the registers were asked for.

    `values` int32 [n, slots] in base units, MISSING where there is none; `quality` uint8 [n, slots];
    `revisions` int16 [n, UTC days] of the stored days that were read (-1 where nothing is stored),
    `first_day` the first of them.
    """

    register_ids: tuple[int, ...]
    start: datetime
    values: Values
    quality: Qualities
    first_day: date
    revisions: NDArray[np.int16]

    @property
    def missing(self) -> int:
        """How many slots have no value."""
        return int(np.count_nonzero(self.values == MISSING))

    def revisions_read(self) -> dict[tuple[int, date], int]:
        """Revision of every stored day that was read and is not the first: what a bill records."""
        rows, days = np.nonzero(self.revisions > 0)
        return {
            (self.register_ids[row], self.first_day + timedelta(days=int(day))): int(self.revisions[row, day])
            for row, day in zip(rows, days, strict=True)
        }


@dataclass(frozen=True, slots=True, eq=False)
class DayTotals:
    """
    Sums of local days at the registers' site: int64 [n, days] in base units.

    `slots` says how many slots are there (92, 96 or 100 where complete), `peaks` the highest one
    (MISSING where there is none).
    """

    register_ids: tuple[int, ...]
    days: Instants
    totals: NDArray[np.int64]
    slots: NDArray[np.int64]
    peaks: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class MonthTotals:
    """Sums of local months, like `DayTotals`; `months` is datetime64[M]."""

    register_ids: tuple[int, ...]
    months: Instants
    totals: NDArray[np.int64]
    slots: NDArray[np.int64]
    peaks: NDArray[np.int64]


def load_matrix(
    *,
    register_ids: Sequence[int],
    start: datetime,
    end: datetime,
    as_of_revisions: Revisions | None = None,
) -> IntervalMatrix:
    """
    The slots of [start, end), both on quarter hours.

    With `as_of_revisions` (what `revisions_read` gave when a bill was made, completed by 0) every day
    is read as it stood then, so that the bill can be computed again.

    :raises NotOnSlotBoundary: if a bound is not on a quarter hour.
    :raises TooLargeASlot: if a scaled slot does not fit into 32 bits.
    """
    slots = slot_count(start, end)
    first = to_utc_seconds(start) // _DAY_SECONDS
    days = max(-(-to_utc_seconds(end) // _DAY_SECONDS) - first, 1)
    first_day = np.datetime64(int(first), "D")
    box = load_box(register_ids, first_day, days)
    if as_of_revisions is not None:
        box = load_revisions(box, as_of_revisions)
    order = np.searchsorted(box.register_ids, np.asarray(register_ids, dtype=np.int64))
    offset = (to_utc_seconds(start) - first * _DAY_SECONDS) // SLOT_SECONDS
    values = _cut(box.vectors, order, offset, slots)
    quality = default_quality(values) if box.quality is None else _cut(box.quality, order, offset, slots)
    values = _scaled_slots(values, load_scale(register_ids), start)
    return IntervalMatrix(tuple(register_ids), start, values, quality, first_day.item(), box.revisions[order])


def _cut(days: NDArray[N], order: NDArray[np.intp], offset: int, slots: int) -> NDArray[N]:
    """The asked rows and slots of a box; a view where that is the whole box in its order."""
    line = days.reshape(len(days), days.shape[1] * days.shape[2])[:, offset : offset + slots]
    return line if (order == np.arange(len(line))).all() and len(order) == len(line) else line[order]


def _scaled_slots(values: Values, scale: Scale, start: datetime) -> Values:
    if scale.is_one:
        return values
    factors = scale.of_slots(start, values.shape[1])
    wide = np.where(values == MISSING, 0, values) * factors
    if wide.size and int(wide.max()) > LARGEST:
        raise TooLargeASlot("A slot times its factor does not fit into 32 bits.")
    return np.where(values == MISSING, MISSING, wide).astype(np.int32)


def load_day_totals(*, register_ids: Sequence[int], first: date, last: date) -> DayTotals:
    """Sums of the local days from `first` to `last`, both included, of each register's own site."""
    days = np.arange(np.datetime64(first, "D"), np.datetime64(last, "D") + 1)
    figures = _days_of_months(register_ids, days)
    factors = load_scale(register_ids).of_days(days)
    return DayTotals(
        tuple(register_ids),
        days,
        figures.totals * factors,
        figures.counts,
        np.where(figures.peaks == MISSING, MISSING, figures.peaks * factors),
    )


def load_month_totals(*, register_ids: Sequence[int], first_month: date, last_month: date) -> MonthTotals:
    """Sums of the local months from the one `first_month` lies in to that of `last_month`, both included."""
    months = np.arange(np.datetime64(first_month, "M"), np.datetime64(last_month, "M") + 1)
    ids, order = _asked(register_ids)
    stored = load_months(ids, months[0], len(months))
    scale = load_scale(register_ids)
    # A vector has 31 days; those beyond the month's end hold nothing, whatever factor they meet.
    factors = np.stack(
        [scale.of_days(month.astype("datetime64[D]") + np.arange(DAYS_PER_MONTH)) for month in months], axis=1
    )
    sums = month_figures(
        Figures(
            stored.totals[order] * factors,
            stored.counts[order],
            np.where(stored.peaks[order] == MISSING, MISSING, stored.peaks[order] * factors),
        )
    )
    return MonthTotals(tuple(register_ids), months, sums.totals, sums.counts, sums.peaks)


def _days_of_months(register_ids: Sequence[int], days: Instants) -> Figures:
    ids, order = _asked(register_ids)
    months = days.astype("datetime64[M]")
    stored = load_months(ids, months[0], int((months[-1] - months[0]).astype(np.int64)) + 1)
    month = (months - months[0]).astype(np.intp)
    place = (days - months.astype("datetime64[D]")).astype(np.intp)
    return Figures(
        stored.totals[order][:, month, place],
        stored.counts[order][:, month, place],
        stored.peaks[order][:, month, place],
    )


def _asked(register_ids: Sequence[int]) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
    asked = np.asarray(register_ids, dtype=np.int64)
    ids = np.unique(asked)
    return ids, np.searchsorted(ids, asked)


def expected_slots(*, register_ids: Sequence[int], first: date, last: date) -> NDArray[np.int64]:
    """How many slots each local day has at each register's site, int64 [n, days]: 92, 96 or 100."""
    days = [first + timedelta(days=place) for place in range((last - first).days + 1)]
    zones = load_zones(register_ids)
    of_zone = {
        zone: [slots_in_local_day(day, zone) for day in days] for zone in {zone for zone in zones if zone}
    }
    return np.array([of_zone[zone] if zone else [0] * len(days) for zone in zones], dtype=np.int64)
