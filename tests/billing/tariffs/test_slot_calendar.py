# SPDX-License-Identifier: Apache-2.0
"""High and low tariff by local clock time: evenings in July, days of 92 and 100 slots, holidays."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.holidays import holidays
from billing.tariffs.slot_calendar import SlotCalendar, UnfitWindow, Window, classify
from metering.series.calendar import local_day_bounds

ZURICH = ZoneInfo("Europe/Zurich")
WORKDAYS = frozenset(range(5))
# Elektra Fislisbach 2014: Monday to Friday 7 to 20, Saturday 7 to 13 (yumpu 36869017).
FISLISBACH = SlotCalendar(
    windows=(
        Window("high", time(7), time(20), WORKDAYS),
        Window("high", time(7), time(13), frozenset({5})),
    ),
    default="low",
)


def slot_at(calendar: SlotCalendar, *moment: int, region: str = "ZH") -> str:
    at = datetime(*moment, tzinfo=ZURICH).astimezone(UTC)
    found = classify(
        calendar, at, at + timedelta(minutes=15), ZURICH, lambda year: holidays("ch", region, year)
    )
    return found.names[found.index[0]]


@pytest.mark.parametrize(
    ("moment", "slot"),
    [
        ((2026, 7, 14, 20, 30), "low"),
        ((2026, 7, 14, 19, 45), "high"),
        ((2026, 7, 14, 7, 0), "high"),
        ((2026, 7, 14, 6, 45), "low"),
        ((2026, 7, 18, 12, 45), "high"),
        ((2026, 7, 18, 13, 0), "low"),
        ((2026, 7, 19, 12, 0), "low"),
        ((2026, 12, 25, 12, 0), "low"),
        ((2026, 5, 14, 12, 0), "low"),
        ((2026, 3, 29, 3, 0), "low"),
        ((2026, 10, 26, 12, 0), "high"),
    ],
)
def test_a_moment_has_the_slot_the_clock_on_the_wall_says(moment, slot: str) -> None:
    assert slot_at(FISLISBACH, *moment) == slot


def test_in_utc_a_july_evening_would_be_high_tariff() -> None:
    """The known-bad twin: 20:30 in Zurich is 18:30 UTC, inside the window if nobody converts."""
    evening = datetime(2026, 7, 14, 18, 30, tzinfo=UTC)
    found = classify(FISLISBACH, evening, evening + timedelta(minutes=15), ZoneInfo("UTC"))

    assert found.names[found.index[0]] == "high"


def test_holidays_differ_by_canton() -> None:
    assert slot_at(FISLISBACH, 2026, 11, 2, 12, 0) == "high"
    assert slot_at(FISLISBACH, 2026, 6, 4, 12, 0, region="TI") == "low"
    assert slot_at(FISLISBACH, 2026, 6, 4, 12, 0, region="ZH") == "high"


@pytest.mark.parametrize(
    ("day", "high", "low"),
    [
        (date(2026, 3, 29), 0, 92),
        (date(2026, 10, 25), 0, 100),
        (date(2026, 7, 14), 52, 44),
        (date(2026, 7, 18), 24, 72),
    ],
)
def test_a_day_is_all_its_slots(day: date, high: int, low: int) -> None:
    found = classify(FISLISBACH, *local_day_bounds(day, ZURICH), ZURICH)

    assert np.bincount(found.index, minlength=2).tolist() == [high, low]


def test_seasons_and_precedence() -> None:
    calendar = SlotCalendar(
        windows=(
            Window("winter peak", time(17), time(19), months=frozenset({10, 11, 12, 1, 2, 3})),
            Window("day", time(6), time(22)),
        ),
        default="night",
        holiday_as=None,
    )

    assert calendar.slots == ("winter peak", "day", "night")
    assert slot_at(calendar, 2026, 1, 6, 18, 0) == "winter peak"
    assert slot_at(calendar, 2026, 7, 6, 18, 0) == "day"
    assert slot_at(calendar, 2026, 7, 6, 23, 45) == "night"


def test_a_window_until_midnight() -> None:
    late = SlotCalendar((Window("late", time(22)),), "rest")

    assert slot_at(late, 2026, 7, 6, 23, 45) == "late"
    assert slot_at(late, 2026, 7, 6, 0, 0) == "rest"


@pytest.mark.parametrize(
    "window",
    [
        lambda: Window("x", time(7, 5), time(20)),
        lambda: Window("x", time(20), time(7)),
        lambda: Window("x", weekdays=frozenset({7})),
        lambda: Window("x", months=frozenset({0})),
    ],
)
def test_a_window_that_fits_no_quarter_hours_is_refused(window) -> None:
    with pytest.raises(UnfitWindow):
        window()


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 40), st.integers(0, 4000))
def test_cutting_a_period_changes_no_slot(first: date, days: int, cut: int) -> None:
    begin, _ = local_day_bounds(first, ZURICH)
    end = begin + timedelta(days=days)
    middle = min(begin + cut * timedelta(minutes=15), end)

    whole = classify(FISLISBACH, begin, end, ZURICH).index.tolist()
    parts = [
        classify(FISLISBACH, *period, ZURICH).index.tolist() for period in ((begin, middle), (middle, end))
    ]

    assert parts[0] + parts[1] == whole
