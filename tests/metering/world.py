# SPDX-License-Identifier: Apache-2.0
"""Meters for the tests: made in the scope of the side they belong to."""

from datetime import UTC, datetime
from typing import Any

from metering.models import Meter, MeterKind, Register
from metering.services.catalogues import ensure_catalogues
from sites.models import Equipment
from tests.cast import Side

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


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
