# SPDX-License-Identifier: Apache-2.0
"""Hand the endpoints of a slot to the workers, in shards."""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

from accounts.scope import current_organization_id
from gateway_bridge.polling.slots import SLOT
from gateway_bridge.selectors import behind_endpoint_ids, due_endpoint_ids

log = logging.getLogger(__name__)

# Buses are polled at the same time within a task; more tasks use more workers.
SHARD = 20
TASK = "gateway_bridge.tasks.poll_shard"


def dispatch_slot(slot: datetime) -> int:
    """
    Send out every endpoint of the organization in force that is due at `slot`; answers how many.

    The messages leave after the commit.  One that is lost is sent again by `dispatch_behind`.
    """
    return _send(due_endpoint_ids(slot), slot)


def dispatch_behind(slot: datetime, now: datetime) -> int:
    """Send out what is behind or to be tried again (`selectors.behind_endpoint_ids`); answers how many."""
    return _send(behind_endpoint_ids(slot, now), slot)


def _send(endpoint_ids: Sequence[int], slot: datetime) -> int:
    organization_id = current_organization_id()
    shards = [list(endpoint_ids[at : at + SHARD]) for at in range(0, len(endpoint_ids), SHARD)]
    transaction.on_commit(lambda: _publish(organization_id, shards, slot))
    return len(endpoint_ids)


def _publish(organization_id: int, shards: Sequence[list[int]], slot: datetime) -> None:
    for shard in shards:
        if not send(TASK, [organization_id, shard, slot.isoformat()], expires=SLOT.total_seconds()):
            return


def send(task: str, arguments: list[Any], *, expires: float = 3600.0) -> bool:
    """
    Hand a task of the wire to Celery; answers whether the broker took it.

    If not, nothing is lost but time: what is behind is found again, and housekeeping comes every hour.
    """
    try:
        current_app.send_task(task, args=arguments, queue="poll", expires=expires, retry=False)
    except (OperationalError, OSError) as refusal:
        log.warning("broker out of reach, %s waits: %s", task, refusal)
        return False
    return True
