# SPDX-License-Identifier: Apache-2.0
"""Plan a billing run and let it start: what would hold it up is known before anything is written."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import gettext as _

from billing.models import BillingRun, RunState, Solution
from billing.selectors.findings import BLOCKER, WARNING, findings_of
from jobs.models import Job
from jobs.services.start_job import start_job
from sites.models import BillingPoint, Site


class RunRefused(ValueError):
    """A run cannot be planned or started; the message says why, in words for a person."""


def plan_run(
    *,
    site: Site,
    start: date,
    end: date,
    solutions: Sequence[Solution],
    points: Sequence[BillingPoint] = (),
    user_id: int | None,
    now: datetime,
) -> BillingRun:
    """
    The run over the days [start, end) with fresh findings; the same content is the same run.

    :raises RunRefused: if the period is empty, or a solution does not belong to the site.
    """
    if end <= start:
        raise RunRefused(_("The period ends before it begins."))
    if not solutions or any(solution.site_id != site.pk for solution in solutions):
        raise RunRefused(_("Choose at least one solution of this site."))
    solution_ids = sorted(solution.pk for solution in solutions)
    point_ids = sorted(point.pk for point in points)
    run, _created = BillingRun.objects.get_or_create(
        content_key=_content_key(site.pk, start, end, solution_ids, point_ids),
        defaults={
            "organization_id": site.organization_id,
            "site": site,
            "period": DateRange(start, end),
            "solution_ids": solution_ids,
            "billing_point_ids": point_ids,
            "created_by_id": user_id,
            "created_at": now,
        },
    )
    return check_run(run=run, now=now)


def check_run(*, run: BillingRun, now: datetime) -> BillingRun:
    """Look again at what holds the run up."""
    found = [asdict(finding) for solution in solutions_of(run) for finding in findings_of(run, solution, now)]
    run.checks = found
    run.save(update_fields=["checks"])
    return run


def solutions_of(run: BillingRun) -> list[Solution]:
    return list(Solution.objects.filter(pk__in=run.solution_ids).select_related("site").order_by("pk"))


def start_run(
    *,
    run: BillingRun,
    user_id: int | None,
    now: datetime,
    skip_checks: bool = False,
    skip_reason: str = "",
    issue_at_once: bool = False,
) -> Job:
    """
    Start the run as a job, or find the job that is already running.

    :raises RunRefused: while a price is missing, or other findings stand and were not passed over
        with a reason.
    """
    with transaction.atomic():
        run = BillingRun.objects.select_for_update(of=("self",)).get(pk=run.pk)
        standing: Job | None = run.job
        if standing is not None and standing.is_open:
            return standing
        check_run(run=run, now=now)
        _refuse_findings(run, skip_checks=skip_checks, skip_reason=skip_reason)
        run.skip_checks = skip_checks
        run.skipped_by_id, run.skip_reason = (user_id, skip_reason) if skip_checks else (None, "")
        run.issue_at_once, run.state, run.attempt = issue_at_once, RunState.RUNNING, run.attempt + 1
        job = start_job(
            kind="billing.run",
            key=f"run-{run.pk}-{run.attempt}",
            title=_("Billing %(site)s, %(start)s to %(end)s")
            % {"site": run.site.name, "start": run.period.lower, "end": run.period.upper},
            params={"run_id": run.pk, "organization_id": run.organization_id},
            created_by_id=user_id,
        )
        run.job = job
        run.save()
    return job


def _refuse_findings(run: BillingRun, *, skip_checks: bool, skip_reason: str) -> None:
    severities = {finding["severity"] for finding in run.checks}
    if BLOCKER in severities:
        raise RunRefused(
            _("There are findings that cannot be passed over: %(points)s.")
            % {"points": ", ".join(sorted({f["point"] for f in run.checks if f["severity"] == BLOCKER}))}
        )
    if severities - {WARNING, "info"}:
        if not skip_checks:
            raise RunRefused(_("There are findings. Mend them, or pass over them with a reason."))
        if not skip_reason.strip():
            raise RunRefused(_("Say why the findings are passed over."))


def _content_key(
    site_id: int, start: date, end: date, solution_ids: Sequence[int], point_ids: Sequence[int]
) -> str:
    content = [site_id, start.isoformat(), end.isoformat(), list(solution_ids), list(point_ids)]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()
