# SPDX-License-Identifier: Apache-2.0
"""A component prices what it speaks of, once; every Wh finds its price."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.tariffs.components import (
    Component,
    Tier,
    UnfitTiers,
    Usage,
    amount_of,
    line_total,
    price,
    section_totals,
)
from billing.tariffs.fees import months_in
from billing.tariffs.power import power, power_charge, reactive

SOLAR = Component("Solar energy", unit="kWh", part="solar", price=Decimal("0.22"))
HIGH = Component("Grid, high", unit="kWh", part="grid", slot="high", price=Decimal("0.3145"))
LOW = Component("Grid, low", unit="kWh", part="grid", slot="low", price=Decimal("0.2510"))
FEE = Component("Metering", unit="month", price=Decimal("4.90"))
USAGE = Usage(
    energies={
        ("electricity", "solar", "high"): 120_345,
        ("electricity", "solar", "low"): 1_655,
        ("electricity", "grid", "high"): 80_001,
        ("electricity", "grid", "low"): 99_999,
        ("heat", "all", "all"): 5_000_000,
    },
    counts={"month": Fraction(3)},
)


def test_each_component_prices_its_part_of_the_use() -> None:
    lines = price([SOLAR, HIGH, LOW, FEE], USAGE)

    assert [line.quantity for line in lines] == [122, Fraction(80_001, 1000), Fraction(99_999, 1000), 3]
    assert [str(line.amount) for line in lines] == ["26.84", "25.16", "25.10", "14.70"]
    assert line_total(lines) == Decimal("91.80")


def test_a_component_for_all_parts_prices_all_electricity_and_no_heat() -> None:
    (line,) = price([Component("Levy", unit="kWh", price=Decimal("0.023"))], USAGE)

    assert line.quantity == Fraction(302)


def test_a_flow_that_was_not_used_gives_a_line_of_nothing() -> None:
    (line,) = price([Component("Cold water", unit="m3", flow="cold water", price=Decimal("2.10"))], USAGE)

    assert (line.quantity, line.amount) == (0, Decimal("0.00"))


def test_sections_round_once_from_unrounded_lines() -> None:
    # Lines of 0.004 francs: one by one nothing, together four Rappen.
    lines = price(
        [Component(f"{n}", unit="kWh", price=Decimal("0.001"), section="levies") for n in range(10)],
        Usage({("electricity", "grid", "all"): 4_000}),
    )

    assert line_total(lines) == 0
    assert section_totals(lines) == {"levies": Decimal("0.04")}


def test_tiers_price_their_slices() -> None:
    tiers = (
        Tier(Decimal(100), Decimal("0.30")),
        Tier(Decimal(300), Decimal("0.25")),
        Tier(None, Decimal("0.20")),
    )

    assert amount_of(Fraction(50), Decimal(0), tiers) == 15
    assert amount_of(Fraction(300), Decimal(0), tiers) == 80
    assert amount_of(Fraction(400), Decimal(0), tiers) == 100


@pytest.mark.parametrize("bounds", [[None, 100], [200, 100, None], [100, 100, None], [100, 200]])
def test_tiers_that_do_not_rise_or_do_not_end_open_are_refused(bounds) -> None:
    with pytest.raises(UnfitTiers):
        Component(
            "x", unit="kWh", tiers=tuple(Tier(b if b is None else Decimal(b), Decimal(1)) for b in bounds)
        )


@given(st.lists(st.integers(0, 10**7), min_size=4, max_size=4))
def test_parts_and_slots_price_every_watt_hour_once(energies: list[int]) -> None:
    keys = [("electricity", part, slot) for part in ("solar", "grid") for slot in ("high", "low")]
    usage = Usage(dict(zip(keys, energies, strict=True)))
    by_cell = [
        Component("x", unit="kWh", part=part, slot=slot, price=Decimal("0.25")) for _, part, slot in keys
    ]

    exact = sum(line.exact for line in price(by_cell, usage))

    assert exact == price([Component("x", unit="kWh", price=Decimal("0.25"))], usage)[0].exact


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 900), st.integers(0, 900))
def test_a_fee_cut_at_any_day_adds_up(start: date, length: int, cut: int) -> None:
    end = start + timedelta(days=length)
    middle = min(start + timedelta(days=cut), end)

    assert months_in(start, middle) + months_in(middle, end) == months_in(start, end)


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        (date(2026, 1, 1), date(2027, 1, 1), Fraction(12)),
        (date(2026, 2, 1), date(2026, 3, 1), Fraction(1)),
        (date(2026, 2, 15), date(2026, 3, 1), Fraction(1, 2)),
        (date(2028, 2, 15), date(2028, 3, 1), Fraction(15, 29)),
        (date(2026, 5, 5), date(2026, 5, 5), Fraction(0)),
    ],
)
def test_months_of_a_period(start: date, end: date, months: Fraction) -> None:
    assert months_in(start, end) == months


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="before it begins"):
        months_in(date(2026, 2, 1), date(2026, 1, 1))


def test_power_is_four_times_a_quarter_hours_energy() -> None:
    assert power(Decimal("2.275")) == Fraction(91, 10)
    assert power_charge([Decimal("9.1"), Decimal("9.3"), Decimal("9.1")], Decimal("3.60")) == 99


def test_reactive_energy_is_free_up_to_its_share() -> None:
    within = reactive(active=10_000, reactive=4_550, free_percent=Decimal("45.5"))
    above = reactive(active=10_000, reactive=5_200, free_percent=Decimal("45.5"))

    assert (within.excess, above.excess) == (0, 650)
