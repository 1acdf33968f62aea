# SPDX-License-Identifier: Apache-2.0
"""Send again what is not done: the answer to every lost message."""

import logging
from datetime import datetime, timedelta

from django.db.models import Q

from accounts.scope import organization_scope
from accounts.selectors import organization_ids
from jobs.models import Job, JobState, OutboxEvent
from jobs.outbox import deliver_of
from jobs.publish import publish_job
from jobs.services.run_job import STALE_AFTER

log = logging.getLogger(__name__)

# A waiting job is sent again after this; younger ones are on their way.
RESEND_AFTER = timedelta(seconds=20)
FIRST_RETRY = timedelta(seconds=10)
LONGEST_RETRY = timedelta(hours=6)


def sweep(*, now: datetime) -> int:
    """Resend waiting and abandoned jobs and deliver due outbox events; returns how many were touched."""
    return sum(_sweep_organization(organization_id, now) for organization_id in organization_ids())


def _sweep_organization(organization_id: int, now: datetime) -> int:
    with organization_scope(organization_id):
        abandoned = Q(state=JobState.RUNNING, heartbeat_at__lt=now - STALE_AFTER)
        waiting = Q(state=JobState.WAITING, created_at__lt=now - RESEND_AFTER)
        jobs = list(Job.objects.filter(waiting | abandoned).values_list("pk", "kind"))
        due = list(
            OutboxEvent.objects.filter(done_at=None, next_at__lte=now)
            .order_by("pk")
            .values_list("pk", flat=True)[:500]
        )
    for job_id, kind in jobs:
        publish_job(job_id, organization_id, kind)
    for event_id in due:
        _deliver(organization_id, event_id, now)
    return len(jobs) + len(due)


def _deliver(organization_id: int, event_id: int, now: datetime) -> None:
    """Deliver one event; its effect and its mark commit together, a failure waits longer each time."""
    with organization_scope(organization_id):
        event = (
            OutboxEvent.objects.select_for_update(skip_locked=True).filter(pk=event_id, done_at=None).first()
        )
        if event is None:
            return
        event.attempts += 1
        try:
            deliver = deliver_of(event.topic)
            if deliver is None:
                raise LookupError(f"Nobody listens to {event.topic!r}.")
            deliver(event.payload)
            event.done_at, event.error = now, ""
        except Exception as error:
            log.warning("outbox event %s (%s) failed: %s", event_id, event.topic, error)
            event.error = str(error)[:500]
            event.next_at = now + min(FIRST_RETRY * 2 ** min(event.attempts - 1, 12), LONGEST_RETRY)
        event.save()
