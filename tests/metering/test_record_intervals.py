# SPDX-License-Identifier: Apache-2.0
"""Load profiles: idempotent, corrected with a trace, readable as they once were."""

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
import pytest
from django.db import connection

from accounts.scope import organization_scope
from metering import store
from metering.models import (
    DayTotal,
    IntervalDay,
    IntervalDayRevision,
    IntervalQuantity,
    MeterEvent,
    MonthTotal,
    ReadingBatch,
    Register,
)
from metering.series.calendar import slots_in_local_day
from metering.series.vectors import MISSING, Quality
from metering.services.ingest import (
    IngestResult,
    UnfitIntervals,
)
from tests.cast import Cast
from tests.metering.profiles import DAY, MIDNIGHT, QUARTER, ZURICH, flat, record
from tests.metering.world import make_register


@pytest.fixture
def scope(cast: Cast) -> Iterator[Cast]:
    with organization_scope(cast.lindenhof.id):
        yield cast


@pytest.fixture
def register(scope: Cast) -> Register:
    return make_register(scope.lindenhof)


def tuples_written() -> int:
    """Rows that this transaction inserted, updated or deleted, in all tables."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(pg_stat_get_xact_tuples_inserted(oid) + pg_stat_get_xact_tuples_updated(oid)"
            " + pg_stat_get_xact_tuples_deleted(oid)) FROM pg_class"
            " WHERE relnamespace = 'public'::regnamespace"
        )
        return int(cursor.fetchone()[0])


def test_a_redelivery_writes_not_a_single_row(register: Register) -> None:
    vectors = np.vstack([flat(3), flat(4)])
    assert record([register.pk] * 2, [0, 1], vectors) == IngestResult(written=192)
    before = tuples_written()
    assert record([register.pk] * 2, [0, 1], vectors, key="again") == IngestResult(unchanged=192)
    assert tuples_written() == before
    assert ReadingBatch.objects.count() == 1


def test_a_corrected_slot_leaves_its_predecessor_and_an_event(register: Register) -> None:
    record([register.pk], [0], flat(3))
    changed = flat(3)
    changed[0, 40] = 5
    assert record([register.pk], [0], changed, key="corrected") == IngestResult(unchanged=95, corrected=1)
    assert IntervalDay.objects.get().revision == 1
    assert np.frombuffer(IntervalDayRevision.objects.get().vector, ">i4").tolist() == [3] * 96
    event = MeterEvent.objects.get()
    assert (event.kind, event.at) == ("correction", MIDNIGHT + 40 * QUARTER)
    assert (event.evidence["before"], event.evidence["after"], event.evidence["slots"]) == (3, 5, 1)
    assert MonthTotal.objects.get().total == 96 * 3 + 2


def test_a_day_that_grows_at_its_end_is_no_correction(register: Register) -> None:
    for known in (10, 50, 96):
        growing = np.where(np.arange(96) < known, 2, MISSING).astype(np.int32)[None, :]
        record([register.pk], [0], growing, key=f"until {known}")
    day = IntervalDay.objects.get()
    assert (day.revision, day.n, day.total) == (0, 96, 192)
    assert not IntervalDayRevision.objects.exists()


def test_a_missing_slot_says_nothing_about_what_is_stored(register: Register) -> None:
    record([register.pk], [0], flat(3))
    silent = np.full((1, 96), MISSING, np.int32)
    silent[0, 5] = 3
    assert record([register.pk], [0], silent) == IngestResult(unchanged=1)
    assert IntervalDay.objects.get().n == 96


def test_an_estimate_does_not_replace_a_measured_value_but_fills_a_gap(register: Register) -> None:
    gap = flat(3)
    gap[0, 10:20] = MISSING
    record([register.pk], [0], gap)
    marks = np.full((1, 96), Quality.SUBSTITUTED, np.uint8)
    assert record([register.pk], [0], flat(7), quality=marks) == IngestResult(written=10, unchanged=86)
    matrix = store.load_matrix(register_ids=[register.pk], start=MIDNIGHT, end=MIDNIGHT + timedelta(days=1))
    assert matrix.values.sum() == 3 * 86 + 7 * 10
    assert (matrix.quality == Quality.SUBSTITUTED).sum() == 10
    assert record([register.pk], [0], flat(3)) == IngestResult(unchanged=86, corrected=10)
    assert IntervalDay.objects.get().quality is None


def test_arrays_that_do_not_fit_are_refused(register: Register) -> None:
    with pytest.raises(UnfitIntervals, match="do not fit"):
        record([register.pk], [0, 1], flat(1))
    with pytest.raises(UnfitIntervals, match="negative"):
        record([register.pk], [0], flat(-1))
    with pytest.raises(UnfitIntervals, match="do not fit"):
        record([register.pk], [0], flat(1).astype(np.int64))
    assert record([register.pk], [0], flat(MISSING)) == IngestResult()


def test_a_bill_can_be_computed_again_from_the_revisions_it_read(register: Register) -> None:
    record([register.pk] * 2, [0, 1], np.vstack([flat(3), flat(4)]))
    end = MIDNIGHT + timedelta(days=2)
    first = store.load_matrix(register_ids=[register.pk], start=MIDNIGHT, end=end)
    record([register.pk], [1], flat(9), key="second")
    second = store.load_matrix(register_ids=[register.pk], start=MIDNIGHT, end=end)
    record([register.pk] * 2, [0, 1], np.vstack([flat(1), flat(2)]), key="third")
    assert second.revisions_read() == {(register.pk, date(2026, 3, 29)): 1}
    for billed in (first, second):
        again = store.load_matrix(
            register_ids=[register.pk], start=MIDNIGHT, end=end, as_of_revisions=billed.revisions_read()
        )
        assert (again.values == billed.values).all()
        assert (again.quality == billed.quality).all()


def test_a_matrix_keeps_the_order_asked_for_and_cuts_at_quarter_hours(scope: Cast) -> None:
    ids = [make_register(scope.lindenhof, str(n)).pk for n in range(3)]
    record(ids, [0, 0, 0], np.vstack([flat(n) for n in range(3)]))
    matrix = store.load_matrix(
        register_ids=ids[::-1], start=MIDNIGHT + 95 * QUARTER, end=MIDNIGHT + 97 * QUARTER
    )
    assert matrix.values.tolist() == [[2, MISSING], [1, MISSING], [0, MISSING]]
    assert matrix.register_ids == tuple(ids[::-1])


def test_the_views_show_every_slot_and_every_day_as_a_row(register: Register) -> None:
    record([register.pk] * 2, [0, 1], np.vstack([flat(3), flat(4)]))
    assert IntervalQuantity.objects.filter(register_id=register.pk).count() == 192
    slot = IntervalQuantity.objects.get(register_id=register.pk, starts_at=MIDNIGHT + 100 * QUARTER)
    assert (slot.quantity, slot.quality) == (4, 0)
    day = DayTotal.objects.get(register_id=register.pk, day=date(2026, 3, 29))
    assert (day.total, day.n, day.peak) == (4 * 3 + 88 * 4 + 0, 92, 4)


def test_days_of_the_change_of_clocks_have_92_and_100_slots(register: Register) -> None:
    for first in (date(2026, 3, 28), date(2026, 10, 24)):
        days = [(np.datetime64(first, "D") - DAY).astype(int) + n for n in range(3)]
        record([register.pk] * 3, days, np.vstack([flat(1)] * 3))
        changed = first + timedelta(days=1)
        totals = store.load_day_totals(register_ids=[register.pk], first=changed, last=changed)
        expected = slots_in_local_day(changed, ZURICH)
        assert expected in (92, 100)
        assert totals.slots[0, 0] == totals.totals[0, 0] == expected
