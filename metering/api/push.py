# SPDX-License-Identifier: Apache-2.0
"""A delivery of readings as a client writes it: understood whole, or refused with every place named."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from rest_framework.exceptions import ValidationError

from accounts.rights import Actor, Right
from metering.api.instants import UnfitInstant, parse_instant
from metering.api.units import Quantity, UnfitValue, in_counts, parse_value
from metering.models import Register
from metering.selectors import registers_for
from metering.series.calendar import to_utc_seconds
from metering.services.ingest import IndexReading
from sites.api.filters import LARGEST_ID

MOST = 10_000
FIELDS = ("register", "meter", "site", "obis", "at", "value")
T = TypeVar("T")


class _Unfit(ValueError):
    """A part of a reading is not what belongs there."""


@dataclass(frozen=True, slots=True)
class Given:
    """A reading as it was sent: by `register`, or by the meter's number and what tells it from others."""

    register: int | None
    meter: str
    site: int | None
    obis: str
    at: datetime
    quantity: Quantity


@dataclass(slots=True)
class Faults:
    """What is wrong, by the reading's place in the list and the field."""

    found: dict[int, dict[str, list[str]]] = field(default_factory=dict)

    def add(self, index: int, name: str, words: str) -> None:
        self.found.setdefault(index, {}).setdefault(name, []).append(words)

    def checked(self, index: int, name: str, check: Callable[[Any], T], given: Any) -> T | None:
        """What `check` makes of `given`; None with a fault noted where it refuses."""
        try:
            return check(given)
        except (_Unfit, UnfitInstant, UnfitValue) as error:
            self.add(index, name, str(error))
            return None

    def refuse(self) -> None:
        """
        Nothing is taken in where anything is wrong.

        :raises ValidationError: if there is a fault.
        """
        if self.found:
            raise ValidationError({"readings": dict(sorted(self.found.items()))})


def parse_push(body: Any) -> tuple[str, list[Given]]:
    """
    The batch's name and its readings.

    :raises ValidationError: naming every field that cannot be read.
    """
    if not isinstance(body, dict) or set(body) - {"batch", "readings"}:
        raise ValidationError("The body is an object with `batch` and `readings`, and nothing else.")
    batch, rows = body.get("batch"), body.get("readings")
    if not isinstance(batch, str) or not 0 < len(batch.strip()) <= 120 or not batch.isprintable():
        raise ValidationError({"batch": "A batch needs a name of at most 120 printable characters."})
    if not isinstance(rows, list) or not 0 < len(rows) <= MOST:
        raise ValidationError({"readings": f"A list of 1 to {MOST} readings is needed."})
    faults = Faults()
    readings = [_reading(index, row, faults) for index, row in enumerate(rows)]
    faults.refuse()
    return batch.strip(), [reading for reading in readings if reading is not None]


def _reading(index: int, row: Any, faults: Faults) -> Given | None:
    if not isinstance(row, dict) or set(row) - set(FIELDS):
        faults.add(index, "", f"A reading is an object with these fields only: {', '.join(FIELDS)}.")
        return None
    if ("register" in row) == ("meter" in row):
        faults.add(index, "register", "Name the register by its id, or the meter by its number.")
        return None
    register = faults.checked(index, "register", _id, row["register"]) if "register" in row else None
    meter = faults.checked(index, "meter", _name, row["meter"]) if "meter" in row else ""
    site = faults.checked(index, "site", _id, row["site"]) if row.get("site") is not None else None
    obis = faults.checked(index, "obis", _name, row["obis"]) if row.get("obis") is not None else ""
    at = faults.checked(index, "at", parse_instant, row.get("at"))
    quantity = faults.checked(index, "value", parse_value, row.get("value"))
    if index in faults.found or at is None or quantity is None:
        return None
    return Given(register, meter or "", site, obis or "", at, quantity)


def _id(given: Any) -> int:
    if type(given) is not int or not 0 < given <= LARGEST_ID:
        raise _Unfit("An id is a positive whole number.")
    return given


def _name(given: Any) -> str:
    if not isinstance(given, str) or not 0 < len(given) <= 40 or not given.isprintable():
        raise _Unfit("A text of 1 to 40 printable characters is needed.")
    return given


def resolve(actor: Actor, given: Iterable[Given]) -> list[IndexReading]:
    """
    The readings in the counts of their registers.

    Registers the actor may not write to are not there.

    :raises ValidationError: naming every reading without a register, with several, or with a value
        that its register cannot show.
    """
    readings = list(given)
    known = _Known.load(actor, readings)
    faults = Faults()
    found: list[IndexReading] = []
    said: dict[tuple[int, int], tuple[int, int]] = {}
    for index, reading in enumerate(readings):
        register = known.register_of(index, reading, faults)
        counts = None if register is None else _counts(index, reading, register, faults)
        if register is None or counts is None:
            continue
        first, value = said.setdefault((register.pk, to_utc_seconds(reading.at)), (index, counts))
        if value != counts:
            faults.add(index, "value", f"Reading {first} has another value of the same register and instant.")
        found.append(IndexReading(register.pk, reading.at, counts))
    faults.refuse()
    return found


def _counts(index: int, reading: Given, register: Register, faults: Faults) -> int | None:
    unit, resolution = register.meter.kind.unit, register.resolution
    return faults.checked(
        index, "value", lambda quantity: in_counts(quantity, unit, resolution), reading.quantity
    )


@dataclass(frozen=True, slots=True)
class _Known:
    """The registers that a delivery may mean: two queries, however long it is."""

    by_id: dict[int, Register]
    by_number: dict[str, list[Register]]

    @classmethod
    def load(cls, actor: Actor, readings: list[Given]) -> "_Known":
        mine = registers_for(actor, Right.READING_PUSH).select_related("meter__site", "meter__kind")
        ids = {reading.register for reading in readings if reading.register is not None}
        numbers = {reading.meter for reading in readings if reading.meter}
        by_number: dict[str, list[Register]] = {}
        for register in mine.filter(meter__number__in=numbers).order_by("pk") if numbers else []:
            by_number.setdefault(register.meter.number, []).append(register)
        return cls(mine.in_bulk(ids) if ids else {}, by_number)

    def register_of(self, index: int, reading: Given, faults: Faults) -> Register | None:
        if reading.register is not None:
            register = self.by_id.get(reading.register)
            if register is None:
                faults.add(index, "register", "There is no such register here.")
            return register
        of_meter = [
            register
            for register in self.by_number.get(reading.meter, [])
            if reading.site in {None, register.meter.site_id}
        ]
        fitting = [register for register in of_meter if reading.obis in {"", register.obis}]
        if len(fitting) == 1:
            return fitting[0]
        if not of_meter:
            faults.add(index, "meter", "There is no such meter here.")
        elif not fitting:
            faults.add(index, "obis", f"The meter has no such register; it has {_listed(of_meter)}.")
        else:
            faults.add(index, "meter", f"Several registers fit; name one of {_listed(fitting)}.")
        return None


def _listed(registers: list[Register]) -> str:
    shown = [f"{r.pk} ({r.obis}, site {r.meter.site_id} {r.meter.site.name})" for r in registers[:5]]
    return ", ".join([*shown, "…"] if len(registers) > 5 else shown)
