# SPDX-License-Identifier: Apache-2.0
"""Celery's side of metering: the nightly audit of the energy store."""

from datetime import date, datetime, timedelta
from typing import Any

from accounts.scope import current_organization_id, organization_scope
from jobs.registry import JobRun, job_handler
from jobs.schedule import every, scheduled
from jobs.services.start_job import start_job
from metering.audit_store import audit_store

# Late readings and corrections seldom reach further back; older days are audited when they change.
DAYS = 40


class StoreDisagrees(RuntimeError):
    """Sums, slots and indexes contradict each other; the job's log names every place."""


@job_handler("metering.audit")
def audit(job: JobRun) -> dict[str, Any]:
    """:raises StoreDisagrees: if anything does not agree."""
    first, last = (date.fromisoformat(job.params[name]) for name in ("first", "last"))
    with organization_scope(int(job.params["organization_id"])):
        problems = audit_store(first=first, last=last)
    for problem in problems:
        job.log("error", problem)
    if problems:
        raise StoreDisagrees(f"{len(problems)} findings: {problems[0]}")
    return {"problems": 0}


@scheduled("metering.audit", every(timedelta(days=1)))
def audit_every_night(due: datetime) -> None:
    last = due.date() - timedelta(days=2)
    start_job(
        kind="metering.audit",
        key=due.date().isoformat(),
        title=f"Energy audit {due.date().isoformat()}",
        params={
            "organization_id": current_organization_id(),
            "first": (last - timedelta(days=DAYS)).isoformat(),
            "last": last.isoformat(),
        },
        created_by_id=None,
    )
