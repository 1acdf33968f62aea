# SPDX-License-Identifier: Apache-2.0
"""Write down how a cycle went, and when to come again."""

from collections.abc import Mapping
from datetime import datetime

from django.db.models import Min

from gateway_bridge.drivers.errors import BusSilent, DeadlinePassed, DeviceSilent, EndpointDown, WireError
from gateway_bridge.drivers.samples import Quality, RawSample
from gateway_bridge.models import DeviceHealth, EndpointHealth
from gateway_bridge.polling import backoff
from gateway_bridge.polling.shapes import DeviceOutcome, EndpointOutcome, UnknownProfile

# Not the device's doing: nobody asked it.
_NOT_ASKED = (EndpointDown, DeadlinePassed)
_NO_CONTACT = (EndpointDown, DeviceSilent, BusSilent, DeadlinePassed)
_DEVICE_FIELDS = [
    "last_slot", "last_ok_at", "last_value_at", "last_value", "last_unit", "last_obis", "latency_ms",
    "error_kind", "consecutive_errors", "next_try_at",
]  # fmt: skip


def note_devices(outcomes: Mapping[int, DeviceOutcome], *, slot: datetime, now: datetime) -> None:
    """Update the health of every device of a cycle."""
    rows = list(DeviceHealth.objects.select_for_update().filter(binding__in=list(outcomes)))
    for row in rows:
        _note_device(row, outcomes[row.binding_id], slot, now)
    DeviceHealth.objects.bulk_update(rows, _DEVICE_FIELDS)


def _note_device(row: DeviceHealth, outcome: DeviceOutcome, slot: datetime, now: datetime) -> None:
    if outcome.error is not None:
        row.error_kind = outcome.error.kind
        if isinstance(outcome.error, _NOT_ASKED):
            return
        row.last_slot = slot
        row.consecutive_errors += 1
        row.next_try_at = backoff.next_try(now, errors=row.consecutive_errors, key=row.binding_id)
        return
    assert outcome.visit is not None
    row.last_slot, row.last_ok_at = slot, outcome.visit.read_at
    row.latency_ms = round(outcome.visit.seconds * 1000)
    row.error_kind, row.consecutive_errors, row.next_try_at = "", 0, None
    sample = _main_sample(outcome.visit.samples)
    if sample is not None and isinstance(sample.value, int):
        row.last_value_at = sample.read_at
        row.last_value, row.last_unit, row.last_obis = sample.value, sample.unit, sample.obis or ""


def _main_sample(samples: tuple[RawSample, ...]) -> RawSample | None:
    """The counter that a list shows: the first with a whole value."""
    good = (s for s in samples if s.quality is Quality.GOOD and isinstance(s.value, int))
    return next(good, None)


def note_endpoint(outcome: EndpointOutcome, *, slot: datetime, now: datetime) -> None:
    """
    Update the endpoint's health after its devices'.

    `last_slot` says that this slot's cycle is stored; `next_try_at` when somebody is to come again.
    """
    endpoint_id = outcome.plan.endpoint_id
    row = EndpointHealth.objects.select_for_update().get(endpoint_id=endpoint_id)
    row.last_slot = slot if row.last_slot is None else max(row.last_slot, slot)
    waits = [_first_device(endpoint_id)]
    errors = [each.error for each in outcome.outcomes if not isinstance(each.error, UnknownProfile)]
    if errors:
        row.cycle_ms = round(outcome.seconds * 1000)
        row.devices_asked, row.devices_read = len(errors), sum(error is None for error in errors)
        row.error_kind = _kind(errors)
        if all(isinstance(error, _NO_CONTACT) for error in errors):
            row.consecutive_failures += 1
            waits = [backoff.next_try(now, errors=row.consecutive_failures, key=-endpoint_id)]
        else:
            row.consecutive_failures, row.last_contact_at = 0, now
            if any(isinstance(error, _NOT_ASKED) for error in errors):
                waits.append(backoff.next_try(now, errors=1, key=-endpoint_id))
    row.next_try_at = min((wait for wait in waits if wait is not None), default=None)
    row.save()


def _first_device(endpoint_id: int) -> datetime | None:
    """When the first device that backs off wants to be asked again."""
    waiting = DeviceHealth.objects.filter(
        binding__endpoint=endpoint_id, binding__removed_at=None, binding__is_enabled=True
    )
    first: datetime | None = waiting.aggregate(first=Min("next_try_at"))["first"]
    return first


def _kind(errors: list[WireError | None]) -> str:
    """What is wrong with the connection as a whole; what is wrong with one device stands at the device."""
    for kind in (EndpointDown, BusSilent, DeadlinePassed):
        for error in errors:
            if isinstance(error, kind):
                return error.kind
    if len(errors) == 1 and isinstance(errors[0], DeviceSilent):
        return BusSilent.kind
    return ""
