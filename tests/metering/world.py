# SPDX-License-Identifier: Apache-2.0
"""Meters for the tests: made in the scope of the side they belong to."""

from datetime import UTC, datetime, timedelta
from typing import Any

from metering.models import Meter, MeterKind, Register
from metering.services.catalogues import ensure_catalogues
from metering.services.ingest import BatchKey, IndexReading, record_readings
from sites.models import Equipment
from tests.cast import Side

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


def make_meter(side: Side, number: str = "M-1", **given: Any) -> Meter:
    """A meter at the side's site; electricity unless another kind is given."""
    if not MeterKind.objects.exists():
        ensure_catalogues()
    equipment = Equipment.objects.create(
        definition=side.definitions["meter"], site=given.get("site", side.site), name=f"Meter {number}"
    )
    given = {"site": side.site, "kind": MeterKind.objects.get(number=1)} | given
    return Meter.objects.create(equipment=equipment, number=number, **given)


def make_register(side: Side, number: str = "M-1", *, meter: Meter | None = None, **given: Any) -> Register:
    """A register, on a meter of its own unless one is given; `meter_…` arguments go to the meter."""
    for_meter = {
        key.removeprefix("meter_"): given.pop(key) for key in list(given) if key.startswith("meter_")
    }
    return Register.objects.create(
        meter=meter or make_meter(side, number, **for_meter), **({"obis": "1-0:1.8.0"} | given)
    )


def fill(register: Register, start: datetime, deltas: list[int], first: int = 0) -> None:
    """Readings every quarter hour from `start`, with these energies between them."""
    indexes = [first + sum(deltas[:place]) for place in range(len(deltas) + 1)]
    record_readings(
        batch=BatchKey("gateway", f"{register.pk} {start}"),
        readings=[IndexReading(register.pk, start + n * QUARTER, index) for n, index in enumerate(indexes)],
        method="gateway",
        now=NOW,
    )
