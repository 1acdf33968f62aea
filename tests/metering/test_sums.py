# SPDX-License-Identifier: Apache-2.0
"""The sums are always what the slots add up to, whatever came in which order."""

from collections.abc import Iterator
from datetime import date
from random import Random
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from accounts.scope import organization_scope
from metering import store
from metering.models import (
    DayTotal,
    IntervalQuantity,
    MonthTotal,
    Register,
)
from metering.series.calendar import local_day_bounds
from metering.series.vectors import MISSING
from metering.services import carry_sums
from tests.cast import Cast
from tests.metering.profiles import ZURICH, flat, record
from tests.metering.world import make_register

SLOW = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def scope(cast: Cast) -> Iterator[Cast]:
    with organization_scope(cast.lindenhof.id):
        yield cast


@pytest.fixture
def register(scope: Cast) -> Register:
    return make_register(scope.lindenhof)


days_of_slots = st.lists(
    st.tuples(
        st.integers(0, 1),  # register
        st.integers(-1, 62),  # day
        st.integers(0, 95),  # first slot
        st.integers(1, 96),  # slots
        st.integers(0, 1000),  # energy
    ),
    min_size=1,
    max_size=12,
)


def laid_out(
    pieces: list[tuple[int, int, int, int, int]], ids: list[int]
) -> tuple[list[int], list[int], NDArray[np.int32]]:
    vectors = np.full((len(pieces), 96), MISSING, np.int32)
    for row, (_register, _day, first, slots, energy) in enumerate(pieces):
        vectors[row, first : first + slots] = energy
    return [ids[piece[0]] for piece in pieces], [piece[1] for piece in pieces], vectors


def recomputed(register_id: int) -> dict[date, tuple[int, int]]:
    """Sum and number of slots of every local day, the slow way, from the slots themselves."""
    sums: dict[date, tuple[int, int]] = {}
    for slot in IntervalQuantity.objects.filter(register_id=register_id):
        day = slot.starts_at.astimezone(ZURICH).date()
        total, n = sums.get(day, (0, 0))
        sums[day] = (total + slot.quantity, n + 1)
    return sums


@given(days_of_slots)
@SLOW
def test_the_sums_equal_what_the_slots_add_up_to_after_any_corrections(
    scope: Cast, pieces: list[tuple[int, int, int, int, int]]
) -> None:
    ids = [make_register(scope.lindenhof, f"{n}").pk for n in range(2)]
    for piece in pieces:
        register_ids, days, vectors = laid_out([piece], ids)
        record(register_ids, days, vectors, key=str(piece))
    for register_id in ids:
        stored = {row.day: (row.total, row.n) for row in DayTotal.objects.filter(register_id=register_id)}
        assert stored == recomputed(register_id)
        months = MonthTotal.objects.filter(register_id=register_id)
        assert sum(month.total for month in months) == sum(total for total, _n in stored.values())


def test_the_known_bad_twin_sums_by_utc_day_do_not_pass(scope: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carry_sums, "ZoneInfo", lambda name: ZoneInfo("UTC"))
    register = make_register(scope.lindenhof)
    record([register.pk] * 2, [0, 1], np.vstack([flat(3), flat(4)]))
    stored = {row.day: (row.total, row.n) for row in DayTotal.objects.filter(register_id=register.pk)}
    assert stored != recomputed(register.pk)


@given(days_of_slots, st.integers(0, 2**32))
@SLOW
def test_order_repetition_and_splitting_do_not_matter(
    scope: Cast, pieces: list[tuple[int, int, int, int, int]], seed: int
) -> None:
    """E8 for load profiles, where no slot is delivered with two values."""
    agreed = [(register, day, first, slots, 7) for register, day, first, slots, _energy in pieces]
    once = [make_register(scope.lindenhof, f"once {n}").pk for n in range(2)]
    often = [make_register(scope.lindenhof, f"often {n}").pk for n in range(2)]
    record(*laid_out(agreed, once), key=f"{seed}")
    random = Random(seed)
    shuffled = agreed + random.choices(agreed, k=3)
    random.shuffle(shuffled)
    while shuffled:
        size = random.randint(1, 3)
        record(*laid_out(shuffled[:size], often), key=f"{seed} {len(shuffled)}")
        shuffled = shuffled[size:]
    begin, end = local_day_bounds(date(2026, 3, 26), ZURICH)[0], local_day_bounds(date(2026, 6, 1), ZURICH)[1]
    matrix = store.load_matrix(register_ids=[*once, *often], start=begin, end=end)
    assert (matrix.values[:2] == matrix.values[2:]).all()
    months = store.load_month_totals(
        register_ids=[*once, *often], first_month=date(2026, 3, 1), last_month=date(2026, 6, 1)
    )
    assert (months.totals[:2] == months.totals[2:]).all()
    assert (months.slots[:2] == months.slots[2:]).all()
