# SPDX-License-Identifier: Apache-2.0
"""Gateways, connections, meters and devices for tests, made through the product's own services."""

from collections.abc import Sequence
from typing import Any

from gateway_bridge.models import DeviceBinding, Endpoint, Gateway
from gateway_bridge.services.add_endpoint import EndpointDraft, add_endpoint
from gateway_bridge.services.add_gateway import GatewayDraft, add_gateway
from gateway_bridge.services.bind_device import DeviceDraft, bind_device
from metering.models import Meter, MeterKind, Register
from metering.services.catalogues import ensure_catalogues
from sites.models import Equipment
from tests.cast import Side

ELECTRICITY = ("1-0:1.8.0", "1-0:2.8.0")
HEAT = ("6-0:1.0.0",)
SDM_UNIT = {"profile": "eastron-sdm630", "unit": 1, "serial": "22010001"}


def a_meter(side: Side, number: str, *, medium: str = "electricity", obis: Sequence[str] = ()) -> Meter:
    """A meter of the side's site with one register for each OBIS code."""
    ensure_catalogues()
    equipment = Equipment.objects.create(
        definition=side.definitions["meter"], site=side.site, name=f"Meter {number}", serial=number
    )
    kind = MeterKind.objects.filter(medium=medium).order_by("number").first()
    assert kind is not None
    meter = Meter.objects.create(equipment=equipment, site=side.site, number=number, kind=kind)
    for code in obis or (HEAT if medium == "heat" else ELECTRICITY):
        direction = "export" if code == "1-0:2.8.0" else "import"
        Register.objects.create(meter=meter, obis=code, direction=direction)
    return meter


def a_gateway(
    side: Side, port: int, transport: str = "modbus_tcp", *, name: str = "Cabinet", **more: Any
) -> Endpoint:
    """A gateway with one connection to a port of this machine."""
    _, endpoint = add_gateway(
        site=side.site, draft=GatewayDraft(name=name), endpoint=_draft(port, transport, more)
    )
    return endpoint


def another_endpoint(gateway: Gateway, port: int, transport: str, **more: Any) -> Endpoint:
    return add_endpoint(gateway=gateway, draft=_draft(port, transport, more))


def _draft(port: int, transport: str, more: dict[str, Any]) -> EndpointDraft:
    timing = {"answer_ms": 300, "settle_ms": 500} | more
    host = timing.pop("host", "127.0.0.1")
    return EndpointDraft(transport=transport, host=host, port=port, **timing)


def bind(endpoint: Endpoint, meter: Meter, device: dict[str, Any], **more: Any) -> DeviceBinding:
    """Bind a meter to a device as the simulator's world file describes it."""
    draft = DeviceDraft(
        profile=device["profile"],
        unit=device.get("unit"),
        primary=device.get("primary"),
        serial=more.pop("serial", device["serial"]),
        manufacturer="" if device.get("unit") else device.get("manufacturer", ""),
        **more,
    )
    return bind_device(endpoint=endpoint, meter=meter, draft=draft)
