# SPDX-License-Identifier: Apache-2.0
"""Caps of the communities: never above the standard product, fees included."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.tariffs.caps import (
    NothingProduced,
    discounted,
    effective_cost,
    flat_cap,
    flat_price,
    reference_cost,
    renter_supply_cap,
)
from billing.tariffs.interest import days_between, interest, year_days

money = st.decimals(0, 100_000, places=2)
prices = st.decimals("0.01", 2, places=4)


def test_the_cap_follows_the_tariff_time_of_the_solar_energy() -> None:
    reference = reference_cost({"HT": 80, "NT": 40}, {"HT": Decimal("0.32"), "NT": Decimal("0.24")})

    assert (reference, flat_cap(reference, 80)) == (Fraction("35.20"), Fraction("28.16"))
    assert flat_price(Decimal("0.30"), 80) == Fraction("0.24")


def test_energy_in_a_slot_without_a_price_is_refused() -> None:
    with pytest.raises(KeyError):
        reference_cost({"HT": 1, "NT": 1}, {"HT": Decimal("0.32")})


@given(money, money, st.integers(1, 10**6), prices)
def test_the_effective_price_never_exceeds_the_standard_product(cost, revenue, kwh, standard) -> None:
    found = effective_cost(
        costs=cost,
        feed_in_revenue=revenue,
        kwh_internal=kwh,
        standard_price=standard,
        saving_share_percent=50,
    )

    assert found.highest_price <= Fraction(standard)
    assert found.highest_total == found.highest_price * kwh
    if found.cost_per_kwh <= Fraction(standard):
        # At most half of the saving goes to the owner.
        assert found.highest_price - found.cost_per_kwh == Fraction(standard) - found.highest_price


def test_a_cost_per_kwh_needs_kwh() -> None:
    with pytest.raises(NothingProduced):
        effective_cost(costs=1, feed_in_revenue=0, kwh_internal=0, standard_price=1, saving_share_percent=50)


def test_a_local_community_pays_a_part_of_the_grid_fee() -> None:
    assert (discounted(2000, 40), discounted(2000, 20)) == (1200, 1600)


def test_renters_electricity_is_capped_with_its_base_price() -> None:
    year = renter_supply_cap(base_per_year=150, energy_price=Decimal("0.35"), kwh=2500, cap_percent=90)
    half = renter_supply_cap(
        base_per_year=150, energy_price=Decimal("0.35"), kwh=1250, cap_percent=90, months=6
    )

    assert year == Fraction("922.50") == 2 * half


@pytest.mark.parametrize(
    ("count", "days", "amount"), [("act/365", 59, "8.08"), ("30/360", 60, "8.33"), ("act/360", 59, "8.19")]
)
def test_interest_follows_its_day_count(count, days: int, amount: str) -> None:
    found = days_between(date(2026, 1, 1), date(2026, 3, 1), count)

    assert found == days
    assert interest(Decimal(1000), Decimal(5), found, year_days(count)) == Decimal(amount)


def test_interest_does_not_run_backwards() -> None:
    with pytest.raises(ValueError, match="-1 days"):
        interest(Decimal(1000), Decimal(5), -1)
