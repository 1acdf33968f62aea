# SPDX-License-Identifier: Apache-2.0
"""The demo's houses: sites, billing points, occupancies, meters, tree and tariffs."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from config.demo.devices import Count, Device
from config.demo.people import Firm
from metering.models import Meter, MeterAssignment, MeterKind, MeterLink, Register
from metering.services.catalogues import ensure_catalogues
from sites.models import BillingPoint, Building, Equipment, EquipmentDefinition, Occupancy, Site, SiteActor
from sites.models.sites import SiteState
from sites.services.occupancies import open_billing_point, record_move

LOCAL_PLACES = {
    "entry": "Hausanschlussraum UG",
    "west": "Steigzone West",
    "east": "Steigzone Ost",
    "annex": "Anbau",
    "heat": "Heizzentrale",
}


@dataclass(slots=True)
class House:
    """A site with everything in it, by the names of its devices."""

    site: Site
    buildings: list[Building] = field(default_factory=list)
    points: dict[str, BillingPoint] = field(default_factory=dict)
    meters: dict[str, Meter] = field(default_factory=dict)
    registers: dict[str, int] = field(default_factory=dict)  # series → register id
    definitions: dict[str, EquipmentDefinition] = field(default_factory=dict)
    solution: Any = None


def build_site(
    firm: Firm,
    *,
    reference: str,
    name: str,
    street: str,
    number: str,
    postcode: str,
    town: str,
    operator: str,
) -> House:
    """The empty site with its owner and installer."""
    ensure_catalogues()
    site = Site.objects.create(
        reference=reference, name=name, street=street, house_number=number, postcode=postcode, town=town,
        grid_operator=operator, state=SiteState.OPERATION,
    )  # fmt: skip
    house = House(site)
    SiteActor.objects.create(site=site, account=firm.owner, role="owner")
    SiteActor.objects.create(site=site, account=firm.installer, role="contractor")
    for kind, label in (("meter", "Zähler"), ("gateway", "Gateway"), ("inverter", "Wechselrichter")):
        house.definitions[kind], _created = EquipmentDefinition.objects.get_or_create(name=label, kind=kind)
    return house


def build_points(house: House, firm: Firm, *, flats: int, since: date) -> None:
    """Two buildings (or one), their flats with residents, and the common area on the owner."""
    names = ["Haus A", "Haus B"] if flats > 8 else ["Haupthaus"]
    house.buildings = [
        Building.objects.create(site=house.site, name=name, position=position)
        for position, name in enumerate(names)
    ]
    per_building = -(-flats // len(names))
    for number in range(1, flats + 1):
        building = house.buildings[(number - 1) // per_building]
        floor = ((number - 1) % per_building) // 4
        side = "links" if number % 2 else "rechts"
        house.points[f"apt{number:02}"] = open_billing_point(
            building=building, name=f"Wohnung {number:02}", exists_from=since, account=firm.residents[number - 1],
            use="flat", area_m2=58 + 7 * (number % 6), position=number,
        )  # fmt: skip
        house.points[f"apt{number:02}"].place = f"{floor}. OG {side}"  # type: ignore[attr-defined]
    house.points["common"] = open_billing_point(
        building=house.buildings[0],
        name="Allgemein",
        exists_from=since,
        account=firm.owner,
        use="common",
        position=99,
    )


def moves(house: House, firm: Firm, *, leaving_on: date) -> None:
    """One flat changes hands in the middle of the billed quarter; the owner pays a vacancy in another."""
    record_move(billing_point=house.points["apt05"], leaving_on=leaving_on, new_account=firm.residents[19])
    record_move(
        billing_point=house.points["apt11"],
        leaving_on=leaving_on + timedelta(days=9),
        new_account=firm.owner,
        is_vacancy=True,
    )


def add_device(house: House, device: Device, *, installed_on: date, position: int) -> Meter:
    """A meter as equipment with its registers, assigned to its billing point."""
    kinds = {kind.medium: kind for kind in MeterKind.objects.filter(dual_tariff=False)}
    with transaction.atomic():
        equipment = Equipment.objects.create(
            definition=house.definitions["meter"], site=house.site, building=house.buildings[0], name=device.name,
            place=LOCAL_PLACES[device.bus], manufacturer=device.manufacturer, model=device.model, serial=device.serial,
            installed_on=installed_on, calibration_expires_on=installed_on.replace(year=installed_on.year + 10),
        )  # fmt: skip
        meter = Meter.objects.create(
            equipment=equipment, site=house.site, number=device.serial, kind=kinds[device.medium], mode=device.mode,
            opened_at=datetime(installed_on.year, installed_on.month, installed_on.day, tzinfo=UTC),
        )  # fmt: skip
        for count in device.counts:
            house.registers[count.series] = _register(meter, count).pk
        if device.point in house.points:
            MeterAssignment.objects.create(
                meter=meter, billing_point=house.points[device.point], period=DateRange(installed_on, None)
            )
    house.meters[device.name] = meter
    return meter


def hang_tree(house: House, *, since: date) -> None:
    """Every consumer hangs behind the entry meter, and so does the roof, or the tree would not add up."""
    parent = next(meter for meter in house.meters.values() if meter.mode == "introduction")
    for meter in house.meters.values():
        if meter.mode in {"consumption", "production"} and meter.kind.medium == "electricity":
            MeterLink.objects.create(parent=parent, child=meter, period=DateRange(since, None))


def occupants(house: House) -> int:
    return Occupancy.objects.filter(billing_point__building__site=house.site).count()


def _register(meter: Meter, count: Count) -> Register:
    return Register.objects.create(meter=meter, obis=count.obis, direction=count.direction, digits=12)
