# SPDX-License-Identifier: Apache-2.0
"""Load the year in one go: as a file of another system would bring it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from config.demo.dataset import STEP, Year
from metering.series.calendar import SLOTS_PER_DAY
from metering.series.vectors import MISSING
from metering.services.ingest import BatchKey, IndexReading, IngestResult, record_intervals, record_readings


def load_intervals(
    *, year: Year, until: datetime, registers: Mapping[str, int], key: str, now: datetime
) -> IngestResult:
    """Quarter hours of every register from the year's first slot up to `until` (a quarter hour)."""
    first_day = year.start.replace(hour=0, minute=0, second=0, microsecond=0)
    offset = int((year.start - first_day) / STEP)
    slots = year.position(until)
    days = -(-(offset + slots) // SLOTS_PER_DAY)
    dates = np.datetime64(first_day.date(), "D") + np.arange(days)
    result = IngestResult()
    for series, register_id in registers.items():
        line = np.full(days * SLOTS_PER_DAY, MISSING, dtype=np.int32)
        line[offset : offset + slots] = year.deltas(series)[:slots]
        result += record_intervals(
            batch=BatchKey("import", f"{key} {series}"),
            register_ids=np.full(days, register_id, dtype=np.int32),
            days=dates,
            vectors=line.reshape(days, SLOTS_PER_DAY),
            method="import",
            now=now,
        )
    return result


def load_indexes(
    *, year: Year, until: datetime, registers: Mapping[str, int], zone: ZoneInfo, key: str, now: datetime
) -> IngestResult:
    """What each register showed at the beginning of each local month and at the last loaded quarter hour."""
    instants = [
        instant for instant in _month_starts(year.start, until, zone) if year.start <= instant <= until
    ]
    readings = [
        IndexReading(
            register_id=register_id, at=instant, value=int(year.indexes[series][year.position(instant)])
        )
        for series, register_id in registers.items()
        for instant in [*instants, until]
    ]
    return record_readings(
        batch=BatchKey("import", f"{key} indexes"), readings=readings, method="import", now=now
    )


def _month_starts(start: datetime, end: datetime, zone: ZoneInfo) -> list[datetime]:
    local = start.astimezone(zone)
    year, month = local.year, local.month
    found: list[datetime] = []
    while True:
        instant = datetime(year, month, 1, tzinfo=zone).astimezone(UTC)
        if instant >= end:
            return found
        found.append(instant)
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)


def last_slots(end: datetime, count: int) -> list[datetime]:
    """The last `count` quarter hours before `end`, each named by its end."""
    return [end - (count - 1 - position) * timedelta(minutes=15) for position in range(count)]
