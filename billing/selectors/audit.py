# SPDX-License-Identifier: Apache-2.0
"""Are the issued documents still what they were?  Asked every night, of every document.

The triggers refuse every change, but whoever owns the tables can set triggers aside; hashes and sums
tell.  (Invariants M2, N1, N2, N3 of the reliability notes.)
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from django.db.models import Sum

from billing.models import Invoice, InvoiceDocument, InvoiceKind, InvoiceLine, InvoiceState, NumberSeries


def audit_documents() -> list[str]:
    """What is wrong with the organization's issued documents, in words; nothing, as a rule."""
    return [*_numbers(), *_snapshots(), *_files(), *_sums(), *_cancellations()]


def _numbers() -> Iterator[str]:
    """Every series runs from 1 to its counter, without gap and without double."""
    given: dict[tuple[str, int], list[int]] = defaultdict(list)
    issued = Invoice.objects.exclude(state=InvoiceState.DRAFT).order_by("number")
    for kind, year, number in issued.values_list("kind", "year", "number"):
        given[kind, year or 0].append(number or 0)
    counters = {(row.kind, row.year): row.last for row in NumberSeries.objects.all()}
    for series in sorted(given.keys() | counters.keys()):
        if given[series] != list(range(1, counters.get(series, 0) + 1)):
            yield f"{series[0]} {series[1]}: the numbers are not 1 to {counters.get(series, 0)}."


def _snapshots() -> Iterator[str]:
    for invoice in Invoice.objects.exclude(state=InvoiceState.DRAFT).iterator(chunk_size=200):
        if hashlib.sha256(invoice.snapshot.encode()).hexdigest() != invoice.snapshot_sha256:
            yield f"{invoice.label}: the snapshot is not the one that was issued."


def _files() -> Iterator[str]:
    documents = InvoiceDocument.objects.select_related("invoice").order_by("pk")
    for document in documents.iterator(chunk_size=50):
        if hashlib.sha256(bytes(document.content)).hexdigest() != document.sha256:
            yield f"{document.invoice.label}: the PDF is not the one that was made."


def _sums() -> Iterator[str]:
    sums = dict(InvoiceLine.objects.order_by().values_list("invoice_id").annotate(sum=Sum("amount")))
    issued = Invoice.objects.exclude(state=InvoiceState.DRAFT)
    for pk, label, net in issued.values_list("pk", "label", "net"):
        if sums.get(pk, Decimal(0)) != net:
            yield f"{label}: the lines add up to {sums.get(pk, 0)}, not to {net}."


def _cancellations() -> Iterator[str]:
    """A cancelled document and its credit note are nothing together."""
    cancelled = Invoice.objects.filter(state=InvoiceState.CANCELLED)
    for invoice in cancelled:
        note = Invoice.objects.filter(cancels=invoice, kind=InvoiceKind.CREDIT_NOTE).first()
        if note is None or note.total + invoice.total != 0:
            yield f"{invoice.label}: no credit note over the same amount."
