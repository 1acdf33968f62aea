# SPDX-License-Identifier: Apache-2.0
"""Make the PDFs of issued documents: each once, kept byte for byte."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.scope import current_organization_id
from billing.documents.isolated import render_invoice_isolated
from billing.documents.snapshot import InvoiceSnapshot
from billing.models import BillingRun, Invoice, InvoiceDocument, InvoiceState
from jobs.models import Job
from jobs.services.start_job import start_job

# A portion is one job: small enough to be taken up again quickly, large enough to be worth a message.
PORTION = 20


def render_document(*, invoice_id: int, now: datetime) -> InvoiceDocument:
    """
    The document's PDF; made if it is not there yet.

    Equal snapshots give equal bytes, so two workers that meet here disagree about nothing.

    :raises UnableToRender: if the engine fails.
    """
    standing = InvoiceDocument.objects.filter(invoice_id=invoice_id).first()
    if standing is not None:
        return standing
    invoice = Invoice.objects.exclude(state=InvoiceState.DRAFT).get(pk=invoice_id)
    content = render_invoice_isolated(InvoiceSnapshot.from_json(invoice.snapshot))
    try:
        with transaction.atomic():
            return InvoiceDocument.objects.create(
                invoice=invoice,
                content=content,
                sha256=hashlib.sha256(content).hexdigest(),
                created_at=now,
            )
    except IntegrityError:
        return InvoiceDocument.objects.get(invoice_id=invoice_id)


def missing_documents(run: BillingRun | None = None) -> list[int]:
    """Issued documents without a PDF, oldest first: the work list of the PDF workers."""
    issued = Invoice.objects.exclude(state=InvoiceState.DRAFT).filter(document__isnull=True)
    if run is not None:
        issued = issued.filter(run=run)
    return list(issued.order_by("pk").values_list("pk", flat=True))


def start_rendering(*, invoice_ids: Sequence[int], title: str, created_by_id: int | None) -> list[Job]:
    """Ask for the PDFs of these documents, in portions that several workers can take."""
    portions = [invoice_ids[start : start + PORTION] for start in range(0, len(invoice_ids), PORTION)]
    return [
        start_job(
            kind="pdf.invoices",
            key=f"{portion[0]}-{portion[-1]}-{len(portion)}",
            title=title,
            params={"organization_id": current_organization_id(), "invoice_ids": list(portion)},
            created_by_id=created_by_id,
        )
        for portion in portions
    ]
