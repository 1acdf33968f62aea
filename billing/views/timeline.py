# SPDX-License-Identifier: Apache-2.0
"""Tariffs on a line of time: places and widths in percent, ready to be drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from billing.models import Tariff

# The line shows a year before today and a year after.
_BEFORE, _AFTER = timedelta(days=365), timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Bar:
    """A tariff on the line; `left` and `width` are percentages with one decimal."""

    tariff: Tariff
    left: str
    width: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class TimeLine:
    first: date
    last: date
    today: str
    bars: tuple[Bar, ...]


def time_line(tariffs: Sequence[Tariff], today: date) -> TimeLine:
    """The tariffs around today."""
    first, last = today - _BEFORE, today + _AFTER
    return TimeLine(first, last, _percent(today, first, last), tuple(_bars(tariffs, first, last, today)))


def _bars(tariffs: Sequence[Tariff], first: date, last: date, today: date) -> list[Bar]:
    found = []
    for tariff in tariffs:
        start, end = max(tariff.period.lower, first), min(tariff.period.upper or last, last)
        shown = max((end - start).days, 0)
        found.append(
            Bar(
                tariff=tariff,
                left=_percent(min(start, last), first, last),
                width=f"{1000 * shown // (last - first).days / 10:.1f}",
                is_current=tariff.period.lower <= today
                and (tariff.period.upper is None or today < tariff.period.upper),
            )
        )
    return found


def _percent(day: date, first: date, last: date) -> str:
    return f"{1000 * (day - first).days // (last - first).days / 10:.1f}"
