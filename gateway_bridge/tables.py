# SPDX-License-Identifier: Apache-2.0
"""Rows of the lists of gateways and devices, ready to be drawn."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby

from django.db.models import Count, Max, Min, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.web import formats
from gateway_bridge.drivers.samples import Quality, RawSample
from gateway_bridge.models import DeviceBinding, Endpoint, Gateway, RawTelegram
from gateway_bridge.polling.slots import SLOT, slot_of
from gateway_bridge.profiles import shipped
from gateway_bridge.words import Text, Words, error_words, quantity_words

# A device without a value for longer than this is behind: two readings missed, and some minutes.
FRESH = {
    "quarter": timedelta(minutes=35),
    "hour": timedelta(minutes=125),
    "day": timedelta(hours=49),
}
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class State:
    """A state as people see it: tone (colour and icon of the house style), icon and word."""

    tone: str
    icon: str
    word: Text


PAUSED = State("neutral", "player-pause", _("Paused"))
NEW = State("info", "clock", _("Not read yet"))
GOOD = State("success", "circle-check", _("All devices answer"))
PARTLY = State("warning", "alert-triangle", _("Some devices are missing"))
LOST = State("danger", "plug-connected-x", _("No contact"))
EMPTY = State("neutral", "circle-dashed", _("No devices yet"))


@dataclass(frozen=True, slots=True)
class GatewayRow:
    """A gateway in a list."""

    gateway: Gateway
    state: State
    connections: int
    devices: int
    devices_ok: int
    last_contact_at: datetime | None


def gateway_rows(gateways: QuerySet[Gateway], *, now: datetime) -> list[GatewayRow]:
    """Rows of a list of gateways, worst first, in one query."""
    in_use = Q(endpoints__bindings__removed_at=None, endpoints__bindings__is_enabled=True)
    recent = Q()
    for polling_class, longest in FRESH.items():
        since = now - longest
        recent |= Q(polling_class=polling_class, endpoints__bindings__health__last_value_at__gte=since)
    fresh = in_use & recent
    counted = gateways.annotate(
        connections=Count("endpoints", distinct=True),
        devices=Count("endpoints__bindings", filter=in_use, distinct=True),
        devices_ok=Count("endpoints__bindings", filter=fresh, distinct=True),
        contact_at=Max("endpoints__health__last_contact_at"),
    )
    rows = [
        GatewayRow(
            gateway,
            state_of(gateway, gateway.devices, gateway.devices_ok, gateway.contact_at),
            gateway.connections,
            gateway.devices,
            gateway.devices_ok,
            gateway.contact_at,
        )
        for gateway in counted
    ]
    order = [LOST, PARTLY, NEW, EMPTY, PAUSED, GOOD]
    return sorted(rows, key=lambda row: (order.index(row.state), str(row.gateway)))


def state_of(gateway: Gateway, devices: int, devices_ok: int, contact_at: datetime | None) -> State:
    if gateway.is_paused:
        return PAUSED
    if not devices:
        return EMPTY
    if contact_at is None:
        return NEW
    if devices_ok == devices:
        return GOOD
    return PARTLY if devices_ok else LOST


def state_of_gateway(gateway: Gateway, endpoints: "list[EndpointRow]") -> State:
    """The state of a gateway whose devices are loaded already."""
    devices = [row for endpoint in endpoints for row in endpoint.devices if row.binding.is_enabled]
    contacts = [row.endpoint.health.last_contact_at for row in endpoints]
    contact_at = max((contact for contact in contacts if contact), default=None)
    return state_of(gateway, len(devices), sum(row.state == ANSWERS for row in devices), contact_at)


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """A device of a connection; `error` is None while it answers."""

    binding: DeviceBinding
    profile_name: str
    state: State
    error: Words | None
    success_percent: int | None
    value: str
    unit: str


@dataclass(frozen=True, slots=True)
class EndpointRow:
    endpoint: Endpoint
    error: Words | None
    devices: tuple[DeviceRow, ...]

    @property
    def cycle_seconds(self) -> str:
        """How long the last cycle took."""
        return formats.number(Decimal(self.endpoint.health.cycle_ms or 0) / 1000, 1)


ANSWERS = State("success", "circle-check", _("Answers"))
LATE = State("warning", "clock", _("Late"))
FAILS = State("danger", "alert-circle", _("Fails"))
OFF = State("neutral", "player-pause", _("Not read"))
WAITS = State("info", "clock", _("Not read yet"))


def endpoint_rows(gateway: Gateway, *, now: datetime) -> list[EndpointRow]:
    """Every connection of a gateway with its devices."""
    endpoints = gateway.endpoints.select_related("health").order_by("pk")
    bindings = (
        DeviceBinding.objects.filter(endpoint__gateway=gateway, removed_at=None)
        .select_related("meter__kind", "health", "endpoint__gateway")
        .order_by("endpoint_id", "unit", "primary", "serial")
    )
    read = _read_in_a_day(gateway, now)
    by_endpoint = {
        key: tuple(_device_row(binding, read.get(binding.pk, 0), now) for binding in group)
        for key, group in groupby(bindings, key=lambda binding: binding.endpoint_id)
    }
    return [
        EndpointRow(
            endpoint,
            error_words(endpoint.health.error_kind) if endpoint.health.error_kind else None,
            by_endpoint.get(endpoint.pk, ()),
        )
        for endpoint in endpoints
    ]


def _read_in_a_day(gateway: Gateway, now: datetime) -> dict[int, int]:
    """Percentage of the quarter hours since the first one of the last day that gave values, by device."""
    rows = (
        RawTelegram.objects.filter(binding__endpoint__gateway=gateway, slot__gt=now - DAY)
        .exclude(decoded_at=None)
        .values("binding_id")
        .annotate(count=Count("id"), first=Min("slot"))
        .order_by()
    )
    return {
        row["binding_id"]: min(100, round(100 * row["count"] / ((slot_of(now) - row["first"]) // SLOT + 1)))
        for row in rows
    }


def _device_row(binding: DeviceBinding, percent: int, now: datetime) -> DeviceRow:
    health = binding.health
    profile = shipped().get(binding.profile)
    value, unit = shown(health.last_value, health.last_unit)
    return DeviceRow(
        binding=binding,
        profile_name=f"{profile.manufacturer} {profile.models[0]}" if profile else binding.profile,
        state=_device_state(binding, now),
        error=error_words(health.error_kind) if health.error_kind else None,
        success_percent=_success(binding, percent),
        value=value,
        unit=unit,
    )


def _device_state(binding: DeviceBinding, now: datetime) -> State:
    health = binding.health
    if not binding.is_enabled:
        return OFF
    if health.error_kind:
        return FAILS
    if health.last_value_at is None:
        return WAITS
    longest = FRESH[binding.endpoint.gateway.polling_class]
    return ANSWERS if now - health.last_value_at <= longest else LATE


def _success(binding: DeviceBinding, percent: int) -> int | None:
    """None where it says nothing: before the first visit, and for gateways read less often."""
    if binding.endpoint.gateway.polling_class != "quarter" or binding.health.last_slot is None:
        return None
    return percent


@dataclass(frozen=True, slots=True)
class ValueRow:
    """One live register."""

    name: str
    obis: str
    value: str
    unit: str
    is_counter: bool
    note: Text


NOTES: dict[Quality, Text] = {
    Quality.GOOD: "",
    Quality.MISSING: _("The device says that it has no value."),
    Quality.NOT_OFFERED: _("This device does not have it."),
    Quality.ERROR_STATE: _("Taken while the meter was in error."),
}


def value_rows(samples: tuple[RawSample, ...], profile_name: str) -> list[ValueRow]:
    """Live values: counters first, then the rest in the profile's order."""
    counters = {quantity.name for quantity in shipped()[profile_name].billing}
    rows = []
    for sample in samples:
        value, unit = shown(sample.value, sample.unit)
        name = quantity_words(sample.quantity)
        is_counter = sample.quantity in counters
        rows.append(ValueRow(name, sample.obis or "", value, unit, is_counter, NOTES[sample.quality]))
    return sorted(rows, key=lambda row: not row.is_counter)


def shown(value: int | Decimal | None, unit: str) -> tuple[str, str]:
    """
    A value in its base unit as people read it: kWh and m³ with three decimals, the rest as it is.

    >>> shown(12345670, "Wh")
    ("12'345.670", 'kWh')
    """
    if value is None:
        return formats.NOTHING, ""
    number = Decimal(value)
    if unit in ("Wh", "varh"):
        return formats.number(number / 1000, 3), {"Wh": "kWh", "varh": "kvarh"}[unit]
    if unit == "ml":
        return formats.number(number / 1_000_000, 3), "m³"
    exponent = number.as_tuple().exponent
    places = min(max(-exponent, 0), 3) if isinstance(exponent, int) else 0
    return formats.number(number, places), {"m^3/h": "m³/h", "1": ""}.get(unit, unit)
