# SPDX-License-Identifier: Apache-2.0
"""What the database itself refuses: changed readings, foreign registers, foreign eyes."""

from collections.abc import Iterator
from datetime import date, timedelta

import psycopg
import pytest
from django.db import Error, connection, transaction

from accounts.scope import organization_scope
from metering import store
from metering.models import (
    DayTotal,
    IntervalDay,
    IntervalDayRevision,
    IntervalQuantity,
    Reading,
    Register,
)
from metering.series.vectors import MISSING
from metering.services.ingest import (
    BatchKey,
    IndexReading,
    record_readings,
)
from tests import database
from tests.cast import Cast
from tests.metering.profiles import MIDNIGHT, QUARTER, flat, record
from tests.metering.world import NOW, make_register


@pytest.fixture
def scope(cast: Cast) -> Iterator[Cast]:
    with organization_scope(cast.lindenhof.id):
        yield cast


@pytest.fixture
def register(scope: Cast) -> Register:
    return make_register(scope.lindenhof)


@pytest.mark.parametrize("statement", ["UPDATE {} SET revision = 9", "DELETE FROM {}", "TRUNCATE {}"])
@pytest.mark.parametrize("model", [Reading, IntervalDayRevision])
def test_what_was_read_is_never_changed(register: Register, statement: str, model: type) -> None:
    start = MIDNIGHT - QUARTER
    record_readings(
        batch=BatchKey("gateway", "x"),
        readings=[IndexReading(register.pk, start, 5)],
        method="gateway",
        now=NOW,
    )
    record([register.pk], [0], flat(3))
    record([register.pk], [0], flat(4))
    with pytest.raises(Error, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(model._meta.db_table))
    assert model.objects.count() == 1  # type: ignore[attr-defined]


@pytest.mark.parametrize("statement", ["UPDATE {} SET revision = 9", "DELETE FROM {}", "TRUNCATE {}"])
def test_not_even_the_owner_changes_a_reading(committed_cast: Cast, statement: str) -> None:
    side = committed_cast.lindenhof
    with organization_scope(side.id):
        register = make_register(side)
        record_readings(
            batch=BatchKey("gateway", "x"),
            readings=[IndexReading(register.pk, MIDNIGHT, 5)],
            method="gateway",
            now=NOW,
        )
    with pytest.raises(psycopg.Error, match="append-only"), database.as_owner() as connection:
        connection.execute("SELECT set_config('app.organization', %s, true)", [str(side.id)])
        connection.execute(statement.format("metering_reading"))


def test_a_row_cannot_name_a_register_of_another_organization(cast: Cast) -> None:
    with organization_scope(cast.seeblick.id):
        foreign = make_register(cast.seeblick).pk
    vector = flat(1).astype(">i4").tobytes()
    with organization_scope(cast.lindenhof.id):
        for day in ("2026-01-01", "2050-01-01"):
            with (
                pytest.raises(Error, match="does not have"),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(
                    "INSERT INTO metering_intervalday"
                    " (total, organization_id, register_id, day, n, revision, vector)"
                    " VALUES (0, %s, %s, %s, 0, 0, %s)",
                    [cast.lindenhof.id, foreign, day, vector],
                )
    with organization_scope(cast.seeblick.id):
        assert not IntervalDay.objects.exists()


def test_the_known_bad_twin_without_the_trigger_the_row_goes_in(cast: Cast) -> None:
    with organization_scope(cast.seeblick.id):
        foreign = make_register(cast.seeblick).pk
    with organization_scope(cast.lindenhof.id), connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE interval_twin (LIKE metering_intervalday INCLUDING ALL)")
        cursor.execute(
            "INSERT INTO interval_twin (total, organization_id, register_id, day, n, revision, vector)"
            " VALUES (0, %s, %s, '2026-01-01', 0, 0, %s)",
            [cast.lindenhof.id, foreign, flat(1).astype(">i4").tobytes()],
        )
        cursor.execute("SELECT count(*) FROM interval_twin")
        assert cursor.fetchone() == (1,)


def test_two_organizations_do_not_see_each_others_slots(cast: Cast) -> None:
    ids = {}
    for energy, side in enumerate(cast.sides, 1):
        with organization_scope(side.id):
            ids[side.id] = make_register(side).pk
            record([ids[side.id]], [0], flat(energy))
    with organization_scope(cast.lindenhof.id):
        both = store.load_matrix(
            register_ids=list(ids.values()), start=MIDNIGHT, end=MIDNIGHT + timedelta(days=1)
        )
        assert both.values[0].tolist() == [1] * 96
        assert both.values[1].tolist() == [MISSING] * 96
        sums = store.load_month_totals(
            register_ids=list(ids.values()), first_month=date(2026, 3, 1), last_month=date(2026, 3, 1)
        )
        assert sums.totals[:, 0].tolist() == [96, 0]
        assert IntervalQuantity.objects.count() == 96
        assert {row.register_id for row in DayTotal.objects.all()} == {ids[cast.lindenhof.id]}
