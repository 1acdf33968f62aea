# SPDX-License-Identifier: Apache-2.0
"""The wire's tasks and schedules: thin, idempotent, nothing decided here."""

from datetime import datetime, timedelta

from celery import shared_task
from django.db import transaction

from accounts import clock
from accounts.scope import current_organization_id, organization_scope
from gateway_bridge.polling.slots import SLOT, slot_of
from gateway_bridge.services import poll_shard as polling
from gateway_bridge.services.dispatch import dispatch_behind, dispatch_slot, send
from gateway_bridge.services.redecode import drain_undecoded
from gateway_bridge.services.retention import forget_old_telegrams
from jobs.schedule import every, scheduled


@shared_task(name="gateway_bridge.tasks.poll_shard", ignore_result=True)
def poll_shard(organization_id: int, endpoint_ids: list[int], slot_iso: str, **kwargs: object) -> None:
    polling.poll_shard(
        organization_id=organization_id,
        endpoint_ids=endpoint_ids,
        slot=datetime.fromisoformat(slot_iso),
        now=clock.now,
    )


@scheduled("gateway.poll", every(SLOT))
def poll(due: datetime) -> None:
    dispatch_slot(due)


@scheduled("gateway.retry", every(timedelta(minutes=1)))
def retry(due: datetime) -> None:
    """What was lost or failed; not in the slot's own minute, in which everything is on its way."""
    slot = slot_of(due)
    if due != slot:
        dispatch_behind(slot, due)


@shared_task(name="gateway_bridge.tasks.keep_house", ignore_result=True)
def keep_house(organization_id: int, **kwargs: object) -> None:
    """Decode what can be decoded by now, forget what is old enough."""
    with organization_scope(organization_id):
        drain_undecoded(now=clock.now())
        forget_old_telegrams()


@scheduled("gateway.keep-house", every(timedelta(hours=1)))
def keep_house_hourly(due: datetime) -> None:
    """Not in the tick itself: it may take long, and other organizations are waiting."""
    organization_id = current_organization_id()
    transaction.on_commit(lambda: send("gateway_bridge.tasks.keep_house", [organization_id]))
