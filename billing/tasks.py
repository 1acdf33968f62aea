# SPDX-License-Identifier: Apache-2.0
"""Celery's side of billing: jobs and schedules, thin; the acts are in `billing.services`."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from celery import shared_task

from accounts import clock
from accounts.scope import current_organization_id, organization_scope
from billing.documents.pdf import UnableToRender
from billing.selectors.audit import audit_documents
from billing.services.execute_run import execute_run, issue_documents
from billing.services.render_documents import missing_documents, render_document, start_rendering
from jobs.registry import JobRun, job_handler
from jobs.schedule import every, scheduled
from jobs.services.start_job import start_job

# Once a day everything issued is looked at again.
AUDIT_EVERY = timedelta(days=1)
# How often issued documents without a PDF are looked for.
LOOK_EVERY = timedelta(minutes=5)


@job_handler("billing.run")
def run_billing(job: JobRun) -> dict[str, Any]:
    return execute_run(job, now=clock.now())


@job_handler("billing.issue")
def issue_invoices(job: JobRun) -> dict[str, Any]:
    """Number the drafts named in the parameters, then ask for their PDFs."""
    organization_id, ids = int(job.params["organization_id"]), [int(pk) for pk in job.params["invoice_ids"]]
    issued = issue_documents(job, organization_id, ids, clock.now())
    with organization_scope(organization_id):
        waiting = [pk for pk in missing_documents() if pk in set(ids)]
        start_rendering(invoice_ids=waiting, title="PDF", created_by_id=None)
    return {"issued": issued, "refused": len(ids) - issued}


@job_handler("pdf.invoices")
def render_invoices(job: JobRun) -> dict[str, Any]:
    """Render a portion of documents; one that fails does not hold up the others."""
    organization_id, ids = int(job.params["organization_id"]), [int(pk) for pk in job.params["invoice_ids"]]
    failed = []
    for done, invoice_id in enumerate(ids, 1):
        job.checkpoint()
        try:
            with organization_scope(organization_id):
                render_document(invoice_id=invoice_id, now=clock.now())
        except UnableToRender as failure:
            failed.append(invoice_id)
            job.log("error", f"#{invoice_id}: {failure}")
        job.progress(done, len(ids))
    if failed:
        raise UnableToRender(f"{len(failed)} of {len(ids)} documents could not be made: {failed}.")
    return {"rendered": len(ids)}


@shared_task(name="billing.tasks.render_documents", queue="pdf")
def render_documents(organization_id: int, invoice_ids: Sequence[int], **kwargs: object) -> None:
    """The same without a job, for whoever needs a few documents now; twice is once."""
    for invoice_id in invoice_ids:
        with organization_scope(organization_id):
            render_document(invoice_id=invoice_id, now=clock.now())


@scheduled("billing.documents", every(LOOK_EVERY))
def look_for_missing_documents(due: datetime) -> None:
    """An issued document always gets its PDF, whatever was lost on the way."""
    waiting = missing_documents()
    if waiting:
        start_rendering(invoice_ids=waiting, title="PDF", created_by_id=None)


class DocumentsChanged(RuntimeError):
    """An issued document is no longer what it was: somebody went past the triggers."""


@job_handler("billing.audit")
def audit(job: JobRun) -> dict[str, Any]:
    """
    Hash and sum up every issued document.

    :raises DocumentsChanged: if one does not hold; the log names them all.
    """
    with organization_scope(int(job.params["organization_id"])):
        problems = audit_documents()
    for problem in problems:
        job.log("error", problem)
    if problems:
        raise DocumentsChanged(f"{len(problems)} findings: {problems[0]}")
    return {"problems": 0}


@scheduled("billing.audit", every(AUDIT_EVERY))
def audit_every_night(due: datetime) -> None:
    start_job(
        kind="billing.audit",
        key=due.date().isoformat(),
        title=f"Audit {due.date().isoformat()}",
        params={"organization_id": current_organization_id()},
        created_by_id=None,
    )
