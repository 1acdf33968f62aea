# SPDX-License-Identifier: Apache-2.0
"""Take an issued document back: a credit note over the same amount, with a number of its own."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from billing.models import Invoice, InvoiceKind, InvoiceLine, InvoiceState
from billing.models.triggers import TRANSITIONS
from billing.services.validate_invoices import IssueRefused, issue


def cancel_invoice(*, invoice_id: int, reason: str, now: datetime) -> Invoice:
    """
    The credit note that cancels the document; both together are 0.  A second call returns the first one.

    :raises IssueRefused: for a draft (discard it), a credit note, or a state that is final.
    """
    with transaction.atomic():
        original = (
            Invoice.objects.select_for_update(of=("self",))
            .select_related("account", "site", "billing_point__building", "solution")
            .get(pk=invoice_id)
        )
        standing = Invoice.objects.filter(cancels=original).first()
        if standing is not None:
            return standing
        _refuse(original)
        note = _copy_negative(original, now)
        issued_on = now.astimezone(original.site.zone).date()
        issue(note, now=now, issued_on=issued_on, due_on=None, refers_to=original.label, note=reason)
        original.state, original.state_changed_at = InvoiceState.CANCELLED, now
        original.save()
    return note


def discard_draft(*, invoice_id: int) -> None:
    """
    Remove a draft; a run can make it again.

    :raises IssueRefused: if the document has been issued.
    """
    with transaction.atomic():
        invoice = Invoice.objects.select_for_update(of=("self",)).get(pk=invoice_id)
        if invoice.is_issued:
            raise IssueRefused(_("The document has been issued. Cancel it instead."))
        invoice.delete()


def _refuse(original: Invoice) -> None:
    if original.kind == InvoiceKind.CREDIT_NOTE:
        raise IssueRefused(_("A credit note is not cancelled."))
    if not original.is_issued:
        raise IssueRefused(_("A draft has nothing to cancel. Discard it instead."))
    if InvoiceState.CANCELLED not in TRANSITIONS[original.state]:
        raise IssueRefused(
            _("A document that is “%(state)s” is not cancelled.") % {"state": original.get_state_display()}
        )


def _copy_negative(original: Invoice, now: datetime) -> Invoice:
    note = Invoice.objects.create(
        kind=InvoiceKind.CREDIT_NOTE,
        state_changed_at=now,
        site_id=original.site_id,
        solution=original.solution,
        occupancy_id=original.occupancy_id,
        billing_point=original.billing_point,
        account=original.account,
        period=original.period,
        cancels=original,
        currency=original.currency,
        net=-original.net,
        vat=-original.vat,
        rounding=-original.rounding,
        total=-original.total,
        estimated=original.estimated,
        created_at=now,
    )
    InvoiceLine.objects.bulk_create(_negative(line, note) for line in original.lines.order_by("position"))
    note.site = original.site
    return note


def _negative(line: InvoiceLine, note: Invoice) -> InvoiceLine:
    return InvoiceLine(
        organization_id=line.organization_id,
        invoice=note,
        position=line.position,
        component_id=line.component_id,
        section=line.section,
        title=line.title,
        period=line.period,
        part=line.part,
        slot=line.slot,
        unit=line.unit,
        quantity=-line.quantity,
        energy_wh=None if line.energy_wh is None else -line.energy_wh,
        unit_price=line.unit_price,
        amount=-line.amount,
        vat_rule=line.vat_rule,
        vat_rate=line.vat_rate,
        estimated=line.estimated,
    )
