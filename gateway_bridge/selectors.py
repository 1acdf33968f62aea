# SPDX-License-Identifier: Apache-2.0
"""Questions about the wire: what a person may see, and what a worker has to visit."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_network
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q, QuerySet

from accounts.rights import Actor, Right
from gateway_bridge.addresses import Reach
from gateway_bridge.drivers.link import Timing
from gateway_bridge.drivers.samples import Device
from gateway_bridge.models import DeviceBinding, Endpoint, Gateway, GatewayNetwork, RawTelegram
from gateway_bridge.polling import backoff
from gateway_bridge.polling.shapes import DeviceOutcome, DevicePlan, EndpointPlan, UnknownProfile
from gateway_bridge.polling.slots import is_due
from gateway_bridge.profiles import shipped
from sites.selectors import sites_for


def gateways_for(actor: Actor, right: Right = Right.GATEWAY_VIEW) -> QuerySet[Gateway]:
    """Gateways on the sites on which the actor holds `right`."""
    return Gateway.objects.filter(site__in=sites_for(actor, right)).select_related("equipment", "site")


def endpoints_for(actor: Actor, right: Right = Right.GATEWAY_VIEW) -> QuerySet[Endpoint]:
    gateways = gateways_for(actor, right).values("pk")
    return Endpoint.objects.filter(gateway__in=gateways).select_related(
        "gateway__site", "gateway__equipment", "health"
    )


def bindings_for(actor: Actor, right: Right = Right.GATEWAY_VIEW) -> QuerySet[DeviceBinding]:
    """Devices behind the actor's gateways, those that were removed included."""
    return DeviceBinding.objects.filter(endpoint__in=endpoints_for(actor, right).values("pk")).select_related(
        "endpoint__gateway__site", "endpoint__health", "meter__kind", "health"
    )


def reach_of_organization() -> Reach:
    """What the organization in force may connect to."""
    networks = GatewayNetwork.objects.values_list("cidr", flat=True)
    return Reach(tuple(ip_network(cidr) for cidr in networks), loopback=settings.GATEWAY_LOOPBACK_ALLOWED)


# ---------------------------------------------------------------- what there is to poll


def due_endpoint_ids(slot: datetime) -> list[int]:
    """Endpoints with devices in use whose gateway is read at `slot`."""
    rows = _polled().values_list("pk", "gateway__polling_class", "gateway__site__time_zone")
    return [pk for pk, polling_class, zone in rows if is_due(polling_class, slot, ZoneInfo(zone))]


def behind_endpoint_ids(slot: datetime, now: datetime) -> list[int]:
    """
    Due endpoints whose cycle of `slot` was never stored, or that are to be visited again by now.

    This is the repair of everything that can get lost: messages, workers, connections.
    """
    due = set(due_endpoint_ids(slot))
    missing = Q(health=None) | Q(health__last_slot=None) | Q(health__last_slot__lt=slot)
    again = Q(health__next_try_at__lte=now)
    return [pk for pk in _polled().filter(missing | again).values_list("pk", flat=True) if pk in due]


def _polled() -> QuerySet[Endpoint]:
    in_use = DeviceBinding.objects.filter(removed_at=None, is_enabled=True).values("endpoint_id")
    return Endpoint.objects.filter(gateway__is_paused=False, pk__in=in_use).order_by("pk")


def load_plans(epochs: Mapping[int, int], *, slot: datetime, now: datetime) -> list[EndpointPlan]:
    """
    What to visit at `slot` on the leased endpoints: devices that were not read yet and whose turn it is.

    Every leased endpoint gets a plan, an empty one where nothing is left to do.
    """
    endpoints = Endpoint.objects.filter(pk__in=list(epochs)).select_related("gateway", "health")
    in_use = DeviceBinding.objects.filter(
        endpoint__in=list(epochs), removed_at=None, is_enabled=True, endpoint__gateway__is_paused=False
    ).select_related("health")
    read = set(
        RawTelegram.objects.filter(slot=slot, binding__in=in_use)
        .exclude(decoded_at=None)
        .values_list("binding_id", flat=True)
    )
    waiting: dict[int, list[DeviceBinding]] = {pk: [] for pk in epochs}
    for binding in in_use:
        if binding.pk not in read and _its_turn(binding, slot, now):
            waiting[binding.endpoint_id].append(binding)
    reach = reach_of_organization()
    return [endpoint_plan(each, epochs[each.pk], waiting[each.pk], reach) for each in endpoints]


def _its_turn(binding: DeviceBinding, slot: datetime, now: datetime) -> bool:
    """At every slot once, and again when the device's waiting time is over."""
    health = binding.health
    return health.last_slot != slot or (health.next_try_at is not None and health.next_try_at <= now)


def endpoint_plan(
    endpoint: Endpoint, epoch: int, bindings: list[DeviceBinding], reach: Reach
) -> EndpointPlan:
    """The frozen shape of an endpoint and of these devices on it."""
    readable, unreadable = [], []
    for binding in sorted(bindings, key=_last_answer, reverse=True):
        plan = device_plan(binding)
        if plan is None:
            unreadable.append(DeviceOutcome(binding.pk, None, UnknownProfile(binding.profile)))
        else:
            readable.append(plan)
    pause_ms = max([endpoint.pause_ms, *(plan.profile.pause_ms for plan in readable)])
    return EndpointPlan(
        endpoint_id=endpoint.pk,
        epoch=epoch,
        transport=endpoint.transport,
        host=endpoint.host,
        port=endpoint.port,
        timing=Timing(
            answer=endpoint.answer_ms / 1000, settle=endpoint.settle_ms / 1000, pause=pause_ms / 1000
        ),
        reach=reach,
        devices=tuple(readable),
        breaker_open=backoff.breaker_open(endpoint.health.consecutive_failures, endpoint.health.error_kind),
        unreadable=tuple(unreadable),
    )


def _last_answer(binding: DeviceBinding) -> float:
    return binding.health.last_ok_at.timestamp() if binding.health.last_ok_at else 0.0


def device_plan(binding: DeviceBinding) -> DevicePlan | None:
    """The frozen shape of a device; None if its profile does not exist."""
    profile = shipped().get(binding.profile)
    if profile is None:
        return None
    device = Device(
        name=str(binding.pk),
        serial=binding.serial or None,
        unit=binding.unit,
        primary=binding.primary,
        manufacturer=binding.manufacturer or None,
    )
    suspect = backoff.is_suspect(binding.health.consecutive_errors)
    return DevicePlan(binding.pk, device, profile, suspect=suspect)


@dataclass(frozen=True, slots=True)
class SlotProgress:
    """How far the polling of a slot is, in one organization."""

    endpoints: int
    endpoints_done: int
    devices: int
    devices_read: int

    @property
    def is_done(self) -> bool:
        return self.endpoints_done == self.endpoints


def slot_progress(slot: datetime) -> SlotProgress:
    """How many of the endpoints due at `slot` have stored their cycle, and how many devices gave a value."""
    due = due_endpoint_ids(slot)
    devices = DeviceBinding.objects.filter(endpoint__in=due, removed_at=None, is_enabled=True)
    return SlotProgress(
        endpoints=len(due),
        endpoints_done=Endpoint.objects.filter(pk__in=due, health__last_slot__gte=slot).count(),
        devices=devices.count(),
        devices_read=RawTelegram.objects.filter(slot=slot, binding__in=devices.values("pk"))
        .exclude(decoded_at=None)
        .count(),
    )
