# SPDX-License-Identifier: Apache-2.0
"""Run one job, once, whatever the queue does."""

import logging
import traceback
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from accounts import clock
from accounts.scope import organization_scope
from jobs.models import Job, JobLog, JobState
from jobs.registry import Cancelled, handler_of

log = logging.getLogger(__name__)

STALE_AFTER = timedelta(minutes=2)
MAX_ATTEMPTS = 5


class _Run:
    """The running job's line back to its row.  Each report commits by itself."""

    def __init__(self, job: Job) -> None:
        self.job_id = job.pk
        self.organization_id = job.organization_id
        self.params: dict[str, Any] = job.params

    def progress(self, done: int, total: int, message: str = "") -> None:
        with organization_scope(self.organization_id):
            Job.objects.filter(pk=self.job_id).update(
                done=done, total=total, message=message[:300], heartbeat_at=clock.now()
            )

    def log(self, level: str, message: str) -> None:
        with organization_scope(self.organization_id):
            JobLog.objects.create(
                job_id=self.job_id,
                at=clock.now(),
                level=level,
                message=message,
                organization_id=self.organization_id,
            )

    def cancelled(self) -> bool:
        with organization_scope(self.organization_id):
            return Job.objects.filter(pk=self.job_id, cancel_asked=True).exists()

    def checkpoint(self) -> None:
        if self.cancelled():
            raise Cancelled


def run_job(job_id: int, organization_id: int) -> None:
    """
    Claim the job and run its handler.

    A second delivery finds the job claimed or finished and does nothing.  A job
    whose worker died (no heartbeat for two minutes) is claimed again.
    """
    job = _claim(job_id, organization_id, clock.now())
    if job is None:
        return
    run = _Run(job)
    handler = handler_of(job.kind)
    if handler is None:
        _finish(run, JobState.FAILED, error=f"Nobody knows how to do {job.kind!r}.")
        return
    try:
        result = handler(run)
    except Cancelled:
        _finish(run, JobState.CANCELLED)
    except Exception as error:
        log.exception("job %s (%s) failed", job_id, job.kind)
        run.log("error", traceback.format_exc(limit=20))
        _finish(run, JobState.FAILED, error=str(error) or type(error).__name__)
    else:
        _finish(run, JobState.DONE, result=result)


def _claim(job_id: int, organization_id: int, now: datetime) -> Job | None:
    with organization_scope(organization_id):
        free = Q(state=JobState.WAITING) | Q(state=JobState.RUNNING, heartbeat_at__lt=now - STALE_AFTER)
        job = Job.objects.select_for_update(skip_locked=True).filter(free, pk=job_id).first()
        if job is None:
            return None
        if job.cancel_asked or job.attempt >= MAX_ATTEMPTS:
            job.state = JobState.CANCELLED if job.cancel_asked else JobState.FAILED
            job.error = (
                ""
                if job.cancel_asked
                else f"Given up after {job.attempt} attempts: the worker died each time."
            )
            job.finished_at = now
            job.save()
            return None
        job.state, job.attempt, job.heartbeat_at = JobState.RUNNING, job.attempt + 1, now
        job.started_at = job.started_at or now
        job.save()
        return job


def _finish(run: _Run, state: JobState, *, result: dict[str, Any] | None = None, error: str = "") -> None:
    with organization_scope(run.organization_id), transaction.atomic():
        Job.objects.filter(pk=run.job_id).update(
            state=state, result=result or {}, error=error, finished_at=clock.now(), heartbeat_at=None
        )
