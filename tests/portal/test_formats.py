# SPDX-License-Identifier: Apache-2.0
"""How numbers, energy, money, days and instants are written, in four languages and two countries."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from accounts.web import formats

ZURICH = ZoneInfo("Europe/Zurich")


@pytest.mark.parametrize("language", ["de", "fr", "it", "en"])
def test_switzerland_writes_numbers_one_way_in_every_language(language: str) -> None:
    with translation.override(language):
        assert formats.number(Decimal("1234567.5"), 2) == "1'234'567.50"
        assert formats.money(Decimal("1234.5"), "CHF") == "CHF\u00a01'234.50"


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("de", "1.234,50\u00a0€"),
        ("it", "1.234,50\u00a0€"),
        ("fr", "1\u202f234,50\u00a0€"),
        ("en", "EUR\u00a01,234.50"),
    ],
)
def test_germany_writes_as_the_reader_is_used_to(language: str, written: str) -> None:
    with translation.override(language), formats.in_country("DE"):
        assert formats.money(Decimal("1234.5"), "EUR") == written
    assert formats.number(1234) == "1'234"


@pytest.mark.parametrize(
    ("value", "places", "written"),
    [
        (0, 0, "0"), (-1, 0, "−1"), (Decimal("-0.004"), 2, "0.00"), (Decimal("0.005"), 2, "0.01"),
        (Decimal("2.5"), 0, "3"), (999, 1, "999.0"), (None, 2, "–"),
    ],
)  # fmt: skip
def test_numbers_are_rounded_half_up_with_a_true_minus(
    value: Decimal | int | None, places: int, written: str
) -> None:
    assert formats.number(value, places) == written


@given(st.integers(-(10**15), 10**15), st.integers(0, 6))
def test_no_digit_is_lost_on_the_way(value: int, places: int) -> None:
    written = formats.number(Decimal(value).scaleb(-places), places)

    assert Decimal(written.replace("'", "").replace("−", "-")) == Decimal(value).scaleb(-places)


@pytest.mark.parametrize(
    ("wh", "written"),
    [
        (None, "–"), (0, "0 Wh"), (999, "999 Wh"), (1_234, "1.23 kWh"), (12_345, "12.3 kWh"),
        (1_234_567, "1'235 kWh"), (123_456_789, "123.5 MWh"), (-2_500, "−2.50 kWh"),
    ],
)  # fmt: skip
def test_energy_takes_the_unit_that_reads_best(wh: int | None, written: str) -> None:
    assert formats.energy(wh).replace("\u00a0", " ") == written


@pytest.mark.parametrize(
    ("first", "end", "written"),
    [
        (date(2026, 1, 1), date(2027, 1, 1), "2026"),
        (date(2026, 3, 1), date(2026, 4, 1), "March 2026"),
        (date(2026, 3, 1), date(2026, 3, 2), "1 Mar 2026"),
        (date(2026, 1, 1), date(2026, 4, 1), "1 Jan 2026 – 31 Mar 2026"),
        (date(2026, 3, 5), None, "since 5 Mar 2026"),
        (None, date(2026, 3, 5), "until 4 Mar 2026"),
        (None, None, "always"),
        (date(2026, 12, 1), date(2027, 1, 1), "December 2026"),
    ],
)
def test_periods_are_written_with_both_days_included(
    first: date | None, end: date | None, written: str
) -> None:
    with translation.override("en"):
        assert formats.period(first, end) == written


@pytest.mark.parametrize(
    ("language", "day", "month"),
    [
        ("de", "05.03.2026", "März 2026"), ("fr", "05.03.2026", "mars 2026"),
        ("it", "05.03.2026", "marzo 2026"), ("en", "5 Mar 2026", "March 2026"),
    ],
)  # fmt: skip
def test_days_and_months_speak_the_readers_language(language: str, day: str, month: str) -> None:
    with translation.override(language):
        assert formats.day(date(2026, 3, 5)) == day
        assert formats.month(date(2026, 3, 5)) == month


@pytest.mark.parametrize(
    ("before", "written"),
    [
        (timedelta(0), "today 00:30"), (timedelta(minutes=31), "yesterday 23:59"),
        (timedelta(days=-1), "tomorrow 00:30"), (timedelta(days=40), "14 Oct 2026, 01:30"),
    ],
)  # fmt: skip
def test_instants_are_told_by_the_day_of_the_zone(before: timedelta, written: str) -> None:
    now = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)  # half past midnight in Zurich
    with translation.override("en"):
        assert formats.instant(now - before, now, ZURICH) == written


def test_the_exact_instant_names_its_zone() -> None:
    with translation.override("en"):
        written = formats.exact_instant(datetime(2026, 7, 1, 12, 0, tzinfo=UTC), ZURICH)
    assert written.startswith("Wednesday, 1 July 2026, 14:00:00")


@pytest.mark.parametrize(
    ("span", "written"),
    [
        (timedelta(seconds=30), "less than a minute"), (timedelta(minutes=3), "3 min"),
        (timedelta(hours=5), "5 h"), (timedelta(days=4), "4 days"),
    ],
)  # fmt: skip
def test_ages_are_rounded_down(span: timedelta, written: str) -> None:
    with translation.override("en"):
        assert formats.how_long(span) == written
