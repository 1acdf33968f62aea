# SPDX-License-Identifier: Apache-2.0
"""Shares add up to the whole and stay next to their exact values."""

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from billing.allocation.apportion import NothingToShareBy, apportion, apportion_amount

CASES = yaml.safe_load(Path(__file__).with_name("apportion.yaml").read_text(encoding="utf-8"))
totals = st.integers(-(10**9), 10**9)
weights = st.lists(st.integers(0, 10**6), min_size=1, max_size=60).filter(any)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_worked_example(case: dict) -> None:
    shares = apportion_amount(
        total=Decimal(case["total"]), weights=[Decimal(weight) for weight in case["weights"].values()]
    )

    assert shares == [Decimal(share) for share in case["shares"].values()]


@given(totals, weights)
def test_nothing_is_created_and_nothing_is_lost(total: int, weights: list[int]) -> None:
    assert sum(apportion(total=total, weights=weights)) == total


@given(totals, weights)
def test_no_share_is_a_full_unit_away_from_its_exact_value(total: int, weights: list[int]) -> None:
    for share, weight in zip(apportion(total=total, weights=weights), weights, strict=True):
        assert abs(share - Fraction(total * weight, sum(weights))) < 1


@given(st.integers(0, 10**9), weights)
def test_who_weighs_more_never_gets_less(total: int, weights: list[int]) -> None:
    in_order = sorted(zip(weights, apportion(total=total, weights=weights), strict=True))

    # Equal weights may differ by the odd unit; a larger weight never falls below a smaller one.
    for (light, less), (heavy, more) in pairwise(in_order):
        assert heavy == light or more >= less


@given(totals, weights)
def test_a_weight_of_zero_is_a_share_of_zero(total: int, weights: list[int]) -> None:
    for share, weight in zip(apportion(total=total, weights=weights), weights, strict=True):
        assert weight or not share


def test_nothing_to_share_by_is_refused() -> None:
    with pytest.raises(NothingToShareBy):
        apportion(total=1, weights=[0, 0])


def test_a_negative_weight_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        apportion(total=1, weights=[2, -1])


def test_a_total_between_two_cents_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no multiple of 0\.01"):
        apportion_amount(total=Decimal("0.005"), weights=[1])
