# SPDX-License-Identifier: Apache-2.0
"""Sums of slots by local day, and the days of a month as vectors of 31.

A local day lies across two UTC days, so the slots come as one line over a run
of UTC days; which of its days are whole is for the caller to know.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from metering.series.calendar import SLOTS_PER_DAY, Instants, local_times, to_instant
from metering.series.vectors import MISSING, Values

DAYS_PER_MONTH = 31
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class LocalDays:
    """
    The local days that a run of UTC days touches.

    `labels` is `datetime64[D]` [days]; `begins` [days] is the place of each one's first slot in the
    line of slots; `first` and `last` [utc days] are the places in `labels` of the first and the last
    local day that each UTC day overlaps.
    """

    labels: Instants
    begins: NDArray[np.intp]
    first: NDArray[np.intp]
    last: NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Figures:
    """Per row and day (or month): the sum of the slots there are, how many there are, and the highest."""

    totals: Ints
    counts: Ints
    peaks: Ints


@lru_cache(maxsize=256)
def local_days(first: np.datetime64, count: int, tz: ZoneInfo) -> LocalDays:
    """The local days over `count` UTC days from `first` (`datetime64[D]`)."""
    begin = first.astype("datetime64[s]")
    slots = begin + np.arange(count * SLOTS_PER_DAY, dtype=np.int64) * np.timedelta64(900, "s")
    days = local_times(slots, tz).astype("datetime64[D]")
    begins = np.flatnonzero(np.concatenate(([True], days[1:] != days[:-1])))
    index = np.cumsum(np.concatenate(([0], (days[1:] != days[:-1]).astype(np.intp))))
    return LocalDays(days[begins], begins, index[::SLOTS_PER_DAY], index[SLOTS_PER_DAY - 1 :: SLOTS_PER_DAY])


def day_figures(line: Values, days: LocalDays) -> Figures:
    """Figures of every local day of lines of slots [n, slots]; each result is int64 [n, days]."""
    known = line != MISSING
    whole = bool(known.all())
    filled = line if whole else np.where(known, line, 0)
    totals = np.add.reduceat(filled, days.begins, axis=1, dtype=np.int64)
    peaks = np.maximum.reduceat(line, days.begins, axis=1).astype(np.int64)
    if whole:
        lengths = np.diff(days.begins, append=line.shape[1])
        counts = np.broadcast_to(lengths, totals.shape).astype(np.int64)
    else:
        counts = np.add.reduceat(known, days.begins, axis=1, dtype=np.int64)
    return Figures(totals, counts, peaks)


def month_figures(days: Figures) -> Figures:
    """Figures of whole months from those of their days, [..., 31] to [...]."""
    return Figures(days.totals.sum(axis=-1), days.counts.sum(axis=-1), days.peaks.max(axis=-1))


def no_days(shape: tuple[int, ...]) -> Figures:
    """Figures of days of which nothing is known."""
    nothing = np.zeros(shape, dtype=np.int64)
    return Figures(nothing, nothing.copy(), np.full(shape, MISSING, dtype=np.int64))


def month_places(labels: Instants) -> tuple[Instants, NDArray[np.intp], NDArray[np.intp]]:
    """Months of days (ascending, `datetime64[M]`), and each day's place: which month, which day in it."""
    months = labels.astype("datetime64[M]")
    distinct, month_of = np.unique(months, return_inverse=True)
    return distinct, month_of, (labels - months.astype("datetime64[D]")).astype(np.intp)


def utc_midnight(day: np.datetime64) -> datetime:
    """The instant at which a UTC day begins."""
    return datetime.combine(to_instant(day).date(), time(), tzinfo=UTC)
