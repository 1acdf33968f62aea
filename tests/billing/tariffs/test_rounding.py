# SPDX-License-Identifier: Apache-2.0
"""Money is rounded once, half away from zero; tax once per rate."""

from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from billing.tariffs.rounding import (
    rounding_difference,
    to_cent,
    to_five_rappen,
    to_places,
    to_quantum,
)
from billing.tariffs.totals import Taxed, document_totals
from billing.tariffs.vat import net_from_gross, vat_by_rate, vat_of

CASES = yaml.safe_load(Path(__file__).with_name("rounding.yaml").read_text(encoding="utf-8"))
amounts = st.decimals(-1_000_000, 1_000_000, places=4)
cents = st.decimals(-100_000, 100_000, places=2)
rates = st.sampled_from([Decimal("8.1"), Decimal("2.6"), Decimal("3.8"), Decimal("19"), Decimal("0")])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_worked_example(case: dict) -> None:
    rounded = to_quantum(Decimal(case["amount"]), Decimal(case["step"]))

    assert str(rounded) == case["rounded"]


def test_pythons_own_rounding_would_be_caught() -> None:
    """The known-bad twin: half-even takes a cent from every other half."""
    assert Decimal("0.125").quantize(Decimal("0.01"), ROUND_HALF_EVEN) == Decimal("0.12")
    assert to_cent(Decimal("0.125")) == Decimal("0.13")


@given(amounts)
def test_a_rounded_amount_is_the_nearest_multiple(amount: Decimal) -> None:
    assert abs(to_cent(amount) - amount) <= Decimal("0.005")
    assert abs(to_five_rappen(amount) - amount) <= Decimal("0.025")
    assert to_five_rappen(amount) % Decimal("0.05") == 0
    assert amount + rounding_difference(amount) == to_five_rappen(amount)


@given(amounts)
def test_a_credit_mirrors_its_charge(amount: Decimal) -> None:
    assert to_cent(-amount) == -to_cent(amount)
    assert to_five_rappen(-amount) == -to_five_rappen(amount)


@given(amounts, amounts)
def test_rounding_keeps_the_order(one: Decimal, other: Decimal) -> None:
    low, high = sorted([one, other])

    assert to_cent(low) <= to_cent(high)


def test_a_third_needs_no_decimal_detour() -> None:
    assert to_cent(Fraction(1, 3)) == Decimal("0.33")
    assert to_places(Fraction(2, 3), 4) == Decimal("0.6667")


def test_tax_on_the_sum_is_not_the_sum_of_taxes() -> None:
    """The known-bad twin: 8.1 % of 0.06 is nothing, a hundred times; of 6.00 it is 49 cents."""
    lines = [(Decimal("8.1"), Decimal("0.06"))] * 100

    assert sum(vat_of(net, rate) for rate, net in lines) == 0
    assert vat_by_rate(lines)[0].vat == Decimal("0.49")


@given(st.lists(st.tuples(rates, cents), max_size=30), cents, st.booleans())
def test_a_documents_sums_hold(lines, prepaid: Decimal, coins: bool) -> None:
    totals = document_totals([Taxed(net, rate) for rate, net in lines], prepaid=prepaid, to_five_rappen=coins)

    assert totals.net == sum((share.net for share in totals.shares), Decimal(0)) == totals.lines
    assert totals.vat == sum((share.vat for share in totals.shares), Decimal(0))
    assert totals.gross == totals.net + totals.vat
    assert totals.due == totals.gross - totals.prepaid + totals.rounding
    assert not coins or totals.due % Decimal("0.05") == 0


@given(st.lists(st.tuples(rates, cents), max_size=12))
def test_a_document_and_its_cancellation_are_nothing(lines) -> None:
    bill = document_totals([Taxed(net, rate) for rate, net in lines], to_five_rappen=True)
    credit = document_totals([Taxed(-net, rate) for rate, net in lines], to_five_rappen=True)

    assert bill.due + credit.due == bill.vat + credit.vat == 0


def test_allowances_and_charges_move_the_tax_base() -> None:
    rate = Decimal("19")
    totals = document_totals(
        [Taxed(Decimal("100.00"), rate)],
        allowances=[Taxed(Decimal("10.00"), rate)],
        charges=[Taxed(Decimal("5.00"), rate)],
    )

    assert (totals.net, totals.vat, totals.due) == (Decimal("95.00"), Decimal("18.05"), Decimal("113.05"))


def test_the_net_part_of_a_price_with_tax() -> None:
    assert net_from_gross(Decimal("108.10"), Decimal("8.1")) == Decimal("100.00")
