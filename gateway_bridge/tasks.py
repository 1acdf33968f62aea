# SPDX-License-Identifier: Apache-2.0
"""The wire's tasks and schedules: thin, idempotent, nothing decided here."""

from datetime import datetime, timedelta

from celery import shared_task

from accounts import clock
from gateway_bridge.polling.slots import SLOT, slot_of
from gateway_bridge.services import poll_shard as polling
from gateway_bridge.services.dispatch import dispatch_behind, dispatch_slot
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


@scheduled("gateway.drain", every(timedelta(hours=1)))
def drain(due: datetime) -> None:
    drain_undecoded(now=clock.now())


@scheduled("gateway.retention", every(timedelta(days=1)))
def retention(due: datetime) -> None:
    forget_old_telegrams()
