# SPDX-License-Identifier: Apache-2.0
"""Ask a job to stop."""

from datetime import datetime

from django.db import transaction

from jobs.models import Job, JobState


def cancel_job(*, job: Job, now: datetime) -> Job:
    """
    A waiting job is cancelled at once; a running one is asked, and stops at its next checkpoint.

    What a running job has committed stays: its handler says so in its log.
    A finished job stays as it is.
    """
    with transaction.atomic():
        locked = Job.objects.select_for_update().get(pk=job.pk)
        if locked.state == JobState.WAITING:
            locked.state, locked.finished_at, locked.cancel_asked = JobState.CANCELLED, now, True
        elif locked.state == JobState.RUNNING:
            locked.cancel_asked = True
        locked.save(update_fields=["state", "finished_at", "cancel_asked"])
    return locked
