# SPDX-License-Identifier: Apache-2.0
"""Exchange a device: the place stays, consumption runs on without a step (spec: metering §5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Q, QuerySet

from metering.indexes import latest_readings
from metering.models import (
    BatchKind,
    Meter,
    MeterAssignment,
    MeterEventKind,
    MeterFactor,
    MeterLink,
    Reading,
    Register,
)
from metering.series.calendar import local_day_bounds
from metering.services.batches import BatchKey, Incident, leave_events
from metering.services.record_readings import IndexReading, record_readings
from metering.services.refusals import MeterRefused, refusal
from sites.models import Equipment

D = TypeVar("D", MeterAssignment, MeterLink)
_METHOD = "exchange"
_MINUTE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class NewDevice:
    """What is asked about the new device; manufacturer, warranty and calibration are its own."""

    number: str
    factor: int = 1
    digits: int | None = None
    manufacturer: str = ""
    model: str = ""
    serial: str = ""
    calibration_expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class _Days:
    """The day of the exchange, and the first day without the old device (the same one at midnight)."""

    day: date
    old_end: date


def exchange_meter(
    *,
    meter: Meter,
    at: datetime,
    final_indexes: Mapping[str, int],
    new: NewDevice,
    first_indexes: Mapping[str, int],
    now: datetime,
    created_by_id: int | None = None,
) -> Meter:
    """
    Close `meter` at the instant `at` and put a new one in its place; returns the new one.

    `final_indexes` and `first_indexes` name every register by its OBIS code, in its counts.  The new
    meter takes over predecessor, place, assignment, place in the tree and children.  Who reads it
    (the gateway's binding) is for the caller to carry over.

    :raises MeterRefused: with the sentence for the person who asked.
    """
    with transaction.atomic():
        meter = (
            Meter.objects.select_for_update(of=("self",)).select_related("site", "equipment").get(pk=meter.pk)
        )
        registers = {register.obis: register for register in meter.registers.all()}
        _refuse(meter, registers, at, final_indexes, first_indexes)
        days = _days(meter, at)
        successor, new_registers = _successor(meter, registers, new, at, days)
        _close(meter, at, days)
        _carry_over(meter, successor, new.factor, days)
        key = BatchKey(BatchKind.EXCHANGE, f"{meter.pk} {at.isoformat()}", created_by_id)
        record_readings(
            batch=key,
            readings=[IndexReading(registers[obis].pk, at, index) for obis, index in final_indexes.items()]
            + [IndexReading(new_registers[obis].pk, at, index) for obis, index in first_indexes.items()],
            method=_METHOD,
            now=now,
        )
        leave_events(
            (
                Incident(
                    registers[obis].pk,
                    MeterEventKind.EXCHANGE,
                    at,
                    {"final": index, "first": first_indexes[obis], "new meter": new.number},
                )
                for obis, index in final_indexes.items()
            ),
            now,
        )
    return successor


def _refuse(
    meter: Meter,
    registers: Mapping[str, Register],
    at: datetime,
    final_indexes: Mapping[str, int],
    first_indexes: Mapping[str, int],
) -> None:
    if meter.closed_at is not None:
        raise MeterRefused(refusal("closed", meter=meter))
    if set(final_indexes) != set(registers) or set(first_indexes) != set(registers):
        raise MeterRefused(refusal("registers differ", codes=", ".join(sorted(registers))))
    if Reading.objects.filter(register__meter=meter, at__gt=at + _MINUTE).exists():
        raise MeterRefused(refusal("later readings", meter=meter))
    latest = latest_readings([register.pk for register in registers.values()])
    for obis, index in final_indexes.items():
        last = latest.get(registers[obis].pk)
        counts = 0 if last is None else last.value // int(10 ** registers[obis].resolution)
        # A counter with digits may have rolled over since; then the arithmetic decides.
        if index < counts and registers[obis].digits is None:
            raise MeterRefused(refusal("final index", obis=obis, last=counts))


def _days(meter: Meter, at: datetime) -> _Days:
    day = at.astimezone(meter.site.zone).date()
    midnight = local_day_bounds(day, meter.site.zone)[0]
    return _Days(day, day if at == midnight else day + timedelta(days=1))


def _successor(
    meter: Meter, registers: Mapping[str, Register], new: NewDevice, at: datetime, days: _Days
) -> tuple[Meter, dict[str, Register]]:
    old = meter.equipment
    equipment = Equipment.objects.create(
        definition_id=old.definition_id,
        site_id=old.site_id,
        building_id=old.building_id,
        name=old.name,
        place=old.place,
        manufacturer=new.manufacturer,
        model=new.model,
        serial=new.serial,
        installed_on=days.day,
        calibration_expires_on=new.calibration_expires_on,
    )
    successor = Meter.objects.create(
        equipment=equipment,
        site_id=meter.site_id,
        number=new.number,
        kind_id=meter.kind_id,
        mode=meter.mode,
        billing_relevant=meter.billing_relevant,
        predecessor=meter,
        most_per_hour=meter.most_per_hour,
        opened_at=at,
    )
    return successor, {
        obis: Register.objects.create(
            meter=successor,
            obis=obis,
            direction=register.direction,
            tariff=register.tariff,
            digits=new.digits or register.digits,
            resolution=register.resolution,
        )
        for obis, register in registers.items()
    }


def _close(meter: Meter, at: datetime, days: _Days) -> None:
    meter.closed_at = at
    meter.save(update_fields=["closed_at"])
    meter.equipment.removed_on = days.day
    meter.equipment.save(update_fields=["removed_on"])


def _carry_over(meter: Meter, successor: Meter, factor: int, days: _Days) -> None:
    """On the day of the exchange both devices count for the place; their slots share the day."""
    if factor != 1:
        MeterFactor.objects.create(meter=successor, factor=factor, period=DateRange(days.day, None))
    for assignment in _running(MeterAssignment.objects.filter(meter=meter), days):
        taken = _cut(assignment, days, begin=days.day)
        MeterAssignment.objects.create(
            meter=successor, billing_point_id=assignment.billing_point_id, period=taken
        )
    for link in _running(MeterLink.objects.filter(child=meter), days):
        taken = _cut(link, days, begin=days.day)
        MeterLink.objects.create(parent_id=link.parent_id, child=successor, period=taken)
    # A child has one parent a day: it changes over when the old device is gone for a whole day.
    for link in _running(MeterLink.objects.filter(parent=meter), days):
        taken = _cut(link, days, begin=days.old_end)
        MeterLink.objects.create(parent=successor, child_id=link.child_id, period=taken)


def _running(rows: QuerySet[D], days: _Days) -> list[D]:
    return list(rows.filter(Q(period__contains=days.old_end) | Q(period__startswith__gt=days.old_end)))


def _cut(row: MeterAssignment | MeterLink, days: _Days, begin: date) -> DateRange:
    """End a row with the old device; the period that the new one takes over."""
    lower, upper = row.period.lower, row.period.upper
    taken = DateRange(begin if lower is None else max(begin, lower), upper)
    if lower is not None and lower >= days.old_end:
        row.delete()
        return taken
    row.period = DateRange(lower, days.old_end)
    row.save(update_fields=["period"])
    return taken
