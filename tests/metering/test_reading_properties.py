# SPDX-License-Identifier: Apache-2.0
"""Index readings in any order, any number of times: the same slots; and no energy lost or made."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.scope import organization_scope
from metering import store
from metering.models import MonthTotal, ReadingBatch, Register
from metering.services import derive_slots
from tests.cast import Cast
from tests.metering.polls import START, at, events, record, slots
from tests.metering.world import QUARTER, make_register

KEEP_THE_CAST = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def scope(cast: Cast) -> Iterator[Cast]:
    with organization_scope(cast.lindenhof.id):
        yield cast


@pytest.fixture
def register(scope: Cast) -> Register:
    return make_register(scope.lindenhof, digits=6)


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[tuple[int, int]], int]:
    """Readings of a counter with accidents at odd instants, and a seed to shuffle them by."""
    instants = sorted(draw(st.sets(st.integers(0, 8 * 900), min_size=2, max_size=14)))
    index, readings = draw(st.integers(0, 999_999)), []
    for second in instants:
        index = (index + draw(st.integers(0, 40))) % 1_000_000
        accident = draw(st.integers(0, 9))
        shown = 0 if accident == 0 else (index + 500_000) % 1_000_000 if accident == 1 else index
        if draw(st.integers(0, 19)) == 0:
            index = shown
        readings.append((second, shown))
    return readings, draw(st.integers(0, 2**32))


@given(deliveries())
@KEEP_THE_CAST
def test_order_repetition_and_splitting_do_not_matter(
    scope: Cast, delivery: tuple[list[tuple[int, int]], int]
) -> None:
    """E8: f(xs) = f(dup(perm(split(xs)))), for slots, sums and events."""
    readings, seed = delivery
    random = Random(seed)
    given = [(START + timedelta(seconds=second), value) for second, value in readings]
    once = make_register(scope.lindenhof, f"{seed} once", digits=6, meter_most_per_hour=400)
    often = make_register(scope.lindenhof, f"{seed} often", digits=6, meter_most_per_hour=400)
    record(once, given, key=f"{seed} once")
    shuffled = given + random.choices(given, k=5)
    random.shuffle(shuffled)
    while shuffled:
        size = random.randint(1, 4)
        record(often, shuffled[:size], key=f"{seed} {len(shuffled)}")
        shuffled = shuffled[size:]
    assert slots(often, quarters=9) == slots(once, quarters=9)
    assert events(often) == events(once)
    sums = {
        register.pk: list(
            MonthTotal.objects.filter(register=register).values_list("month", "total", "n", "day_totals")
        )
        for register in (once, often)
    }
    assert [(m, t, n, bytes(d)) for m, t, n, d in sums[once.pk] if n] == [
        (m, t, n, bytes(d)) for m, t, n, d in sums[often.pk] if n
    ]


def test_the_known_bad_twin_a_window_too_narrow_loses_a_slot(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the reach of a change protects from: the border before the last reading cannot be formed."""
    monkeypatch.setattr(derive_slots, "_BACK", 0)
    record(register, [(at(0, seconds=second), 0) for second in (0, 1, 961, 962)])
    record(register, [(at(0, seconds=second), 0) for second in (963, 1740)], key="later")
    assert slots(register, quarters=2) == [0, None]
    monkeypatch.undo()
    healthy = Register.objects.create(meter=register.meter, obis="1-0:2.8.0")
    record(healthy, [(at(0, seconds=second), 0) for second in (0, 1, 961, 962)], key="healthy")
    record(healthy, [(at(0, seconds=second), 0) for second in (963, 1740)], key="healthy later")
    assert slots(healthy, quarters=2) == [0, 0]


@given(st.lists(st.tuples(st.integers(1, 1800), st.integers(0, 5000)), min_size=2, max_size=30))
@KEEP_THE_CAST
def test_the_slots_add_up_to_the_difference_of_the_indexes(scope: Cast, steps: list[tuple[int, int]]) -> None:
    """E1: whatever is interpolated in between, nothing is lost or made."""
    number = ReadingBatch.objects.count()
    register = make_register(scope.lindenhof, f"E1 {number}")
    second, index = 0, 17
    readings = [(START, index)]
    for wait, energy in steps:
        second, index = second + wait, index + energy
        readings.append((START + timedelta(seconds=second), index))
    # Close at a border, so that the last slot is whole.
    end = -(-(second + 1) // 900)
    readings.append((START + end * QUARTER, index))
    record(register, readings, key=f"E1 {number}")
    found = slots(register, quarters=end)
    assert None not in found
    assert sum(value for value in found if value) == index - 17


def test_a_day_of_the_change_of_clocks_has_all_its_quarter_hours(scope: Cast) -> None:
    register = make_register(scope.lindenhof)
    for first, count in (
        (datetime(2026, 3, 28, 23, tzinfo=UTC), 92),
        (datetime(2026, 10, 24, 22, tzinfo=UTC), 100),
    ):
        record(register, [(first + n * QUARTER, n * 3) for n in range(count + 1)], key=f"day of {count}")
        day = (first + timedelta(hours=12)).date()
        totals = store.load_day_totals(register_ids=[register.pk], first=day, last=day)
        assert (totals.totals[0, 0], totals.slots[0, 0]) == (3 * count, count)
        assert store.expected_slots(register_ids=[register.pk], first=day, last=day)[0, 0] == count


def test_the_sums_follow_the_slots(register: Register) -> None:
    record(register, [(at(n), 10 * n) for n in range(40)])
    record(register, [(at(20), 205)], key="corrected")
    total = int(np.nansum([value for value in slots(register, quarters=39) if value is not None]))
    months = store.load_month_totals(
        register_ids=[register.pk], first_month=START.date(), last_month=START.date()
    )
    assert total == months.totals[0, 0] == 390
    assert months.slots[0, 0] == 39
