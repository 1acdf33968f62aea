# SPDX-License-Identifier: Apache-2.0
"""Index readings for the tests: delivered by one call, and what became of them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from metering import store
from metering.models import MeterEvent, Register
from metering.series.vectors import MISSING
from metering.services.ingest import BatchKey, IndexReading, IngestResult, record_readings
from tests.metering.world import NOW, QUARTER

START = datetime(2026, 3, 28, 20, tzinfo=UTC)


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
