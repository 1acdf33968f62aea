# SPDX-License-Identifier: Apache-2.0
"""Documents: list, one of them, its PDF, what is behind each line, and what can be done with it."""

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts import clock
from accounts.guards import require
from accounts.rights import Right
from accounts.scope import current_organization_id
from accounts.web.pages import table_page
from billing.forms import CancelForm
from billing.models import Invoice, InvoiceKind, InvoiceLine, InvoiceState
from billing.models.triggers import TRANSITIONS
from billing.selectors.explanation import UnableToExplain, explain_line
from billing.selectors.visible import invoices_for, may_run
from billing.services.cancel_invoice import cancel_invoice, discard_draft
from billing.services.render_documents import start_rendering
from billing.services.validate_invoices import IssueRefused, validate_invoice
from billing.tables import InvoiceFilter, InvoiceTable
from billing.views.runs import states_for_page
from billing.views.words import INVOICE_TONES
from jobs.services.start_job import start_job
from sites.selectors import sites_for


@require(Right.INVOICE_VIEW)
def invoices(request: HttpRequest) -> HttpResponse:
    documents = invoices_for(request.actor)
    filters = InvoiceFilter(
        request.GET or None, queryset=documents, sites=sites_for(request.actor, Right.INVOICE_VIEW)
    )
    table = InvoiceTable(
        filters.qs,
        caption=_("Documents"),
        icon="file-invoice",
        empty=(_("No documents"), _("Nothing has been billed yet, or the filters leave nothing over.")),
    )
    return table_page(
        request,
        "billing/invoices.html",
        table,
        filters=filters,
        export_name="documents",
        context={"counts": states_for_page(documents)},
    )


def _invoice(request: HttpRequest, pk: int, right: Right = Right.INVOICE_VIEW) -> Invoice:
    return get_object_or_404(invoices_for(request.actor, right), pk=pk)


@require(Right.INVOICE_VIEW)
def invoice(request: HttpRequest, pk: int) -> HttpResponse:
    row = _invoice(request, pk)
    may_act = request.actor.may(Right.INVOICE_RUN) and may_run(request.actor, [row.solution])
    is_cancellable = row.kind != InvoiceKind.CREDIT_NOTE and InvoiceState.CANCELLED in TRANSITIONS[row.state]
    context = {
        "invoice": row,
        "site": row.site,
        "lines": row.lines.order_by("position"),
        "tone": INVOICE_TONES[InvoiceState(row.state)],
        "has_document": hasattr(row, "document"),
        "credit_note": Invoice.objects.filter(cancels=row).exclude(state=InvoiceState.DRAFT).first(),
        "may_act": may_act,
        "may_cancel": request.actor.may(Right.INVOICE_CANCEL) and is_cancellable,
        "cancel_form": CancelForm(),
    }
    return render(request, "billing/invoice.html", context)


@require(Right.INVOICE_VIEW)
def pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The document's bytes as they were made at issue; `?download` saves instead of showing."""
    row = _invoice(request, pk)
    if not hasattr(row, "document"):
        raise Http404
    disposition = "attachment" if "download" in request.GET else "inline"
    return HttpResponse(
        bytes(row.document.content),
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'{disposition}; filename="{row.label}.pdf"',
            "ETag": f'"{row.document.sha256}"',
        },
    )


@require(Right.INVOICE_VIEW)
def line(request: HttpRequest, pk: int) -> HttpResponse:
    """What is behind a line: registers, quarter hours, share, price."""
    row = get_object_or_404(
        InvoiceLine.objects.select_related("invoice__cancels__basis", "invoice__basis").filter(
            invoice__in=invoices_for(request.actor)
        ),
        pk=pk,
    )
    context: dict[str, Any] = {"line": row, "invoice": row.invoice, "site": row.invoice.site}
    try:
        story = explain_line(row)
    except UnableToExplain:
        return render(request, "billing/line.html", context)
    explanation = story.explanation
    source = row.invoice.cancels or row.invoice
    context |= {
        "story": story,
        "explanation": explanation,
        "data_version": source.basis.sha256[:16] if source.basis else "",
        "share_percent": Decimal(100 * explanation.share.numerator) / explanation.share.denominator,
        "solar_wh": sum(month.solar_wh for month in explanation.months),
        "grid_wh": sum(month.grid_wh for month in explanation.months),
    }
    return render(request, "billing/line.html", context)


# ------------------------------------------------------------------ acts
def _may_act(request: HttpRequest, row: Invoice) -> Invoice:
    """:raises PermissionDenied: where the actor may see the document, but its operator issues it."""
    if not may_run(request.actor, [row.solution]):
        raise PermissionDenied
    return row


@require(Right.INVOICE_RUN)
@require_POST
def validate(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the number, freeze, and ask for the PDF."""
    row = _may_act(request, _invoice(request, pk, Right.INVOICE_RUN))
    try:
        issued = validate_invoice(invoice_id=row.pk, now=clock.now())
    except IssueRefused as refusal:
        messages.error(request, str(refusal))
    else:
        start_rendering(invoice_ids=[issued.pk], title=f"PDF {issued.label}", created_by_id=request.user.pk)
        messages.success(request, _("Issued as %(number)s.") % {"number": issued.label})
    return redirect("billing:invoice", row.pk)


@require(Right.INVOICE_RUN)
@require_POST
def issue_run(request: HttpRequest, pk: int) -> HttpResponse:
    """Issue all drafts of a run, as a job."""
    drafts = invoices_for(request.actor, Right.INVOICE_RUN).filter(run_id=pk, state=InvoiceState.DRAFT)
    rows = list(drafts.order_by("pk"))
    if not rows:
        raise Http404
    for row in rows:
        _may_act(request, row)
    ids = [row.pk for row in rows]
    start_job(
        kind="billing.issue",
        key=f"run-{pk}-{ids[0]}-{ids[-1]}-{len(ids)}",
        title=ngettext("Issue %(count)s document", "Issue %(count)s documents", len(ids))
        % {"count": len(ids)},
        params={"organization_id": current_organization_id(), "invoice_ids": ids},
        created_by_id=request.user.pk,
    )
    messages.success(request, _("The documents are being issued; their PDFs follow."))
    return redirect("billing:run", pk)


@require(Right.INVOICE_CANCEL)
@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the document back with a credit note."""
    row = _invoice(request, pk, Right.INVOICE_CANCEL)
    form = CancelForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say why the document is cancelled."))
        return redirect("billing:invoice", row.pk)
    try:
        note = cancel_invoice(invoice_id=row.pk, reason=form.cleaned_data["reason"], now=clock.now())
    except IssueRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("billing:invoice", row.pk)
    start_rendering(invoice_ids=[note.pk], title=f"PDF {note.label}", created_by_id=request.user.pk)
    messages.success(request, _("Cancelled by credit note %(number)s.") % {"number": note.label})
    return redirect("billing:invoice", note.pk)


@require(Right.INVOICE_RUN)
@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove a draft."""
    row = _may_act(request, _invoice(request, pk, Right.INVOICE_RUN))
    site_id = row.site_id
    try:
        discard_draft(invoice_id=row.pk)
    except IssueRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("billing:invoice", row.pk)
    messages.success(request, _("The draft has been discarded."))
    return redirect("billing:site-billing", site_id)
