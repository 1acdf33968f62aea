# SPDX-License-Identifier: Apache-2.0
"""Local days of 92, 96 and 100 slots; every slot in exactly one of them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metering.series import calendar
from metering.series.calendar import (
    NaiveInstant,
    NotOnSlotBoundary,
    local_day_bounds,
    local_day_groups,
    local_month_bounds,
    local_month_groups,
    local_times,
    slot_instants,
    slot_start,
    slots_in_local_day,
    to_instant,
    utc_days,
)

ZURICH = ZoneInfo("Europe/Zurich")
# A half-hour zone, a quarter-hour zone, one that changes at midnight, one by half an hour, one without.
ZONES = ["Europe/Zurich", "Asia/Kolkata", "Asia/Kathmandu", "America/Havana", "Australia/Lord_Howe", "UTC"]


@pytest.mark.parametrize(
    ("day", "slots", "begin"),
    [
        (date(2026, 3, 29), 92, "2026-03-28T23:00:00+00:00"),
        (date(2026, 10, 25), 100, "2026-10-24T22:00:00+00:00"),
        (date(2026, 1, 5), 96, "2026-01-04T23:00:00+00:00"),
        (date(2026, 6, 9), 96, "2026-06-08T22:00:00+00:00"),
    ],
)
def test_a_local_day_has_the_slots_its_clocks_say(day: date, slots: int, begin: str) -> None:
    assert slots_in_local_day(day, ZURICH) == slots
    assert local_day_bounds(day, ZURICH)[0].isoformat() == begin


def test_pythons_own_subtraction_would_be_caught() -> None:
    """The known-bad twin: between two aware local midnights Python says 96 quarter hours every day."""
    begin = datetime(2026, 10, 25, tzinfo=ZURICH)
    end = datetime(2026, 10, 26, tzinfo=ZURICH)

    assert (end - begin) // timedelta(minutes=15) == 96
    assert slots_in_local_day(begin.date(), ZURICH) == 100


def test_the_hour_that_comes_twice_keeps_both_its_energies() -> None:
    begin, end = local_day_bounds(date(2026, 10, 25), ZURICH)
    wall = local_times(slot_instants(begin, end), ZURICH)

    assert len(wall) == 100
    assert len(np.unique(wall)) == 96
    assert local_day_groups(begin, end, ZURICH).index.tolist() == [0] * 100


@pytest.mark.parametrize("zone", ZONES)
def test_local_time_of_every_slot_is_what_zoneinfo_says(zone: str) -> None:
    tz = ZoneInfo(zone)
    instants = slot_instants(datetime(2025, 12, 30, tzinfo=UTC), datetime(2027, 1, 3, tzinfo=UTC))

    expected = [to_instant(instant).astimezone(tz).replace(tzinfo=None) for instant in instants]

    assert local_times(instants, tz).astype("datetime64[s]").tolist() == expected


@pytest.mark.parametrize("zone", ["Europe/Zurich", "Africa/Casablanca", "America/Sao_Paulo", "Asia/Tehran"])
def test_no_zone_changes_there_and_back_within_a_utc_day(zone: str) -> None:
    # The calendar looks closely only at days whose two midnights disagree; this is why it may.
    tz = ZoneInfo(zone)
    for year in (2011, 2018, 2022, 2026):
        by_slot = [
            datetime.fromtimestamp(second, tz).utcoffset().total_seconds()
            for second in range(calendar._year_begin(year), calendar._year_begin(year + 1), 900)
        ]
        assert calendar._offsets_of_year(tz, year).tolist() == by_slot


@given(
    st.datetimes(datetime(2024, 1, 1), datetime(2027, 1, 1)),
    st.integers(0, 20_000),
    st.sampled_from(ZONES),
)
def test_days_and_months_tile_a_period(start: datetime, slots: int, zone: str) -> None:
    tz = ZoneInfo(zone)
    begin = start.replace(minute=start.minute // 15 * 15, second=0, microsecond=0, tzinfo=UTC)
    end = begin + slots * timedelta(minutes=15)
    days, months = local_day_groups(begin, end, tz), local_month_groups(begin, end, tz)

    assert len(days.index) == len(months.index) == slots
    assert np.bincount(days.index, minlength=len(days)).sum() == slots
    assert (np.diff(days.index) >= 0).all()
    for label, count in list(zip(days.labels.tolist(), np.bincount(days.index), strict=True))[1:-1]:
        assert count == slots_in_local_day(label, tz)
    assert (days.labels.astype("datetime64[M]")[days.index] == months.labels[months.index]).all()


@given(st.dates(date(2020, 1, 1), date(2035, 1, 1)), st.sampled_from(ZONES))
def test_local_days_join_without_gap(day: date, zone: str) -> None:
    tz = ZoneInfo(zone)

    assert local_day_bounds(day, tz)[1] == local_day_bounds(day + timedelta(days=1), tz)[0]


def test_a_local_month_spans_the_change_of_clocks() -> None:
    begin, end = local_month_bounds(date(2026, 10, 17), ZURICH)

    assert (end - begin) == timedelta(days=31, hours=1)


def test_an_observation_without_a_time_of_its_own_is_counted_from_the_interval() -> None:
    assert slot_start(datetime(2026, 1, 5, 23, tzinfo=UTC), 3) == datetime(2026, 1, 5, 23, 30, tzinfo=UTC)
    with pytest.raises(ValueError, match="from 1"):
        slot_start(datetime(2026, 1, 5, 23, tzinfo=UTC), 0)


def test_a_local_day_touches_two_utc_days() -> None:
    begin, end = local_day_bounds(date(2026, 6, 9), ZURICH)

    assert [str(day) for day in utc_days(begin, end)] == ["2026-06-08", "2026-06-09"]


def test_an_instant_without_zone_is_refused() -> None:
    with pytest.raises(NaiveInstant):
        slot_instants(datetime(2026, 1, 1), datetime(2026, 1, 2, tzinfo=UTC))


def test_a_period_between_two_quarter_hours_is_refused() -> None:
    with pytest.raises(NotOnSlotBoundary):
        slot_instants(datetime(2026, 1, 1, 0, 5, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC))


def test_an_empty_period_has_no_slots() -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)

    assert len(local_day_groups(moment, moment, ZURICH)) == 0
