# SPDX-License-Identifier: Apache-2.0
"""Nothing is billed twice, nothing is lost: for any use, any sun, any cut into occupancies."""

import itertools
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.engine.basis import Basis, Tier, UnableToBill, basis_from_json
from billing.engine.calculate import Calculation, calculate
from billing.engine.costs import costs_of, slot_uses
from billing.engine.lines import NoPrice, months
from billing.engine.totals import totals_of
from billing.tariffs.rounding import multiply, to_cent
from tests.billing.engine.houses import (
    END,
    PRICES,
    START,
    basis,
    component,
    series,
    slots,
    stake,
    terms,
)

seeds = st.integers(0, 2**32 - 1)
cuts = st.lists(st.integers(1, 30), max_size=3, unique=True)


def random_calculation(of: Basis, seed: int, points: int, lost: int = 0) -> Calculation:
    generator = np.random.default_rng(seed)
    use = generator.integers(0, generator.integers(1, 900), (points, slots(of)))
    sun = generator.integers(0, 1500, slots(of)) * (generator.random(slots(of)) < 0.5)
    return calculate(of, series(of, use, sun, lost))


def cut_stakes(number: int, days: list[int]) -> list[object]:
    borders = [START, *(START + timedelta(days=day) for day in sorted(days)), END]
    return [stake(number, first, last) for first, last in itertools.pairwise(borders)]


def billed(calculation: Calculation, part: str) -> int:
    return sum(
        line.energy_wh or 0
        for number in range(len(calculation.basis.stakes))
        for line in calculation.lines(number)
        if line.component.part == part
    )


@settings(max_examples=25, deadline=None)
@given(seeds, cuts, cuts)
def test_every_watt_hour_is_billed_once_however_the_month_is_cut(
    seed: int, first: list[int], second: list[int]
) -> None:
    whole = random_calculation(basis([stake(1), stake(2), stake(3)]), seed, 3)
    parts = random_calculation(basis([*cut_stakes(1, first), *cut_stakes(2, second), stake(3)]), seed, 3)

    assert parts.energies.control_difference == whole.energies.control_difference == 0
    assert billed(parts, "solar") == billed(whole, "solar") == int(whole.energies.balance.pool.sum())
    assert billed(parts, "grid") == billed(whole, "grid") == int(whole.energies.balance.flows.imported.sum())


@settings(max_examples=25, deadline=None)
@given(seeds)
def test_lines_are_the_product_rounded_once_and_add_up_to_the_total(seed: int) -> None:
    calculation = random_calculation(basis([stake(1), stake(2)]), seed, 2)
    for number in (0, 1):
        lines = calculation.lines(number)
        assert all(line.amount == to_cent(multiply(line.quantity, line.unit_price)) for line in lines)
        totals = totals_of(((line.amount, line.component.vat_rate) for line in lines), five_rappen=True)
        assert totals.net == sum(line.amount for line in lines)
        assert totals.due % Decimal("0.05") == 0
        assert totals.net + totals.vat + totals.rounding == totals.due


@settings(max_examples=20, deadline=None)
@given(seeds, st.integers(0, 40))
def test_what_the_balance_leaves_open_is_reported_or_billed_to_the_owner(seed: int, lost: int) -> None:
    reported = random_calculation(basis([stake(1), stake(2)]), seed, 2, lost)
    assert int(reported.energies.balance.rest.sum()) == lost * slots(reported.basis)
    assert int(reported.energies.residual.sum()) == 0

    taken = random_calculation(basis([stake(1), stake(2, takes_residual=True)]), seed, 2, lost)
    assert int(taken.energies.residual.sum()) == lost * slots(taken.basis)
    flows = taken.energies.balance.flows
    everything = int((flows.imported + flows.production - flows.exported).sum())
    assert billed(taken, "solar") + billed(taken, "grid") == everything


@settings(max_examples=20, deadline=None)
@given(seeds)
def test_the_explanation_meets_the_line(seed: int) -> None:
    calculation = random_calculation(basis([stake(1, date(2026, 10, 9), END), stake(2)]), seed, 2)
    for line in calculation.lines(0):
        story = calculation.explanation(0, line)
        if line.energy_wh is not None:
            assert sum(month.counted_wh for month in story.months) == line.energy_wh
            assert sum(meter.consumption_wh for meter in story.meters) == story.consumption_wh
        assert story.rounding == line.amount - story.exact


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_what_a_screen_shows_by_day_adds_up_to_the_bill(seed: int) -> None:
    of = basis([stake(1), stake(2)])
    calculation = random_calculation(of, seed, 2)
    by_day = calculate(of, calculation.series, by_day=True)
    month, days = costs_of(calculation, 0), costs_of(by_day, 0)
    assert len(days.buckets) == 31
    assert sum((day.cost or Decimal(0) for day in days.buckets), Decimal(0)) == days.total
    assert month.consumption_wh == days.consumption_wh
    # Whole Wh are formed per day on a screen and per month on a bill.
    assert abs(month.solar_wh - days.solar_wh) <= 31
    quarter_hours = slot_uses(by_day, 0, date(2026, 10, 25))
    assert len(quarter_hours) == 100
    assert sum(slot.solar_wh + slot.grid_wh for slot in quarter_hours) == days.buckets[24].consumption_wh


@given(st.lists(st.dates(date(2024, 1, 1), date(2027, 1, 1)), min_size=2, max_size=6, unique=True))
def test_months_of_any_cut_add_up(days: list[date]) -> None:
    borders = sorted(days)
    parts = sum(months(first, last) for first, last in itertools.pairwise(borders))
    assert parts == months(borders[0], borders[-1])


def test_a_year_is_twelve_months() -> None:
    assert months(date(2026, 1, 1), date(2027, 1, 1)) == 12


def test_a_missing_price_is_refused_by_name() -> None:
    without_low = [price for price in PRICES if price.slot != "low"]
    calculation = random_calculation(basis([stake(1)], price_list=[terms(without_low)]), 1, 1)
    with pytest.raises(NoPrice, match=r"Flat 1: no price for grid energy in the tariff hours “low”"):
        calculation.lines(0)


def test_days_without_a_tariff_are_refused_by_name() -> None:
    half = terms(end=date(2026, 10, 15))
    calculation = random_calculation(basis([stake(1)], price_list=[half]), 1, 1)
    with pytest.raises(NoPrice, match=r"Flat 1: no approved tariff from 2026-10-15 to 2026-11-01"):
        calculation.lines(0)


def test_prices_change_with_the_day_of_the_tariff() -> None:
    dear = [replace(price, price=price.price * 2) for price in PRICES]
    lists = [terms(end=date(2026, 10, 15)), terms(dear, start=date(2026, 10, 15))]
    changed = random_calculation(basis([stake(1, terms=(0, 1))], price_list=lists), 5, 1)
    steady = random_calculation(basis([stake(1)]), 5, 1)
    assert billed(changed, "solar") == billed(steady, "solar")
    assert [line.end for line in changed.lines(0)[:4]] == [date(2026, 10, 15)] * 4


def test_tiers_divide_the_quantity() -> None:
    tiers = (Tier(Decimal(10), Decimal("0.30")), Tier(None, Decimal("0.20")))
    of = basis([stake(1)], price_list=[terms([component(1, "all", "all", "0", tiers=tiers)])])
    use = np.full((1, slots(of)), 10)
    calculation = calculate(of, series(of, use, np.zeros(slots(of), dtype=np.int64)))
    assert [(line.energy_wh, line.unit_price) for line in calculation.lines(0)] == [
        (10_000, Decimal("0.30")),
        (slots(of) * 10 - 10_000, Decimal("0.20")),
    ]


def test_power_is_the_highest_quarter_hour_of_each_month() -> None:
    of = basis([stake(1)], price_list=[terms([*PRICES, component(5, "all", "all", "9.80", unit="kW")])])
    use = np.full((1, slots(of)), 100)
    use[0, 1234] = 2_275
    calculation = calculate(of, series(of, use, np.zeros(slots(of), dtype=np.int64)))
    assert calculation.lines(0)[-1].quantity == Decimal("9.100")


def test_a_negative_consumption_is_refused_by_name() -> None:
    of = basis([stake(1)])
    use = np.full((1, slots(of)), 100)
    data = series(of, use, np.zeros(slots(of), dtype=np.int64))
    data.values[0, 7] = -1
    with pytest.raises(UnableToBill, match="Flat 1"):
        calculate(of, data)


def test_a_basis_comes_back_from_its_text() -> None:
    of = basis([stake(1), stake(2)])
    assert basis_from_json(of.to_json()) == of
    assert basis_from_json(of.to_json()).sha256 == of.sha256
