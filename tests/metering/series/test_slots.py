# SPDX-License-Identifier: Apache-2.0
"""Quarter hours from readings: the sum of slots is the difference of the indexes, always."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metering.series.chain import Device, Stint, count_up
from metering.series.slots import boundaries, energies, gap_differences
from metering.series.substitute import fill_gaps
from metering.series.vectors import MISSING, Quality, UnableToPack

START = datetime(2026, 3, 28, 22, tzinfo=UTC)
EPOCH = int(START.timestamp())


def slots(readings: list[tuple[int, int]], count: int, device: Device | None = None):
    """Boundaries of `count` slots from (seconds after START, index)."""
    seconds, indexes = np.array(readings, dtype=np.int64).reshape(-1, 2).T
    chain = count_up([Stint(device or Device(), seconds + EPOCH, indexes)])
    return boundaries(chain, START, START + count * timedelta(minutes=15))


def test_a_reading_within_a_minute_is_measured_and_a_second_more_is_not() -> None:
    edges = slots([(-60, 100), (940, 130), (1861, 160)], 2)

    assert edges.quality.tolist() == [Quality.MEASURED, Quality.MEASURED, Quality.INTERPOLATED]
    assert energies(edges)[0].tolist() == [30, 28]


def test_between_near_neighbours_the_index_is_interpolated_and_marked() -> None:
    # 12:05 and 12:20: the index at 12:15 lies two thirds of the way.
    edges = slots([(0, 0), (300, 30), (1200, 60), (1800, 90)], 2)
    values, quality = energies(edges)

    assert edges.count.tolist() == [0, 50, 90]
    assert values.tolist() == [50, 40]
    assert quality.tolist() == [Quality.INTERPOLATED, Quality.INTERPOLATED]


def test_neighbours_more_than_two_slots_apart_leave_a_gap() -> None:
    edges = slots([(0, 0), (4 * 900, 100)], 4)

    assert (energies(edges)[0] == MISSING).all()
    assert gap_differences(edges) == [(0, 4, 100)]


def test_a_reset_leaves_its_slot_missing() -> None:
    edges = slots([(0, 500), (900, 510), (1800, 0), (2700, 8)], 3, Device(maximum=999_999))

    assert energies(edges)[0].tolist() == [10, MISSING, 8]
    assert gap_differences(edges) == []


def test_a_gap_is_filled_to_the_index_difference() -> None:
    edges = slots([(0, 0), (900, 40), (4 * 900, 190), (5 * 900, 250)], 5)
    values, quality = fill_gaps(*energies(edges), gap_differences(edges))

    assert values.tolist() == [40, 45, 50, 55, 60]
    assert quality[1:4].tolist() == [Quality.SUBSTITUTED] * 3


def test_no_readings_at_all_are_no_zeros() -> None:
    values, quality = energies(slots([], 3))

    assert values.tolist() == [MISSING] * 3
    assert quality.tolist() == [Quality.MISSING] * 3


def test_an_energy_beyond_32_bits_is_refused() -> None:
    with pytest.raises(UnableToPack):
        energies(slots([(0, 0), (900, 2**31)], 1))


@given(
    st.lists(st.tuples(st.integers(20, 3_000), st.integers(0, 500)), min_size=1, max_size=60),
    st.integers(0, 40),
)
def test_known_slots_and_filled_gaps_add_up_to_the_indexes(steps: list[tuple[int, int]], count: int) -> None:
    after, rises = np.cumsum(np.array(steps), axis=0).T
    readings = [(0, 0), *zip(after.tolist(), rises.tolist(), strict=True)]
    edges = slots(readings, count)
    known = np.flatnonzero(edges.quality != Quality.MISSING)
    values, _ = fill_gaps(*energies(edges), gap_differences(edges))

    inside = values[known[0] : known[-1]]
    assert MISSING not in inside
    assert (inside >= 0).all()
    assert inside.sum(dtype=np.int64) == edges.count[known[-1]] - edges.count[known[0]]


@given(st.lists(st.integers(0, 500), min_size=2, max_size=30), st.data())
def test_cutting_the_period_changes_no_slot(rises: list[int], data: st.DataObject) -> None:
    indexes = np.cumsum(rises)
    readings = [(900 * place, int(index)) for place, index in enumerate(indexes)]
    count = len(readings) - 1
    cut = data.draw(st.integers(0, count))
    chain = count_up(
        [Stint(Device(), np.array([at for at, _ in readings]) + EPOCH, np.array([i for _, i in readings]))]
    )
    middle = START + cut * timedelta(minutes=15)
    end = START + count * timedelta(minutes=15)

    whole = energies(boundaries(chain, START, end))[0]
    parts = [energies(boundaries(chain, *period))[0] for period in ((START, middle), (middle, end))]

    assert np.concatenate(parts).tolist() == whole.tolist()
