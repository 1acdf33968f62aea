# SPDX-License-Identifier: Apache-2.0
"""The readings a move needs: one on the border between two occupancies for every meter of the place."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.backends.postgresql.psycopg_any import DateRange

from metering.indexes import IndexAt, load_indexes
from metering.models import BatchKind
from metering.selectors import AssignedMeter, RegisterOf, assignments_in
from metering.series.calendar import local_day_bounds
from metering.services.batches import BatchKey, IngestResult
from metering.services.record_readings import IndexReading, record_readings
from sites.models import BillingPoint

# Older than this a reading says little about the day of the move.
_FRESH = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class MoveReading:
    """One register of the place and what is known of it at the move; `index` None: nothing before it."""

    meter: AssignedMeter
    register: RegisterOf
    index: IndexAt | None
    is_fresh: bool


def readings_at_move(*, billing_point: BillingPoint, new_from: date) -> list[MoveReading]:
    """
    What the registers of the place showed when the day `new_from` began (the newcomer's first day).

    Where a reading is not fresh, the screen asks for one.
    """
    instant = _border(billing_point, new_from)
    day_before = DateRange(new_from - timedelta(days=1), new_from)
    meters = assignments_in([billing_point.pk], day_before, billing_relevant_only=True)
    registers = [(meter, register) for meter in meters for register in meter.registers]
    indexes = load_indexes(register_ids=[register.id for _meter, register in registers], instants=[instant])
    found = []
    for meter, register in registers:
        index = indexes.get((register.id, instant))
        found.append(MoveReading(meter, register, index, index is not None and instant - index.at <= _FRESH))
    return found


def record_move_readings(
    *,
    billing_point: BillingPoint,
    new_from: date,
    indexes: Mapping[int, int],
    now: datetime,
    created_by_id: int | None = None,
) -> IngestResult:
    """
    Store what was read at the move, by register id in its counts; it counts as 00:00 local of `new_from`.

    :raises UnknownRegister: if the organization does not have one of the registers.
    """
    instant = _border(billing_point, new_from)
    return record_readings(
        batch=BatchKey(BatchKind.MOVE, f"{billing_point.pk} {new_from}", created_by_id),
        readings=[IndexReading(register_id, instant, index) for register_id, index in indexes.items()],
        method="move",
        now=now,
    )


def _border(billing_point: BillingPoint, new_from: date) -> datetime:
    return local_day_bounds(new_from, billing_point.building.site.zone)[0]
