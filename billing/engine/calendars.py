# SPDX-License-Identifier: Apache-2.0
"""Calendars of tariff hours as people store them (JSON), read into what `billing.tariffs` computes with.

    {"default": "low", "canton": "ZH",
     "windows": [{"slot": "high", "begin": "07:00", "end": "20:00", "weekdays": [0, 1, 2, 3, 4]}]}

Weekdays count from Monday = 0; an `end` of 00:00 is midnight at the end of the day; `months` may
be given (1 to 12).  Holidays of the canton count as Sundays; without a canton there are none.
"""

import json
from collections.abc import Mapping
from datetime import date, time
from typing import Any

from billing.rules.holidays import CANTONS, holidays
from billing.tariffs.slot_calendar import (
    ALL_YEAR,
    EVERY_DAY,
    Holidays,
    SlotCalendar,
    UnfitWindow,
    Window,
)

ONE_SLOT = SlotCalendar(windows=(), default="all")


class UnreadableCalendar(ValueError):
    """The JSON of a calendar does not say what tariff hours need; the message names the place."""


def read_calendar(windows: str) -> tuple[SlotCalendar, Holidays | None]:
    """
    The calendar and its holidays; an empty text is one slot round the clock.

    :raises UnreadableCalendar: naming the window and the fault.
    """
    if not windows:
        return ONE_SLOT, None
    return parse_calendar(json.loads(windows))


def parse_calendar(stored: Any) -> tuple[SlotCalendar, Holidays | None]:
    """
    The same from parsed JSON.

    :raises UnreadableCalendar: naming the window and the fault.
    """
    if not isinstance(stored, dict) or not isinstance(stored.get("default"), str) or not stored["default"]:
        raise UnreadableCalendar("A calendar names the slot of all other times in `default`.")
    rows = stored.get("windows", [])
    if not isinstance(rows, list):
        raise UnreadableCalendar("`windows` is a list.")
    windows = tuple(_window(number, row) for number, row in enumerate(rows, 1))
    return SlotCalendar(windows, stored["default"]), _holidays(str(stored.get("canton", "")))


def _window(number: int, row: Any) -> Window:
    try:
        return Window(
            slot=str(row["slot"]),
            begin=time.fromisoformat(row.get("begin", "00:00")),
            end=time.fromisoformat(row.get("end", "00:00")),
            weekdays=frozenset(row.get("weekdays", EVERY_DAY)),
            months=frozenset(row.get("months", ALL_YEAR)),
        )
    except UnfitWindow as refusal:
        raise UnreadableCalendar(f"Window {number}: {refusal}") from refusal
    except (AttributeError, KeyError, TypeError, ValueError) as refusal:
        raise UnreadableCalendar(f"Window {number} is not readable ({refusal}).") from refusal


def _holidays(canton: str) -> Holidays | None:
    if not canton:
        return None
    if canton not in CANTONS:
        raise UnreadableCalendar(f"{canton} is no canton.")

    def of_year(year: int) -> Mapping[date, str]:
        return holidays("ch", canton, year)

    return of_year
