# SPDX-License-Identifier: Apache-2.0
"""Substitute values are marked and meet the index difference."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metering.series.substitute import NothingToSubstituteBy, substitute
from metering.series.vectors import Quality

energies = st.integers(0, 20_000)


def test_a_gap_of_three_slots_lies_on_a_straight_line() -> None:
    found = substitute(slots=3, before=400, after=600, difference=None)

    assert found.values == (450, 500, 550)
    assert (found.quality, found.method) == (Quality.SUBSTITUTED, "interpolation")


def test_a_longer_gap_takes_the_shape_of_comparable_days() -> None:
    found = substitute(
        slots=9, before=10, after=10, difference=1_800, comparable=[[1] * 8 + [2], [3] * 8 + [2]]
    )

    assert found.method == "comparable days"
    assert found.values == (200,) * 9


def test_comparable_days_without_an_index_are_taken_as_they_are() -> None:
    assert substitute(
        slots=2, before=None, after=None, difference=None, comparable=[[10, 20], [20, 25]]
    ).values == (
        15,
        23,
    )


def test_a_long_gap_without_comparable_days_is_spread_evenly() -> None:
    found = substitute(slots=10, before=1, after=9, difference=104)

    assert (found.method, found.values) == ("even", (11,) * 4 + (10,) * 6)


def test_a_gap_between_zeros_still_meets_its_index() -> None:
    assert substitute(slots=3, before=0, after=0, difference=4).values == (2, 1, 1)


def test_a_gap_nobody_knows_anything_about_is_refused() -> None:
    with pytest.raises(NothingToSubstituteBy):
        substitute(slots=9, before=1, after=1, difference=None)


def test_a_comparable_day_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="comparable"):
        substitute(slots=3, before=None, after=None, difference=1, comparable=[[1, 2]])


@given(st.integers(1, 100), energies, energies, st.integers(0, 10**6))
def test_the_index_difference_is_always_met(slots: int, before: int, after: int, difference: int) -> None:
    found = substitute(slots=slots, before=before, after=after, difference=difference)

    assert sum(found.values) == difference
    assert min(found.values) >= 0
    assert len(found.values) == slots


@given(st.integers(1, 8), energies, energies)
def test_a_line_stays_between_its_neighbours(slots: int, before: int, after: int) -> None:
    found = substitute(slots=slots, before=before, after=after, difference=None)

    assert all(min(before, after) <= part <= max(before, after) for part in found.values)
    assert list(found.values) == sorted(found.values, reverse=before > after)
