# SPDX-License-Identifier: Apache-2.0
"""The demo's gateways, and two days over the wire on the accelerated clock."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from accounts.scope import organization_scope
from config.demo.clock import DemoClock
from config.demo.devices import BUSES, Device
from config.demo.house import LOCAL_PLACES, House
from gateway_bridge.models import Gateway
from gateway_bridge.services.add_endpoint import EndpointDraft, add_endpoint
from gateway_bridge.services.add_gateway import GatewayDraft, add_gateway
from gateway_bridge.services.bind_device import DeviceDraft, bind_device
from gateway_bridge.services.dispatch import dispatch_slot
from metering.models import Reading

# A quarter hour takes a fraction of a second; three bad ones in a row end the two days.
SLOT_SECONDS = 10.0
BAD_SLOTS = 3


@dataclass(frozen=True, slots=True)
class Polled:
    """What the two days brought."""

    slots: int
    readings: int
    missing: int


def connect(house: House, devices: list[Device], ports: Mapping[str, int]) -> None:
    """A gateway in the meter room and one in the boiler room; one endpoint per bus; every meter bound."""
    gateways: dict[str, Gateway] = {}
    for bus in BUSES:
        room = "heat" if bus.name == "heat" else "entry"
        draft = EndpointDraft(
            transport=bus.product_transport, host="127.0.0.1", port=ports[bus.name], settle_ms=1000
        )
        if room in gateways:
            endpoint = add_endpoint(gateway=gateways[room], draft=draft)
        else:
            gateways[room], endpoint = add_gateway(
                site=house.site, building=house.buildings[0], draft=_gateway(room), endpoint=draft
            )
        for device in devices:
            if device.bus == bus.name:
                bind_device(endpoint=endpoint, meter=house.meters[device.name], draft=_address(device))


def poll_days(
    *,
    organization_id: int,
    clock: DemoClock,
    slots: list[datetime],
    expected: int,
    tell: Callable[[str], None],
) -> Polled:
    """
    Step the clock from quarter hour to quarter hour and let the workers poll each.

    `expected` readings belong to each quarter hour; what does not arrive in time is counted as missing.
    """
    total = bad = 0
    for number, slot in enumerate(slots, 1):
        clock.stand_at(slot)
        with organization_scope(organization_id):
            dispatch_slot(slot)
        found = _wait(organization_id, slot, expected)
        total, bad = total + found, bad + 1 if found < expected else 0
        if bad == BAD_SLOTS:
            tell(f"gave up at quarter hour {number}: {found} of {expected} readings arrived")
            break
        if number % 48 == 0:
            tell(f"{number} of {len(slots)} quarter hours")
    return Polled(len(slots), total, len(slots) * expected - total)


def _wait(organization_id: int, slot: datetime, expected: int) -> int:
    limit = time.monotonic() + SLOT_SECONDS
    found = 0
    while found < expected and time.monotonic() < limit:
        time.sleep(0.01)
        with organization_scope(organization_id):
            found = Reading.objects.filter(at=slot, method__code="gateway").count()
    return found


def _gateway(room: str) -> GatewayDraft:
    name = "Gateway Heizzentrale" if room == "heat" else "Gateway Hausanschluss"
    return GatewayDraft(
        name=name,
        manufacturer="Moxa",
        model="MGate MB3480",
        serial=f"GW-{room.upper()}",
        place=LOCAL_PLACES[room],
    )


def _address(device: Device) -> DeviceDraft:
    if device.is_mbus:
        return DeviceDraft(
            profile=device.profile, primary=device.address, serial=device.serial, manufacturer="KAM"
        )
    return DeviceDraft(profile=device.profile, unit=device.address, serial=device.serial)
