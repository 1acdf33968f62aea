# SPDX-License-Identifier: Apache-2.0
"""Ask a device now, because a person wants to see it; nothing is stored."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache

from accounts.scope import current_organization_id
from gateway_bridge.connect import connector
from gateway_bridge.drivers.errors import DeadlinePassed, WireError
from gateway_bridge.drivers.link import Deadline, Link, Timing
from gateway_bridge.drivers.samples import Device, RawSample
from gateway_bridge.models import DeviceBinding, Endpoint, Transport
from gateway_bridge.polling.engine import Bus
from gateway_bridge.polling.shapes import DevicePlan, EndpointPlan
from gateway_bridge.selectors import device_plan, endpoint_plan, reach_of_organization
from gateway_bridge.services import lease
from gateway_bridge.services.add_endpoint import EndpointDraft
from gateway_bridge.services.bind_device import DeviceDraft, checked_profile

# A person waits for it; the settle time after a failure comes on top.
SECONDS = 5.0
# Trials of one organization in a minute: a form is no port scanner.
TRIALS_PER_MINUTE = 40

Now = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Trial:
    """
    What came of asking.  `error_kind` is empty if it worked, else a key of `words.ERRORS`.

    `identity` is what the device says it is; `samples` all its quantities, in the profile's order.
    """

    error_kind: str = ""
    identity: str = ""
    samples: tuple[RawSample, ...] = ()
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        return not self.error_kind


def test_connection(*, endpoint: EndpointDraft, device: DeviceDraft | None = None, now: Now) -> Trial:
    """
    Whether somebody answers at the address, and, if `device` is given, what that device says.

    :raises UnableToBind: if the device's address or profile makes no sense on this transport.
    """
    profile = checked_profile(device, endpoint.transport) if device is not None else None
    if not _may_try():
        return Trial("too_many_trials")
    plan = _draft_plan(endpoint)
    saved = Endpoint.objects.filter(host=endpoint.host, port=endpoint.port).first()
    wanted = None
    if device is not None and profile is not None:
        wanted = DevicePlan(0, _device(device), profile)
    return _with_lease(saved, lambda: asyncio.run(_try(plan, wanted, now)))


def read_live(binding: DeviceBinding, *, now: Now) -> Trial:
    """Every register of a device, now; at most five seconds and the settle time."""
    endpoint = binding.endpoint
    device = device_plan(binding)
    if device is None:
        return Trial("unknown_profile")
    plan = endpoint_plan(endpoint, 0, [], reach_of_organization())
    return _with_lease(endpoint, lambda: asyncio.run(_try(plan, device, now)))


def _with_lease(endpoint: Endpoint | None, ask: Callable[[], Trial]) -> Trial:
    """
    Ask while nobody else speaks on the bus.

    Inside a request the row stays locked until the request is done, which keeps workers away as well.
    """
    if endpoint is None:
        return ask()
    owner = lease.new_owner()
    epochs = lease.acquire([endpoint.pk], owner=owner)
    if not epochs:
        return Trial("bus_busy")
    try:
        return ask()
    finally:
        lease.release(epochs, owner=owner)


async def _try(plan: EndpointPlan, device: DevicePlan | None, now: Now) -> Trial:
    if device is None:
        return await _knock(plan)
    bus = Bus(plan, now=now)
    try:
        visit = await bus.read(device, device.profile.quantities, Deadline(SECONDS))
    except WireError as refusal:
        return Trial(refusal.kind)
    finally:
        await bus.link.close()
    return Trial(identity=visit.identity or "", samples=visit.samples, seconds=visit.seconds)


async def _knock(plan: EndpointPlan) -> Trial:
    link = Link(connector(host=plan.host, port=plan.port, reach=plan.reach), timing=plan.timing)
    try:
        await link.open(deadline=Deadline(SECONDS))
    except DeadlinePassed:
        return Trial("endpoint_down")
    except WireError as refusal:
        return Trial(refusal.kind)
    finally:
        await link.close()
    return Trial()


def _draft_plan(draft: EndpointDraft) -> EndpointPlan:
    return EndpointPlan(
        endpoint_id=0,
        epoch=0,
        transport=Transport(draft.transport),
        host=draft.host,
        port=draft.port,
        timing=Timing(
            answer=draft.answer_ms / 1000, settle=draft.settle_ms / 1000, pause=draft.pause_ms / 1000
        ),
        reach=reach_of_organization(),
        devices=(),
    )


def _device(draft: DeviceDraft) -> Device:
    return Device(
        name="trial",
        serial=draft.serial.strip() or None,
        unit=draft.unit,
        primary=draft.primary,
        manufacturer=draft.manufacturer.strip().upper() or None,
    )


def _may_try() -> bool:
    key = f"gateway-trials:{current_organization_id()}"
    cache.add(key, 0, timeout=60)
    try:
        return cache.incr(key) <= TRIALS_PER_MINUTE
    except ValueError:
        return True  # the minute has just ended
