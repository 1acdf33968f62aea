# SPDX-License-Identifier: Apache-2.0
"""The nightly audit finds nothing in a healthy store, and whatever somebody tampered with."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import numpy as np
import pytest
from django.db import connection

from accounts.scope import organization_scope
from metering.audit_store import audit_store
from metering.models import Register
from metering.services.ingest import BatchKey, IndexReading, record_readings
from tests.cast import Cast
from tests.metering.world import NOW, QUARTER, fill, make_register

FIRST, LAST = date(2026, 3, 28), date(2026, 3, 30)
BEGIN = datetime(2026, 3, 27, 23, tzinfo=UTC)


@pytest.fixture
def register(cast: Cast) -> Iterator[Register]:
    with organization_scope(cast.lindenhof.id):
        register = make_register(cast.lindenhof, digits=6, resolution=1)
        fill(register, BEGIN, [7] * (96 + 92 + 96), first=900_000)
        yield register


def tamper(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        assert cursor.rowcount


def test_a_healthy_store_gives_nothing_to_say(register: Register) -> None:
    assert audit_store(first=FIRST, last=LAST) == []


def test_a_roll_over_is_no_finding(register: Register) -> None:
    rolling = Register.objects.create(meter=register.meter, obis="1-0:2.8.0", digits=4)
    readings = [IndexReading(rolling.pk, BEGIN + n * QUARTER, (9_500 + 7 * n) % 10_000) for n in range(97)]
    record_readings(batch=BatchKey("gateway", "rolling"), readings=readings, method="gateway", now=NOW)
    assert rolling.incidents.get().kind == "rollover"
    assert audit_store(first=FIRST, last=LAST) == []


def test_a_changed_sum_is_found(register: Register) -> None:
    tamper("UPDATE metering_intervalday SET total = total + 1 WHERE day = '2026-03-29'")
    (problem,) = audit_store(first=FIRST, last=LAST)
    assert "2026-03-29 (UTC)" in problem


def test_a_changed_day_sum_is_found(register: Register) -> None:
    changed = np.full(31, 5, ">i8").tobytes()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE metering_monthtotal SET day_totals = %s", [changed])
    assert len(audit_store(first=FIRST, last=LAST)) == 3


def test_a_changed_slot_is_found_three_times_over(register: Register) -> None:
    tamper(
        "UPDATE metering_intervalday SET vector = overlay(vector placing '\\x00000009' from 161)"
        " WHERE day = '2026-03-29'"
    )
    problems = audit_store(first=FIRST, last=LAST)
    assert len(problems) == 3
    assert any("the indexes rose by 644, the slots add up to 646" in problem for problem in problems)
