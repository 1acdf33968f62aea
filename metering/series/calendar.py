# SPDX-License-Identifier: Apache-2.0
"""Quarter hours of the world (UTC) and the days and months people live in (local).

Slots are counted in UTC, where every day has 96 of them.  A local day has 92, 96
or 100: never `24 * 4`.  Python's own subtraction of two aware datetimes of one zone
ignores the change of clocks, so all arithmetic here is done on UTC seconds.

Arrays of instants are `datetime64[s]` and mean UTC.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

SLOT_SECONDS = 900
STEP = timedelta(seconds=SLOT_SECONDS)
SLOTS_PER_DAY = 96
_DAY_SECONDS = 86_400

Instants = NDArray[np.datetime64]


class NaiveInstant(ValueError):
    """An instant came without its time zone, so nobody can say when it was."""


class NotOnSlotBoundary(ValueError):
    """A period of slots must begin and end on a quarter hour."""


@dataclass(frozen=True, slots=True, eq=False)
class SlotGroups:
    """
    Which group each slot of a period belongs to.

    `index` is int32 of shape [slots] with values in `range(len(labels))`; `labels` names
    the groups in order of time: `datetime64[D]` for days, `datetime64[M]` for months.
    """

    index: NDArray[np.int32]
    labels: Instants

    def __len__(self) -> int:
        return len(self.labels)


def to_utc_seconds(instant: datetime) -> int:
    """
    Whole seconds since 1970 of an aware instant.

    :raises NaiveInstant: if the instant has no time zone.
    """
    if instant.utcoffset() is None:
        raise NaiveInstant(f"{instant.isoformat()} has no time zone.")
    utc = instant.astimezone(UTC).replace(tzinfo=None)
    since = utc - datetime(1970, 1, 1)  # noqa: DTZ001 (both sides are UTC without zone)
    return since.days * _DAY_SECONDS + since.seconds


def to_instant(moment: np.datetime64) -> datetime:
    """The aware UTC datetime of one element of an array of instants."""
    return datetime.fromtimestamp(int(moment.astype("datetime64[s]").astype(np.int64)), UTC)


def local_day_bounds(day: date, tz: ZoneInfo) -> tuple[datetime, datetime]:
    """
    Begin and end of a local day as UTC instants, half-open.

    >>> local_day_bounds(date(2026, 3, 29), ZoneInfo("Europe/Zurich"))[0].isoformat()
    '2026-03-28T23:00:00+00:00'
    """
    begin = datetime.combine(day, time(), tzinfo=tz).astimezone(UTC)
    end = datetime.combine(day + timedelta(days=1), time(), tzinfo=tz).astimezone(UTC)
    return begin, end


def local_month_bounds(month: date, tz: ZoneInfo) -> tuple[datetime, datetime]:
    """Begin and end of the local month that `month` lies in, as UTC instants, half-open."""
    first = month.replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    return local_day_bounds(first, tz)[0], local_day_bounds(following, tz)[0]


def slots_in_local_day(day: date, tz: ZoneInfo) -> int:
    """
    Number of quarter hours in a local day: 92, 96 or 100 in Europe.

    >>> zurich = ZoneInfo("Europe/Zurich")
    >>> [slots_in_local_day(date(2026, *day), zurich) for day in [(3, 29), (6, 9), (10, 25)]]
    [92, 96, 100]
    """
    begin, end = local_day_bounds(day, tz)
    return slot_count(begin, end)


def slot_count(start: datetime, end: datetime) -> int:
    """
    Number of quarter hours in [start, end).

    :raises NotOnSlotBoundary: if the length is not a whole number of slots, or negative.
    """
    seconds = to_utc_seconds(end) - to_utc_seconds(start)
    if seconds < 0 or seconds % SLOT_SECONDS:
        raise NotOnSlotBoundary(f"{start.isoformat()} to {end.isoformat()} is no whole number of slots.")
    return seconds // SLOT_SECONDS


def slot_start(start: datetime, sequence: int, step: timedelta = STEP) -> datetime:
    """The instant at which the slot with the 1-based number `sequence` begins, counted from `start`."""
    if sequence < 1:
        raise ValueError(f"Slots are counted from 1, not {sequence}.")
    seconds = to_utc_seconds(start) + (sequence - 1) * int(step.total_seconds())
    return datetime.fromtimestamp(seconds, UTC)


def slot_instants(start: datetime, end: datetime) -> Instants:
    """
    Begin of every slot in [start, end), `datetime64[s]` in UTC, shape [slots].

    :raises NotOnSlotBoundary: if either bound does not lie on a quarter hour of UTC.
    """
    first = _slot_number(start)
    return (np.arange(first, _slot_number(end), dtype=np.int64) * SLOT_SECONDS).view("datetime64[s]")


def utc_days(start: datetime, end: datetime) -> Instants:
    """Every UTC day that [start, end) touches, `datetime64[D]`."""
    first = to_utc_seconds(start) // _DAY_SECONDS
    last = -(-to_utc_seconds(end) // _DAY_SECONDS)
    return np.arange(first, last, dtype=np.int64).view("datetime64[D]")


def local_times(instants: Instants, tz: ZoneInfo) -> Instants:
    """
    Wall-clock time of UTC slot begins, `datetime64[s]` without zone.  For looking things up only:
    in the night of the change to winter time, two instants carry the same wall-clock time.
    """
    seconds = instants.astype("datetime64[s]").astype(np.int64)
    if not len(seconds):
        return instants.astype("datetime64[s]")
    local = np.empty_like(seconds)
    years = instants.astype("datetime64[Y]").astype(np.int64) + 1970
    for year in range(int(years.min()), int(years.max()) + 1):
        chosen = years == year
        offsets, first = _offsets_of_year(tz, year), _year_begin(year)
        local[chosen] = seconds[chosen] + offsets[(seconds[chosen] - first) // SLOT_SECONDS]
    return local.view("datetime64[s]")


def local_day_groups(start: datetime, end: datetime, tz: ZoneInfo) -> SlotGroups:
    """The local day of every slot in [start, end)."""
    return group_by_label(local_times(slot_instants(start, end), tz).astype("datetime64[D]"))


def local_month_groups(start: datetime, end: datetime, tz: ZoneInfo) -> SlotGroups:
    """The local month of every slot in [start, end)."""
    return group_by_label(local_times(slot_instants(start, end), tz).astype("datetime64[M]"))


def group_by_label(labels: Instants) -> SlotGroups:
    """Number the distinct labels of slots in ascending order."""
    distinct, index = np.unique(labels, return_inverse=True)
    return SlotGroups(index=index.astype(np.int32), labels=distinct)


def _slot_number(instant: datetime) -> int:
    seconds = to_utc_seconds(instant)
    if seconds % SLOT_SECONDS or instant.microsecond:
        raise NotOnSlotBoundary(f"{instant.isoformat()} is not a quarter hour.")
    return seconds // SLOT_SECONDS


def _year_begin(year: int) -> int:
    return int(np.datetime64(f"{year:04d}-01-01", "s").astype(np.int64))


@lru_cache(maxsize=64)
def _offsets_of_year(tz: ZoneInfo, year: int) -> NDArray[np.int64]:
    """Seconds to add to UTC for each slot of a UTC year; one entry per zone and year stays in memory."""
    begin, end = _year_begin(year), _year_begin(year + 1)
    at_midnight = [_offset(tz, seconds) for seconds in range(begin, end + 1, _DAY_SECONDS)]
    offsets = np.repeat(np.array(at_midnight[:-1], dtype=np.int64), SLOTS_PER_DAY)
    # Only a day whose two midnights disagree needs a look at each of its slots: no zone changes its
    # offset there and back within one UTC day.
    for day, (here, there) in enumerate(pairwise(at_midnight)):
        if here != there:
            first = begin + day * _DAY_SECONDS
            slots = range(first, first + _DAY_SECONDS, SLOT_SECONDS)
            offsets[day * SLOTS_PER_DAY : (day + 1) * SLOTS_PER_DAY] = [_offset(tz, s) for s in slots]
    offsets.setflags(write=False)
    return offsets


def _offset(tz: ZoneInfo, seconds: int) -> int:
    offset = datetime.fromtimestamp(seconds, tz).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())
