# SPDX-License-Identifier: Apache-2.0
"""Jobs: the list, one job with its live progress, cancelling."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import clock
from accounts.guards import require
from accounts.rights import Actor, Right
from accounts.web.pages import go, table_page
from jobs.models import Job
from jobs.selectors import jobs_for
from jobs.services.cancel_job import cancel_job
from jobs.tables import JobFilter, JobTable

# More lines than this are in the file to download, not on the page.
LINES_SHOWN = 500


@require(Right.JOB_VIEW)
def jobs(request: HttpRequest) -> HttpResponse:
    found = JobFilter(request.GET, queryset=jobs_for(_actor(request)))
    empty = (_("No jobs found"), _("Whatever takes longer than two seconds runs as a job and stands here."))
    table = JobTable(found.qs, caption=_("Jobs"), icon="list-check", empty=empty)
    return table_page(request, "jobs/jobs.html", table, filters=found, export_name="jobs")


@require(Right.JOB_VIEW)
def job(request: HttpRequest, pk: int) -> HttpResponse:
    """The page survives a reload and a restart: all it shows is in the database."""
    return render(request, "jobs/job.html", _context(_job(request, pk), _actor(request)))


@require(Right.JOB_VIEW)
def job_state(request: HttpRequest, pk: int) -> HttpResponse:
    """The part that renews itself while the job is open; at the end the page is loaded once more."""
    row = _job(request, pk)
    response = render(request, "jobs/_state.html", _context(row, _actor(request)))
    if not row.is_open:
        response["HX-Refresh"] = "true"
    return response


@require(Right.JOB_CANCEL)
@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(jobs_for(_actor(request), Right.JOB_CANCEL), pk=pk)
    after = cancel_job(job=row, now=clock.now())
    if after.is_open:
        messages.info(request, _("The job has been asked to stop; it does so at its next safe point."))
    return go(request, reverse("jobs:job", args=[pk]))


@require(Right.JOB_VIEW)
def log(request: HttpRequest, pk: int) -> HttpResponse:
    """The whole log as a text file."""
    row = _job(request, pk)
    lines = (f"{line.at.isoformat()} {line.level.upper():7} {line.message}\n" for line in row.lines.all())
    return HttpResponse(
        "".join(lines),
        content_type="text/plain; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="job-{pk}.log"'},
    )


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


def _job(request: HttpRequest, pk: int) -> Job:
    return get_object_or_404(jobs_for(_actor(request)), pk=pk)


def _context(row: Job, actor: Actor) -> dict[str, Any]:
    lines = list(row.lines.order_by("-pk")[:LINES_SHOWN])
    return {
        "job": row,
        "lines": lines[::-1],
        "links": _links(row.result),
        "figures": _figures(row.result),
        "may_cancel": row.is_open and not row.cancel_asked and actor.may(Right.JOB_CANCEL),
        "waits_long": row.state == "waiting" and (clock.now() - row.created_at).total_seconds() > 60,
    }


def _links(result: dict[str, Any]) -> list[tuple[str, str]]:
    """`result["links"]`: a list of {"label", "url"} or of pairs; only addresses of ours."""
    given = result.get("links", [])
    pairs = [(one["label"], one["url"]) if isinstance(one, dict) else tuple(one) for one in given]
    return [(label, url) for label, url in pairs if url.startswith("/") and not url.startswith("//")]


def _figures(result: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (key.replace("_", " "), str(value))
        for key, value in result.items()
        if key != "links" and isinstance(value, str | int | float)
    ]
