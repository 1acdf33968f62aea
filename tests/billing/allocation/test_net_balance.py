# SPDX-License-Identifier: Apache-2.0
"""Among prosumers, what is bought inside is what is sold inside."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from billing.allocation.balance import (
    SiteFlows,
    pool_without_export_meter,
    residual,
    self_consumed_pool,
)
from billing.allocation.net_balance import split_net_balances


def split(balances):
    matrix = np.array(balances, dtype=np.int64)
    return split_net_balances(
        balances=matrix, groups=np.zeros(matrix.shape[1], dtype=np.int32), group_count=1
    )


def test_the_longer_side_is_served_pro_rata() -> None:
    result = split([[600], [300], [100], [-500], [-300]])

    assert result.bought[:, 0].tolist() == [480, 240, 80, 0, 0]
    assert result.imported[:, 0].tolist() == [120, 60, 20, 0, 0]
    assert result.sold[:, 0].tolist() == [0, 0, 0, 500, 300]
    assert result.exported.sum() == 0


def test_with_more_surplus_than_draw_the_sellers_share() -> None:
    result = split([[100], [-300], [-100]])

    assert result.sold[:, 0].tolist() == [0, 75, 25]
    assert result.exported[:, 0].tolist() == [0, 225, 75]


@given(st.lists(st.lists(st.integers(-900, 900), min_size=4, max_size=4), min_size=1, max_size=7))
def test_both_sides_meet_and_nothing_is_lost(balances) -> None:
    matrix, result = np.array(balances), split(balances)

    assert result.bought.sum() == result.sold.sum()
    assert ((result.bought + result.imported)[:, 0] == np.maximum(matrix, 0).sum(axis=1)).all()
    assert ((result.sold + result.exported)[:, 0] == np.maximum(-matrix, 0).sum(axis=1)).all()
    assert min(part.min() for part in (result.bought, result.imported, result.sold, result.exported)) >= 0


@given(st.lists(st.tuples(*[st.integers(0, 5_000)] * 6), min_size=1, max_size=8))
def test_a_site_is_balanced_with_its_residual(rows) -> None:
    production, exported, imported, charged, discharged, used = np.array(rows, dtype=np.int64).T
    flows = SiteFlows(production, exported, imported, charged, discharged)

    pool, left = self_consumed_pool(flows, used), residual(flows, used)

    assert (production + imported + discharged == used + exported + charged + left).all()
    assert (pool >= 0).all() and (pool <= used).all()


def test_without_an_export_meter_the_surplus_is_the_export() -> None:
    pool, exported = pool_without_export_meter(np.array([300, 1000]), np.array([600, 500]))

    assert (pool.tolist(), exported.tolist()) == ([300, 500], [0, 500])
