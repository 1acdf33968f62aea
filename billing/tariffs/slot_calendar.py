# SPDX-License-Identifier: Apache-2.0
"""Which tariff slot a quarter hour belongs to: high, low, or any name the grid operator gives.

A calendar is a list of windows in local clock time.  The first window that fits a quarter hour names
it, else the calendar's default does.  Windows are half-open: 07:00 to 20:00 begins with the quarter
hour of 07:00 and ends before that of 20:00.  UTC comes in; local time is looked up per slot, so that
the days of 92 and 100 quarter hours need no special case.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from metering.series.calendar import SLOTS_PER_DAY, local_times, slot_instants

EVERY_DAY = frozenset(range(7))
ALL_YEAR = frozenset(range(1, 13))
_MINUTES = 15
_SUNDAY = 6

Holidays = Callable[[int], Mapping[date, str]]


class UnfitWindow(ValueError):
    """A window does not lie on quarter hours, or names a weekday or month that does not exist."""


@dataclass(frozen=True, slots=True)
class Window:
    """
    Clock times [begin, end) on some weekdays (0 is Monday) in some months, with the slot's name.

    An `end` of 00:00 means midnight at the end of the day; a window does not cross midnight.
    """

    slot: str
    begin: time = time(0)
    end: time = time(0)
    weekdays: frozenset[int] = EVERY_DAY
    months: frozenset[int] = ALL_YEAR

    def __post_init__(self) -> None:
        on_quarters = all(
            moment.minute % _MINUTES == 0 and not moment.second and not moment.microsecond
            for moment in (self.begin, self.end)
        )
        if not on_quarters or self.quarters[0] >= self.quarters[1]:
            raise UnfitWindow(f"{self.slot}: {self.begin} to {self.end} are no quarter hours of one day.")
        if not self.weekdays <= EVERY_DAY or not self.months <= ALL_YEAR:
            raise UnfitWindow(f"{self.slot}: weekdays go from 0 to 6 and months from 1 to 12.")

    @property
    def quarters(self) -> tuple[int, int]:
        """First quarter hour of the window, and the one after its last, counted from midnight."""
        begin, end = (moment.hour * 4 + moment.minute // _MINUTES for moment in (self.begin, self.end))
        return begin, end or SLOTS_PER_DAY


@dataclass(frozen=True, slots=True)
class SlotCalendar:
    """Windows in order of precedence, the slot of all other times, and the weekday holidays count as."""

    windows: tuple[Window, ...]
    default: str
    holiday_as: int | None = _SUNDAY

    @property
    def slots(self) -> tuple[str, ...]:
        """Names of the slots, in the order of first use; their places are the numbers in `TariffSlots`."""
        return tuple(dict.fromkeys([*(window.slot for window in self.windows), self.default]))


@dataclass(frozen=True, slots=True, eq=False)
class TariffSlots:
    """`index` int32 [slots of time] with values in `range(len(names))`."""

    index: NDArray[np.int32]
    names: tuple[str, ...]


def classify(
    calendar: SlotCalendar, start: datetime, end: datetime, tz: ZoneInfo, holidays: Holidays | None = None
) -> TariffSlots:
    """
    The tariff slot of every quarter hour in [start, end).

    `holidays(year)` gives the holidays of the site's region; they count as `calendar.holiday_as`.

    :raises NotOnSlotBoundary: if a bound is not a quarter hour.
    """
    wall = local_times(slot_instants(start, end), tz)
    if not len(wall):
        return TariffSlots(np.zeros(0, dtype=np.int32), calendar.slots)
    days = wall.astype("datetime64[D]")
    quarters = (wall - days).astype("timedelta64[s]").astype(np.int64) // (60 * _MINUTES)
    # 1970-01-01 was a Thursday.
    weekdays = (days.astype(np.int64) + 3) % 7
    if holidays is not None and calendar.holiday_as is not None:
        weekdays[np.isin(days, _holiday_days(days, holidays))] = calendar.holiday_as
    months = days.astype("datetime64[M]").astype(np.int64) % 12
    return TariffSlots(_table(calendar)[months, weekdays, quarters], calendar.slots)


def _holiday_days(days: NDArray[np.datetime64], holidays: Holidays) -> NDArray[np.datetime64]:
    years = range(days.min().astype(date).year, days.max().astype(date).year + 1)
    return np.array([day for year in years for day in holidays(year)], dtype="datetime64[D]")


@lru_cache(maxsize=256)
def _table(calendar: SlotCalendar) -> NDArray[np.int32]:
    """Slot number by month, weekday and quarter of the day."""
    names = calendar.slots
    table = np.full((12, 7, SLOTS_PER_DAY), names.index(calendar.default), dtype=np.int32)
    for window in reversed(calendar.windows):
        begin, end = window.quarters
        chosen = np.ix_([month - 1 for month in window.months], list(window.weekdays), range(begin, end))
        table[chosen] = names.index(window.slot)
    table.setflags(write=False)
    return table
