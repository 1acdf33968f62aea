# SPDX-License-Identifier: Apache-2.0
"""Ask for a piece of work."""

import logging
from typing import Any

from django.db import transaction
from kombu.exceptions import OperationalError

from accounts.scope import current_organization_id
from jobs.models import Job, JobState
from jobs.publish import publish_job

log = logging.getLogger(__name__)


def start_job(*, kind: str, key: str, title: str, params: dict[str, Any], created_by_id: int | None) -> Job:
    """
    The job for this work: a new one, or the one that exists under the same key.

    A finished job that failed or was cancelled is started again.  The message to
    the broker goes out after the commit and may fail: the sweeper sends it again.
    """
    with transaction.atomic():
        job, created = Job.objects.get_or_create(
            kind=kind,
            key=key,
            defaults={
                "title": title[:200],
                "params": params,
                "created_by_id": created_by_id,
                "organization_id": current_organization_id(),
            },
        )
        if not created:
            job = Job.objects.select_for_update().get(pk=job.pk)
            if job.state not in {JobState.FAILED, JobState.CANCELLED}:
                return job
            job.state, job.error, job.message, job.cancel_asked = JobState.WAITING, "", "", False
            job.params, job.done, job.total, job.result = params, 0, 0, {}
            job.started_at = job.finished_at = job.heartbeat_at = None
            job.save()
        organization_id, job_id = job.organization_id, job.pk
        transaction.on_commit(lambda: _send(job_id, organization_id, kind))
    return job


def _send(job_id: int, organization_id: int, kind: str) -> None:
    try:
        publish_job(job_id, organization_id, kind)
    except (OperationalError, OSError) as error:
        # Nothing is lost: the row waits, the sweeper sends it when the broker is back.
        log.warning("broker out of reach, job %s waits for the sweeper: %s", job_id, error)
