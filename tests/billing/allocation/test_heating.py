# SPDX-License-Identifier: Apache-2.0
"""Parts of heating costs: they add up, and the law's bounds hold."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.allocation import carbon, heating
from billing.allocation.degree_days import share_of_days, share_of_months
from billing.rules.calibration import calibration_years, valid_until
from billing.rules.dated import NoRuleInForce, load

TABLES = [
    ([Decimal(value) for value in load("de", "degree_days").entries[-1].values["permille"]], 1000),
    ([Decimal(value) for value in load("ch", "heating_shares").entries[-1].values["heating_only"]], 100),
    ([Decimal(value) for value in load("ch", "heating_shares").entries[-1].values["with_hot_water"]], 100),
]
STAGES = [
    (Decimal(row["from"]), Decimal(row["landlord_percent"]))
    for row in load("de", "carbon").entries[-1].values["stages"]
]


@pytest.mark.parametrize(("table", "whole"), TABLES)
def test_the_months_of_a_year_are_the_whole_year(table, whole: int) -> None:
    assert share_of_months(table, range(1, 13)) == whole
    assert share_of_days(table, date(2028, 7, 1), date(2029, 7, 1)) == whole


@given(
    st.sampled_from(TABLES),
    st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    st.integers(0, 400),
    st.integers(0, 400),
)
def test_a_change_on_any_day_divides_without_remainder(table, start: date, length: int, cut: int) -> None:
    end = start + timedelta(days=length)
    middle = min(start + timedelta(days=cut), end)
    shares = [share_of_days(table[0], *days) for days in ((start, middle), (middle, end))]

    assert sum(shares) == share_of_days(table[0], start, end)


def test_a_month_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="1 to 12"):
        share_of_months(TABLES[0][0], [0])


@given(
    st.decimals(0, 10**6, places=2),
    st.integers(0, 100),
    st.lists(st.integers(0, 999), min_size=1, max_size=9),
)
def test_flats_share_the_whole_cost(cost, base_percent: int, areas: list[int]) -> None:
    parts = heating.in_two_parts(cost, base_percent)
    total = sum(areas)
    if not total:
        with pytest.raises(heating.NoTotal):
            heating.share_of(cost, 1, total)
        return
    flats = [
        heating.flat_share(parts, area=area, total_area=total, used=area, total_used=total) for area in areas
    ]

    assert parts.total == sum(flat.total for flat in flats) == Fraction(cost)


@pytest.mark.parametrize(("units", "part"), [(2, "1/3"), (3, "1/3"), (4, "1/2"), (8, "1/2"), (9, "2/3")])
def test_the_landlords_part_of_a_vacant_flat_grows_with_the_building(units: int, part: str) -> None:
    fractions = [(3, Fraction(1, 3)), (8, Fraction(1, 2)), (None, Fraction(2, 3))]

    assert heating.vacancy_fraction(units, fractions) == Fraction(part)


def test_an_emission_is_rounded_before_it_is_staged() -> None:
    assert carbon.landlord_percent(carbon.specific_emission(Decimal("1195"), 100), STAGES) == 10
    assert carbon.landlord_percent(carbon.specific_emission(Decimal("1194"), 100), STAGES) == 0


@given(st.decimals(0, 100, places=1), st.decimals(0, 100, places=1), st.integers(1, 12))
def test_who_emits_more_never_has_a_smaller_share(one, other, months: int) -> None:
    low, high = sorted([one, other])

    assert carbon.landlord_percent(low, STAGES, months) <= carbon.landlord_percent(high, STAGES, months)


def test_a_meter_is_used_until_its_period_ends() -> None:
    assert valid_until("de", "cold or hot water", date(2021, 3, 15)) == date(2027, 12, 31)
    assert valid_until("de", "smart meter gateway", date(2021, 3, 15)) is None
    assert valid_until("ch", "electricity electronic", date(2021, 3, 15)) == date(2031, 3, 15)
    with pytest.raises(NoRuleInForce):
        calibration_years("de", "sundial", date(2022, 1, 1))
