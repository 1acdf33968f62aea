# SPDX-License-Identifier: Apache-2.0
"""Add a meter: the technical object, what it counts, and where it belongs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from metering.models import Direction, Meter, MeterFactor, MeterKind, MeterMode, Register
from metering.series import obis
from metering.services.refusals import MeterRefused, refusal
from sites.models import Building, Equipment, EquipmentDefinition, Site


@dataclass(frozen=True, slots=True)
class RegisterPlan:
    """A register to create; one count stands for `10^resolution` base units."""

    obis: str
    direction: str = Direction.IMPORT
    tariff: int = 0
    digits: int | None = None
    resolution: int = 0


@dataclass(frozen=True, slots=True)
class MeterPlan:
    """A meter to create; `factor` is the transformer ratio from the first day on."""

    number: str
    kind: MeterKind
    definition: EquipmentDefinition
    registers: Sequence[RegisterPlan]
    name: str = ""
    mode: str = MeterMode.CONSUMPTION
    billing_relevant: bool | None = None
    building: Building | None = None
    place: str = ""
    manufacturer: str = ""
    model: str = ""
    serial: str = ""
    installed_on: date | None = None
    most_per_hour: int | None = None
    factor: int = 1
    opened_at: datetime | None = None
    predecessor: Meter | None = None


def add_meter(*, site: Site, plan: MeterPlan) -> Meter:
    """
    Create a meter with its registers at a site.

    :raises MeterRefused: with the sentence for the person who asked.
    """
    _refuse(plan)
    with transaction.atomic():
        equipment = Equipment.objects.create(
            definition=plan.definition,
            site=site,
            building=plan.building,
            name=plan.name or plan.number,
            place=plan.place,
            manufacturer=plan.manufacturer,
            model=plan.model,
            serial=plan.serial,
            installed_on=plan.installed_on,
        )
        meter = Meter.objects.create(
            equipment=equipment,
            site=site,
            number=plan.number,
            kind=plan.kind,
            mode=plan.mode,
            billing_relevant=(
                plan.kind.billing_relevant if plan.billing_relevant is None else plan.billing_relevant
            ),
            predecessor=plan.predecessor,
            most_per_hour=plan.most_per_hour,
            opened_at=plan.opened_at,
        )
        for register in plan.registers:
            Register.objects.create(
                meter=meter,
                obis=register.obis,
                direction=register.direction,
                tariff=register.tariff,
                digits=register.digits,
                resolution=register.resolution,
            )
        if plan.factor != 1:
            MeterFactor.objects.create(
                meter=meter, factor=plan.factor, period=DateRange(plan.installed_on, None)
            )
    return meter


def _refuse(plan: MeterPlan) -> None:
    if not plan.number.strip():
        raise MeterRefused(refusal("number"))
    if not plan.kind.is_active:
        raise MeterRefused(refusal("kind", name=plan.kind.name))
    if not plan.registers:
        raise MeterRefused(refusal("registers"))
    if plan.factor < 1:
        raise MeterRefused(refusal("factor"))
    codes = [register.obis for register in plan.registers]
    if len(set(codes)) != len(codes):
        raise MeterRefused(refusal("obis twice"))
    for code in codes:
        try:
            obis.parse(code)
        except obis.UnableToReadObis:
            raise MeterRefused(refusal("obis", code=code)) from None
