# SPDX-License-Identifier: Apache-2.0
"""Roll-over, reset, dip, jump, exchange: energy is conserved and never negative."""

from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from metering.series.chain import Device, Stint, count_up
from metering.series.counter import UnableToJoin, across_exchange, classify, classify_with_lookahead

CASES = yaml.safe_load(Path(__file__).with_name("counters.yaml").read_text(encoding="utf-8"))
MAXIMUM = 999_999


def walk(case: dict) -> tuple[list, list]:
    accepted, deltas, kinds = case["last"], [], []
    for place, new in enumerate(case["readings"]):
        step = classify_with_lookahead(
            accepted,
            new,
            case["readings"][place + 1 :],
            maximum=case.get("maximum"),
            step=1,
            plausible_maximum=case.get("plausible"),
        )
        accepted = accepted if step.kind in ("dip", "jump") else new
        deltas.append(step.delta)
        kinds.append(step.kind)
    return deltas, kinds


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_worked_example(case: dict) -> None:
    assert walk(case) == (case["deltas"], case["kinds"])


@given(st.integers(0, MAXIMUM), st.integers(0, MAXIMUM), st.none() | st.integers(0, MAXIMUM))
def test_a_difference_is_never_negative_nor_beyond_what_is_plausible(previous, new, plausible) -> None:
    step = classify(previous, new, maximum=MAXIMUM, step=1, plausible_maximum=plausible)

    assert (step.delta is None) == (step.kind in ("reset", "jump"))
    if step.delta is not None:
        assert step.delta >= 0
        assert plausible is None or step.delta <= plausible
        assert (previous + step.delta) % (MAXIMUM + 1) == new


@given(st.integers(0, MAXIMUM), st.lists(st.integers(0, 90_000), max_size=40))
def test_a_register_that_rolls_over_conserves_energy(start: int, uses: list[int]) -> None:
    true = np.cumsum([start, *uses])
    shown = true % (MAXIMUM + 1)
    seconds = np.arange(len(shown)) * 900

    count = count_up([Stint(Device(maximum=MAXIMUM, most_per_hour=4 * 90_000), seconds, shown)])

    assert count.count.tolist() == (true - start).tolist()
    assert not any(event.kind in ("reset", "dip", "jump") for event in count.events)


@given(
    st.lists(
        st.tuples(st.integers(0, 5_000), st.lists(st.integers(0, 300), max_size=8)), min_size=1, max_size=5
    )
)
def test_a_chain_of_exchanges_conserves_energy(devices: list[tuple[int, list[int]]]) -> None:
    stints, at = [], 0
    for first, uses in devices:
        indexes = np.cumsum([first, *uses])
        stints.append(Stint(Device(), at + np.arange(len(indexes)) * 900, indexes))
        at += 900 * len(uses)

    count = count_up(stints)

    assert count.count[-1] == sum(sum(uses) for _, uses in devices)
    assert (np.diff(count.count) >= 0).all()
    assert (np.diff(count.seconds) > 0).all()


def test_the_factor_belongs_to_the_device() -> None:
    old = Stint(Device(), np.array([0, 900]), np.array([100, 110]), factor=40)
    new = Stint(Device(), np.array([900, 1800]), np.array([0, 5]), factor=60)

    assert count_up([old, new]).count.tolist() == [0, 400, 700]


def test_a_reset_begins_a_new_stretch() -> None:
    count = count_up([Stint(Device(MAXIMUM), np.arange(4) * 900, np.array([50, 60, 0, 7]))])

    assert count.stretch.tolist() == [0, 0, 1, 1]
    assert count.count.tolist() == [0, 10, 10, 17]


def test_an_exchange_counts_what_each_device_did() -> None:
    assert across_exchange(previous=43_210, old_final=43_300, new_initial=120, new=150) == (90, 30)
    with pytest.raises(UnableToJoin):
        across_exchange(previous=43_210, old_final=43_200, new_initial=120, new=150)
