# SPDX-License-Identifier: Apache-2.0
"""Issue a draft: freeze what it says and give it the next number, in one transaction."""

import hashlib
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Organization
from billing.documents.consistency import InconsistentSnapshot
from billing.documents.consistency import check as check_snapshot
from billing.documents.qr_bill import InvalidQrBill, QrBill, fitted_party
from billing.documents.snapshot import InvoiceSnapshot
from billing.models import Invoice, InvoiceKind, InvoiceState
from billing.services.numbers import label_of, next_number
from billing.services.snapshots import numbered, snapshot_of


class IssueRefused(ValueError):
    """A document cannot be issued; the message says why, in words for a person."""


def validate_invoice(*, invoice_id: int, now: datetime) -> Invoice:
    """
    Issue one draft; an issued document is returned as it is.

    Everything that takes time happens before the number is drawn: the counter's lock is held for
    two statements.

    :raises IssueRefused: if the document contradicts itself, is over nothing, or a bank would refuse it.
    """
    with transaction.atomic():
        invoice = (
            Invoice.objects.select_for_update(of=("self",))
            .select_related("account", "site", "billing_point__building", "basis", "solution")
            .get(pk=invoice_id)
        )
        if invoice.is_issued:
            return invoice
        if invoice.total <= 0 and invoice.kind != InvoiceKind.CREDIT_NOTE:
            raise IssueRefused(_("A document over nothing is not issued."))
        issued_on, due_on = _dates(invoice, now)
        return issue(invoice, now=now, issued_on=issued_on, due_on=due_on)


def issue(
    invoice: Invoice,
    *,
    now: datetime,
    issued_on: date,
    due_on: date | None,
    refers_to: str = "",
    note: str = "",
) -> Invoice:
    """
    Number and freeze a draft that the running transaction has locked.

    :raises IssueRefused: as `validate_invoice`.
    """
    draft = snapshot_of(invoice, issued_on=issued_on, due_on=due_on, refers_to=refers_to, note=note)
    _refuse_unfit(numbered(draft, label=label_of(kind=invoice.kind, year=issued_on.year, number=1)))
    invoice.number = next_number(kind=invoice.kind, year=issued_on.year)
    invoice.year = issued_on.year
    invoice.label = label_of(kind=invoice.kind, year=invoice.year, number=invoice.number)
    final = numbered(draft, label=invoice.label)
    invoice.state, invoice.state_changed_at = InvoiceState.VALIDATED, now
    invoice.issued_on, invoice.due_on = issued_on, due_on
    invoice.reference = final.payment.reference if final.payment else ""
    invoice.snapshot = final.to_json()
    invoice.snapshot_sha256 = hashlib.sha256(invoice.snapshot.encode()).hexdigest()
    invoice.save()
    return invoice


def _dates(invoice: Invoice, now: datetime) -> tuple[date, date | None]:
    """Issued today, at the site; payable within the organization's days."""
    issued_on = now.astimezone(invoice.site.zone).date()
    organization = Organization.objects.get(pk=invoice.organization_id)
    due_on = issued_on + timedelta(days=organization.payment_days)
    return issued_on, due_on if invoice.kind == InvoiceKind.INVOICE else None


def _refuse_unfit(snapshot: InvoiceSnapshot) -> None:
    try:
        check_snapshot(snapshot)
        _check_payable(snapshot)
    except (InconsistentSnapshot, InvalidQrBill) as refusal:
        raise IssueRefused(str(refusal)) from refusal


def _check_payable(snapshot: InvoiceSnapshot) -> None:
    """:raises InvalidQrBill: if the slip of the document could not be paid."""
    if snapshot.payment is None:
        return
    parties = [
        fitted_party(
            name=address.name,
            street=address.street,
            house_number=address.house_number,
            postcode=address.postcode,
            town=address.town,
            country=address.country,
        )
        for address in (snapshot.payment.creditor, snapshot.debtor)
    ]
    QrBill(
        iban=snapshot.payment.iban,
        creditor=parties[0],
        amount=snapshot.total,
        currency=snapshot.currency,
        debtor=parties[1],
        reference_type=snapshot.payment.reference_type,
        reference=snapshot.payment.reference,
        message=snapshot.payment.message,
    )
