# SPDX-License-Identifier: Apache-2.0
"""Index readings become slots: whatever order they come in, however often, and whatever the counter did."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from accounts.scope import organization_scope
from metering import store
from metering.models import IntervalDay, MeterEvent, MonthTotal, Reading, ReadingBatch, Register
from metering.series.vectors import Quality
from metering.services.ingest import (
    IngestResult,
    UnfitReading,
    UnknownRegister,
)
from metering.services.take_back import take_back
from tests.cast import Cast
from tests.metering.polls import START, at, events, record, slots
from tests.metering.world import NOW, QUARTER, make_register

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
