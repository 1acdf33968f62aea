# SPDX-License-Identifier: Apache-2.0
"""Store what one cycle over one bus brought home: telegrams, readings and health together, or nothing."""

from collections.abc import Mapping
from datetime import datetime

from accounts.scope import organization_scope
from gateway_bridge.drivers.errors import UnableToDecode
from gateway_bridge.models import DeviceBinding, RawTelegram
from gateway_bridge.polling.shapes import DeviceOutcome, EndpointOutcome
from gateway_bridge.profiles import shipped
from gateway_bridge.services import health, lease
from gateway_bridge.services.record_samples import Taken, record_samples, reference_of


def store_cycle(
    outcome: EndpointOutcome, *, organization_id: int, owner: str, slot: datetime, now: datetime
) -> int:
    """
    Store the cycle in one transaction and give the endpoint back; answers how many readings were new.

    The transaction holds the endpoint's row and has checked the epoch, so nobody else stores for this bus
    meanwhile.  What an earlier delivery of the same slot has stored already is left out.

    :raises LeaseLost: if another owner has come since; then nothing is stored.
    """
    endpoint_id, epoch = outcome.plan.endpoint_id, outcome.plan.epoch
    with organization_scope(organization_id):
        lease.hold(endpoint_id, epoch, owner=owner)
        bindings = DeviceBinding.objects.filter(
            pk__in=[each.binding_id for each in outcome.outcomes], removed_at=None
        ).in_bulk()
        outcomes = {each.binding_id: each for each in outcome.outcomes if each.binding_id in bindings}
        taken = _keep_telegrams(outcomes, bindings, slot, now)
        written = record_samples(taken, key=f"poll:{endpoint_id}:{slot.isoformat()}:{epoch}", now=now)
        health.note_devices(outcomes, slot=slot, now=now)
        health.note_endpoint(outcome, slot=slot, now=now)
        lease.release({endpoint_id: epoch}, owner=owner)
    return written


def _keep_telegrams(
    outcomes: Mapping[int, DeviceOutcome],
    bindings: Mapping[int, DeviceBinding],
    slot: datetime,
    now: datetime,
) -> list[Taken]:
    """Write the telegrams of this slot; answer the samples of those that were not there yet."""
    known = set(
        RawTelegram.objects.filter(slot=slot, binding__in=list(outcomes))
        .exclude(decoded_at=None)
        .values_list("binding_id", flat=True)
    )
    telegrams = {
        binding_id: telegram
        for binding_id, outcome in outcomes.items()
        if binding_id not in known
        and (telegram := _telegram(outcome, bindings[binding_id], slot, now)) is not None
    }
    RawTelegram.objects.bulk_create(telegrams.values())
    return [
        Taken(bindings[binding_id].meter_id, visit.samples, reference_of(telegram))
        for binding_id, telegram in telegrams.items()
        if (visit := outcomes[binding_id].visit) is not None
    ]


def _telegram(
    outcome: DeviceOutcome, binding: DeviceBinding, slot: datetime, now: datetime
) -> RawTelegram | None:
    """The row for a visit, or for bytes that could not be decoded; None where nothing was received."""
    profile = shipped().get(binding.profile)
    row = RawTelegram(
        organization_id=binding.organization_id,
        binding=binding,
        slot=slot,
        profile=binding.profile,
        profile_version=profile.version if profile else binding.profile_version,
    )
    if outcome.visit is not None:
        row.taken_at, row.octets = outcome.visit.read_at, outcome.visit.telegram
        row.identity, row.decoded_at = outcome.visit.identity or "", now
        return row
    if isinstance(outcome.error, UnableToDecode) and outcome.error.telegram:
        assert outcome.error.read_at is not None
        row.taken_at, row.octets, row.error = (
            outcome.error.read_at,
            outcome.error.telegram,
            str(outcome.error)[:300],
        )
        return row
    return None
