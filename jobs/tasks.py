# SPDX-License-Identifier: Apache-2.0
"""Celery's side of the jobs: thin, idempotent, nothing decided here."""

from celery import shared_task

from accounts import clock
from accounts.scope import organization_scope
from accounts.selectors import organization_ids
from jobs import schedule
from jobs.models import Heartbeat
from jobs.services import run_job as run_job_service
from jobs.services.sweep import sweep


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
        with organization_scope(organization_id):
            schedule.run_due(now=now)
