# SPDX-License-Identifier: Apache-2.0
"""A day's vector survives storage; missing slots are never zeros."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metering.series.vectors import (
    MISSING,
    Quality,
    UnableToPack,
    default_quality,
    pack,
    pack_quality,
    peak_by_group,
    present,
    sums_by_group,
    total,
    unpack,
    unpack_quality,
)

days = st.lists(st.integers(-(2**31), 2**31 - 1), min_size=96, max_size=96).map(
    lambda values: np.array(values, dtype=np.int32)
)


@given(days)
def test_a_day_survives_storage(day) -> None:
    assert unpack(pack(day)).tolist() == day.tolist()
    assert len(pack(day)) == 384


def test_stored_bytes_are_the_ones_postgresql_copies() -> None:
    assert pack(np.array([1] + [0] * 95))[:4] == b"\x00\x00\x00\x01"


def test_quality_is_stored_only_where_something_is_not_measured() -> None:
    day = np.zeros(96, dtype=np.int32)
    quality = default_quality(day)
    assert pack_quality(quality) is None
    quality[3] = Quality.SUBSTITUTED

    assert unpack_quality(pack_quality(quality), day)[3] == Quality.SUBSTITUTED
    assert unpack_quality(None, day).tolist() == [Quality.MEASURED] * 96


@pytest.mark.parametrize("wrong", [np.zeros(95), np.full(96, 2**31), np.full((2, 95), 1)])
def test_what_is_no_day_is_refused(wrong) -> None:
    with pytest.raises(UnableToPack):
        pack(wrong.astype(np.int64))


@pytest.mark.parametrize(
    "read", [lambda: unpack(b"\x00" * 380), lambda: unpack_quality(b"\x00", np.zeros(96))]
)
def test_what_is_no_stored_day_is_refused(read) -> None:
    with pytest.raises(UnableToPack):
        read()


@given(st.lists(st.integers(-5, 50), min_size=1, max_size=60), st.data())
def test_sums_by_group_are_the_sums_of_the_present(values: list[int], data: st.DataObject) -> None:
    row = np.array([MISSING if value < 0 else value for value in values], dtype=np.int32)
    # Groups come back: high tariff, low tariff, high tariff.
    groups = np.array(
        data.draw(st.lists(st.integers(0, 3), min_size=len(row), max_size=len(row))), dtype=np.int32
    )

    sums, counts = sums_by_group(row[None, :], groups, 4)
    peaks = peak_by_group(row[None, :], groups, 4)

    for group in range(4):
        inside = [int(value) for value in row[groups == group] if value != MISSING]
        assert sums[0, group] == sum(inside)
        assert counts[0, group] == len(inside)
        assert peaks[0, group] == max(inside, default=MISSING)
    assert total(row) == sums.sum() and present(row) == counts.sum()


def test_no_slots_have_no_sums() -> None:
    sums, counts = sums_by_group(np.zeros((2, 0), dtype=np.int32), np.zeros(0, dtype=np.int32), 3)

    assert sums.tolist() == counts.tolist() == [[0, 0, 0]] * 2
