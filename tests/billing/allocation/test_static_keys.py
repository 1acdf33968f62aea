# SPDX-License-Identifier: Apache-2.0
"""Static keys cap twice, and pass on only where that was agreed."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.allocation.static_keys import KeysBeyondWhole, split_by_keys


def split(consumption, pool, keys, redistribute=False, groups=None):
    slots = len(pool)
    return split_by_keys(
        consumption=np.array(consumption, dtype=np.int64).reshape(len(keys), slots),
        pool=np.array(pool, dtype=np.int64),
        keys=keys,
        groups=np.array(groups or [0] * slots, dtype=np.int32),
        group_count=max(groups or [0]) + 1,
        redistribute=redistribute,
    )


HALVES = [Decimal("0.5"), Decimal("0.3"), Decimal("0.2")]


def test_what_a_capped_participant_leaves_is_fed_in() -> None:
    # EnWG 42b (5): divisible 3.5 kWh of 4.0 kWh; A is capped at its use, B gets its key's part.
    result = split([[1000], [2000], [500]], [4000], HALVES)

    assert result.solar[:, 0].tolist() == [1000, 1050, 500]
    assert result.grid[:, 0].tolist() == [0, 950, 0]


def test_by_agreement_the_rest_is_passed_on() -> None:
    result = split([[1000], [2000], [500]], [4000], HALVES, redistribute=True)

    assert result.solar[:, 0].tolist() == [1000, 2000, 500]


def test_passing_on_stops_at_the_divisible_energy() -> None:
    # A takes 100 of its 450; the other 800 go to B and C as 3 : 2.
    result = split([[100], [2000], [2000]], [900], HALVES, redistribute=True)

    assert result.solar[:, 0].tolist() == [100, 480, 320]


@pytest.mark.parametrize("keys", [[Decimal("0.6"), Decimal("0.5")], [Decimal("-0.1"), Decimal("0.5")]])
def test_keys_beyond_the_whole_are_refused(keys) -> None:
    with pytest.raises(KeysBeyondWhole):
        split([[1], [1]], [1], keys)


@given(
    st.lists(st.tuples(*[st.integers(0, 900)] * 3), min_size=1, max_size=6),
    st.lists(st.integers(1, 9), min_size=3, max_size=3),
    st.booleans(),
    st.data(),
)
def test_nobody_gets_more_than_key_or_use_allow(rows, parts, redistribute, data) -> None:
    slots = len(rows)
    pool = data.draw(st.lists(st.integers(0, 3_000), min_size=slots, max_size=slots))
    keys = [Fraction(part, sum(parts)) for part in parts]
    consumption = list(zip(*rows, strict=True))

    result = split(consumption, pool, keys, redistribute)

    divisible = sum(min(available, sum(row)) for available, row in zip(pool, rows, strict=True))
    allocated = int(result.solar.sum())
    assert (result.solar + result.grid == result.consumption).all()
    assert (result.solar >= 0).all() and (result.grid >= 0).all()
    if redistribute:
        assert allocated == divisible
    else:
        assert allocated <= divisible
