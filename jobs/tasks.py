# SPDX-License-Identifier: Apache-2.0
"""Celery's side of the jobs: thin, idempotent, nothing decided here."""

import logging
from datetime import datetime, timedelta

from celery import shared_task

from accounts import clock
from accounts.scope import organization_scope
from accounts.selectors import organization_ids
from jobs import schedule
from jobs.models import Heartbeat, ScheduledRun
from jobs.services import run_job as run_job_service
from jobs.services.sweep import sweep

log = logging.getLogger(__name__)


@shared_task(name="jobs.tasks.run_job")
def run_job(job_id: int, organization_id: int, **kwargs: object) -> None:
    run_job_service.run_job(job_id, organization_id)


@shared_task(name="jobs.tasks.tick")
def tick(**kwargs: object) -> None:
    """What beat sends every ten seconds: heartbeat, sweep, schedules."""
    now = clock.now()
    Heartbeat.objects.update_or_create(name="tick", defaults={"at": now})
    sweep(now=now)
    for organization_id in organization_ids():
        try:
            with organization_scope(organization_id):
                schedule.run_due(now=now)
        except Exception:
            # One organization's trouble is not the next one's; its schedules come due again at the next tick.
            log.exception("schedules of organization %s failed", organization_id)


@schedule.scheduled("jobs.prune", schedule.every(timedelta(days=1)))
def prune(due: datetime) -> None:
    """Forget which ticks ran a week ago: their instants cannot come due again."""
    ScheduledRun.objects.filter(due__lt=due - timedelta(days=7)).delete()
