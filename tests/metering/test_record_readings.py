# SPDX-License-Identifier: Apache-2.0
"""Index readings become slots: whatever order they come in, however often, and whatever the counter did."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.scope import organization_scope
from metering import store
from metering.models import IntervalDay, MeterEvent, MonthTotal, Reading, ReadingBatch, Register
from metering.series.vectors import MISSING, Quality
from metering.services import derive_slots
from metering.services.ingest import (
    BatchKey,
    IndexReading,
    IngestResult,
    UnfitReading,
    UnknownRegister,
    record_readings,
)
from metering.services.take_back import take_back
from tests.cast import Cast
from tests.metering.world import NOW, make_register

START = datetime(2026, 3, 28, 20, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
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


def record(
    register: Register, values: Sequence[tuple[datetime, int]], method: str = "gateway", key: str = "poll"
) -> IngestResult:
    return record_readings(
        batch=BatchKey("gateway", key),
        readings=[IndexReading(register.pk, at, value) for at, value in values],
        method=method,
        now=NOW,
    )


def slots(register: Register, start: datetime = START, quarters: int = 8) -> list[int | None]:
    matrix = store.load_matrix(register_ids=[register.pk], start=start, end=start + quarters * QUARTER)
    return [None if value == MISSING else int(value) for value in matrix.values[0]]


def at(quarters: float, seconds: int = 0) -> datetime:
    return START + quarters * QUARTER + timedelta(seconds=seconds)


def events(register: Register) -> list[tuple[str, datetime]]:
    return list(
        MeterEvent.objects.filter(register=register, withdrawn_at=None)
        .exclude(kind__in=["correction", "quarantine"])
        .order_by("at")
        .values_list("kind", "at")
    )


def test_readings_at_the_borders_become_the_energy_between_them(register: Register) -> None:
    result = record(register, [(at(0), 1000), (at(1, seconds=59), 1007), (at(2, seconds=-60), 1010)])
    assert result == IngestResult(written=3)
    assert slots(register, quarters=3) == [7, 3, None]


def test_the_same_delivery_again_changes_nothing(register: Register) -> None:
    record(register, [(at(0), 1000), (at(1), 1007)])
    assert record(register, [(at(0), 1000), (at(1), 1007)]) == IngestResult(unchanged=2)
    assert Reading.objects.count() == 2
    assert IntervalDay.objects.get().revision == 0


def test_a_late_reading_fills_its_neighbours(register: Register) -> None:
    record(register, [(at(0), 1000), (at(1), 1010), (at(6), 1060)])
    assert slots(register) == [10, None, None, None, None, None, None, None]
    record(register, [(at(3), 1031), (at(2), 1020), (at(4), 1040), (at(5), 1050)], key="late")
    assert slots(register) == [10, 10, 11, 9, 10, 10, None, None]


def test_between_two_near_readings_the_border_is_interpolated_and_marked(register: Register) -> None:
    record(register, [(at(0), 1000), (at(0.6), 1006), (at(1.6), 1016), (at(2), 1021)])
    matrix = store.load_matrix(register_ids=[register.pk], start=START, end=START + 2 * QUARTER)
    assert matrix.values[0].sum() == 21
    assert matrix.quality[0].tolist() == [Quality.INTERPOLATED, Quality.INTERPOLATED]


def test_another_value_for_the_same_key_is_a_revision_with_an_event(register: Register) -> None:
    record(register, [(at(0), 1000), (at(1), 1007), (at(2), 1010)])
    assert record(register, [(at(1), 1005)], key="again") == IngestResult(corrected=1)
    assert slots(register, quarters=2) == [5, 5]
    assert list(Reading.objects.filter(at=at(1)).values_list("revision", "value").order_by("revision")) == [
        (0, 1007),
        (1, 1005),
    ]
    event = MeterEvent.objects.get(kind="correction")
    assert (event.at, event.evidence["before"], event.evidence["after"]) == (at(1), 1007, 1005)


def test_the_higher_rank_counts_even_when_it_came_first(register: Register) -> None:
    record(register, [(at(0), 1000), (at(1), 1007)])
    record(register, [(at(1), 1003)], method="manual", key="by hand")
    assert slots(register, quarters=1) == [7]
    record(register, [(at(2), 1015)], method="manual", key="by hand 2")
    assert slots(register, quarters=2) == [7, 8]


def test_a_batch_taken_back_no_longer_counts_and_stays_on_record(register: Register) -> None:
    record(register, [(at(0), 1000), (at(1), 1010), (at(2), 1020)])
    record(register, [(at(1), 1015)], key="wrong")
    assert slots(register, quarters=2) == [15, 5]
    assert take_back(batch_id=ReadingBatch.objects.get(key="wrong").pk, now=NOW) == 1
    assert slots(register, quarters=2) == [10, 10]
    assert Reading.objects.count() == 4


def test_a_batch_taken_back_leaves_the_slots_it_alone_gave_empty(register: Register) -> None:
    record(register, [(at(0), 1000), (at(1), 1010)])
    record(register, [(at(2), 1030), (at(3), 1040)], key="wrong")
    take_back(batch_id=ReadingBatch.objects.get(key="wrong").pk, now=NOW)
    assert slots(register, quarters=3) == [10, None, None]
    assert MonthTotal.objects.get().total == 10


def test_what_cannot_be_is_set_aside(register: Register) -> None:
    result = record(register, [(at(0), -1), (at(1), 1_000_000), (NOW + timedelta(days=1), 5), (at(2), 7)])
    assert result == IngestResult(written=1, quarantined=3)
    reasons = MeterEvent.objects.filter(kind="quarantine").values_list("evidence__reason", flat=True)
    assert set(reasons) == {"negative", "beyond the digits", "from the future"}
    assert Reading.objects.count() == 1


def test_a_naive_instant_and_an_unknown_method_are_refused(register: Register) -> None:
    with pytest.raises(UnfitReading):
        record(register, [(datetime(2026, 1, 1), 5)])
    with pytest.raises(UnfitReading, match="crystal ball"):
        record(register, [(at(0), 5)], method="crystal ball")


def test_a_register_of_another_organization_is_not_there(cast: Cast) -> None:
    with organization_scope(cast.seeblick.id):
        foreign = make_register(cast.seeblick)
    with organization_scope(cast.lindenhof.id), pytest.raises(UnknownRegister):
        record(foreign, [(at(0), 5)])
    with organization_scope(cast.seeblick.id):
        assert Reading.objects.count() == 0


# ---------------------------------------------------------------- counters

CASES = json.loads(
    (Path(__file__).parents[1] / "data" / "devices" / "counter-cases.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("case", [c for c in CASES if "exchange" not in c], ids=lambda case: case["name"])
def test_a_counters_accidents_are_seen_and_nothing_is_invented(scope: Cast, case: dict[str, object]) -> None:
    register = make_register(scope.lindenhof, digits=6 if "max" in case else None)
    tenths = [int(str(value).replace(".", "")) for value in [case["last"], *case["readings"]]]  # type: ignore[misc]
    record(register, [(at(number), value) for number, value in enumerate(tenths)])
    expected = [None if d is None else int(str(d).replace(".", "")) for d in case["deltas"]]  # type: ignore[attr-defined]
    assert slots(register, quarters=len(expected)) == expected
    assert [kind for kind, _at in events(register)] == ([case["event"]] if "event" in case else [])


def test_a_dip_is_set_aside_once_the_next_reading_shows_it(register: Register) -> None:
    record(register, [(at(0), 5000), (at(1), 5010), (at(2), 0)])
    assert events(register) == [("reset", at(2))]
    record(register, [(at(3), 5030)], key="next")
    assert events(register) == [("dip", at(2))]
    assert slots(register, quarters=3) == [10, 10, 10]
    assert MeterEvent.objects.get(kind="reset").withdrawn_at == NOW


def test_a_jump_beyond_the_connection_is_no_consumption(scope: Cast) -> None:
    register = make_register(scope.lindenhof, meter_most_per_hour=400)
    record(register, [(at(0), 1000), (at(1), 1090), (at(2), 9_999_999), (at(3), 1200)])
    assert events(register) == [("jump", at(2))]
    assert slots(register, quarters=3) == [90, 55, 55]


# ---------------------------------------------------------------- properties


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
