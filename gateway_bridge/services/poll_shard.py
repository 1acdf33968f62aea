# SPDX-License-Identifier: Apache-2.0
"""One task's work: take the leases of a shard, poll its buses, store each as soon as it is done."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection

from accounts.scope import organization_scope
from gateway_bridge.polling.runner import run_cycle
from gateway_bridge.polling.shapes import EndpointOutcome, EndpointPlan
from gateway_bridge.polling.slots import SLOT
from gateway_bridge.selectors import load_plans
from gateway_bridge.services import lease
from gateway_bridge.services.store_cycle import store_cycle

log = logging.getLogger(__name__)

T = TypeVar("T")

# The whole shard must be done by then; what is not, is for the next try.
POLL_SECONDS = 240.0
RENEW_SECONDS = 8.0
# A person's live reading holds a bus for a few seconds; the slot is worth the wait.
BUSY_SECONDS = 8.0
# So long is what was read kept in memory while the database restarts.
PATIENCE_SECONDS = (1, 2, 4, 8, 15)


@dataclass(frozen=True, slots=True)
class ShardReport:
    """What a task did: endpoints it polled, those that others held, readings that were new."""

    polled: int
    busy: int
    lost: int
    readings: int


def poll_shard(
    *,
    organization_id: int,
    endpoint_ids: Sequence[int],
    slot: datetime,
    now: Callable[[], datetime],
    seconds: float = POLL_SECONDS,
) -> ShardReport:
    """
    Poll these endpoints for `slot`, as far as they are free and not read yet.

    Whatever is delivered twice, late or to two workers ends here: an endpoint has one owner, a slot that
    is over is not polled any more, and a device that was read for the slot is not asked again.
    """
    if now() >= slot + SLOT:
        log.warning("slot %s is over: %d endpoints are left to the next one", slot, len(endpoint_ids))
        return ShardReport(0, 0, 0, 0)
    owner = lease.new_owner()
    epochs = _acquire(organization_id, list(endpoint_ids), owner)
    with organization_scope(organization_id):
        plans = load_plans(epochs, slot=slot, now=now())
    shard = _Shard(organization_id, owner, slot, now)
    try:
        shard.run(plans, seconds)
    finally:
        _with_database(lambda: shard.release(epochs))
    return ShardReport(shard.polled, len(endpoint_ids) - len(epochs), shard.lost, shard.readings)


def _acquire(organization_id: int, endpoint_ids: list[int], owner: str) -> dict[int, int]:
    """Leases of what is free, now or in a moment; what somebody visibly holds is not waited for."""
    epochs: dict[int, int] = {}
    limit = time.monotonic() + BUSY_SECONDS
    while True:
        wanted = [each for each in endpoint_ids if each not in epochs]
        with organization_scope(organization_id):
            epochs |= lease.acquire(wanted, owner=owner)
            rest = lease.free(wanted)
        if not rest or time.monotonic() >= limit:
            return epochs
        time.sleep(0.5)


class _Shard:
    """The state of one run: what was polled, lost and stored so far."""

    def __init__(self, organization_id: int, owner: str, slot: datetime, now: Callable[[], datetime]) -> None:
        self.organization_id = organization_id
        self.owner = owner
        self.slot = slot
        self.now = now
        self.polled = self.lost = self.readings = 0

    def run(self, plans: Sequence[EndpointPlan], seconds: float) -> None:
        for plan in plans:
            if not plan.devices:
                # Nothing left to ask: the cycle is noted as done all the same.
                self.store(EndpointOutcome(plan, plan.unreadable, 0.0, connected=False))
        waiting = {plan.endpoint_id: plan.epoch for plan in plans if plan.devices}
        renewed_at = time.monotonic()
        busy = [plan for plan in plans if plan.devices]
        for outcome in run_cycle(busy, seconds=seconds, now=self.now, tick=RENEW_SECONDS / 4):
            if outcome is not None:
                del waiting[outcome.plan.endpoint_id]
                self.store(outcome)
                self.polled += 1
            if time.monotonic() - renewed_at >= RENEW_SECONDS:
                _with_database(lambda: self.renew(waiting))
                renewed_at = time.monotonic()

    def store(self, outcome: EndpointOutcome) -> None:
        """Store one bus; a failure here costs this bus only, the next try repairs it."""
        try:
            self.readings += _with_database(lambda: self._store(outcome))
        except lease.LeaseLost as refusal:
            self.lost += 1
            log.warning("nothing stored: %s", refusal)
        except Exception:
            self.lost += 1
            log.exception("storing endpoint %s failed", outcome.plan.endpoint_id)

    def _store(self, outcome: EndpointOutcome) -> int:
        return store_cycle(
            outcome,
            organization_id=self.organization_id,
            owner=self.owner,
            slot=self.slot,
            now=self.now(),
        )

    def renew(self, epochs: dict[int, int]) -> None:
        with organization_scope(self.organization_id):
            lease.renew(epochs, owner=self.owner)

    def release(self, epochs: dict[int, int]) -> None:
        with organization_scope(self.organization_id):
            lease.release(epochs, owner=self.owner)


def _with_database(act: Callable[[], T]) -> T:
    """Run `act`, again while the database is away; it commits by itself and may run twice."""
    for pause in PATIENCE_SECONDS:
        try:
            return act()
        except (OperationalError, InterfaceError) as refusal:
            if connection.in_atomic_block:
                raise
            log.warning("the database is away (%s), again in %s s", refusal, pause)
            connection.close()
            time.sleep(pause)
    return act()
