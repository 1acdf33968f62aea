# SPDX-License-Identifier: Apache-2.0
"""The arithmetic of the homes: shares, changes, completeness, gaps, and days that are compared."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metering.spans import STEPS, span_asked, span_of
from portal.figures import Bar, change_permille, complete_percent, cost_chart, mean, permille, use_chart

WORDS = {"solar": "Solar", "grid": "Grid", "before": "Before", "axis": "Day", "cost": "Cost"}
DAY = date(2026, 3, 29)
DAYS = st.dates(date(2005, 1, 1), date(2090, 12, 31))


def bar(solar: int, grid: int, cost: str | None = None, *, missing: int = 0, slots: int = 96) -> Bar:
    return Bar("29 Mar", DAY, solar, grid, Decimal(cost) if cost else None, missing, slots)


@given(st.integers(0, 10**12), st.integers(1, 10**12))
def test_a_share_is_the_nearest_thousandth(part: int, whole: int) -> None:
    share = permille(part, whole)
    assert share is not None
    assert abs(2 * (share * whole - 1000 * part)) <= whole


def test_a_share_of_nothing_is_no_share() -> None:
    assert permille(0, 0) is None
    assert change_permille(5, 0) is None
    assert mean(5, 0) is None


@given(st.integers(0, 40_000), st.integers(1, 40_000))
def test_hundred_percent_means_that_nothing_is_missing(missing: int, slots: int) -> None:
    missing = min(missing, slots)
    assert (complete_percent(missing, slots) == 100) == (missing == 0)


def test_a_bucket_without_any_value_is_a_gap_and_not_a_nought() -> None:
    chart = use_chart([bar(10, 20), bar(0, 0, missing=96), bar(0, 5, missing=3)], [], words=WORDS)
    assert [series["values"] for series in chart["series"]] == [[10, None, 0], [20, None, 5]]
    costs = cost_chart([bar(1, 1, "0.30"), bar(0, 0, "0.16", missing=96)], words=WORDS, currency="CHF")
    assert costs["series"][0]["values"] == [Decimal("0.30"), None]


@pytest.mark.parametrize("before", [[7], [7, 8, 9, 10]])
def test_a_longer_or_shorter_period_is_laid_over_by_its_place(before: list[int]) -> None:
    chart = use_chart([bar(1, 1), bar(2, 2)], before, words=WORDS)
    assert chart["series"][-1]["values"] == [*before, None, None][:2]


@given(DAYS, st.sampled_from(STEPS))
def test_spans_follow_each_other_without_gap_or_overlap(day: date, by: str) -> None:
    span = span_asked(by, day.isoformat(), date(2090, 12, 31))
    assert span.start <= day < span.end
    assert span.before().end == span.start
    assert span.after().start == span.end


@given(DAYS, st.sampled_from(STEPS), st.integers(0, 400))
def test_like_is_compared_with_like(day: date, by: str, passed: int) -> None:
    span = span_of(by, day)  # type: ignore[arg-type]
    known = span.first_days(passed)
    other = span.before().like(span, known)
    assert other == span.before() if known.end == span.end else other.days <= known.days


@pytest.mark.parametrize("written", ["", "yesterday", "2026-13-01", "0001-01-01", "9999-12-31"])
def test_an_unreadable_day_in_the_address_means_now(written: str) -> None:
    assert span_asked("decade", written, date(2026, 11, 23)) == span_of("month", date(2026, 11, 23))
