# SPDX-License-Identifier: Apache-2.0
"""The letter: who, where, which period, sums per solution, the total, pay by when."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from billing.documents import figures
from billing.documents.bill_table import Portion, bill_table, price_heads, quantity_head
from billing.documents.parts import Kind
from billing.documents.references import grouped, is_swiss_iban
from billing.documents.snapshot import InvoiceSnapshot
from billing.documents.typeset import cut, room

_CONTACT_ROOM = room(64, 7.5)


@dataclass(frozen=True, slots=True)
class Letter:
    """The texts of the first page, ready to be set."""

    sender: str
    contact: str
    return_line: str
    window: str
    facts: str
    title: str
    period: str
    place: str
    quantity_head: str
    price_heads: str
    portions: tuple[Portion, ...]
    sum_labels: str
    sums: str
    total_label: str
    total: str
    call: str
    notes: tuple[str, ...]
    provisional: bool


def letter(snapshot: InvoiceSnapshot) -> Letter:
    """The first page of a snapshot, in the language that is active."""
    home = snapshot.country
    sender = figures.address_lines(snapshot.sender.address, home)
    place = snapshot.place
    sums = _sums(snapshot)
    point = (
        f"{place.billing_point} ({place.billing_point_code})"
        if place.billing_point_code
        else place.billing_point
    )
    return Letter(
        sender=snapshot.sender.address.name,
        contact="\n".join(cut(line, _CONTACT_ROOM) for line in [*sender[1:], *_contact(snapshot)]),
        return_line=" · ".join(sender),
        window="\n".join(figures.address_lines(snapshot.debtor, home)),
        facts="\n".join(f"{label}\t{fact}" for label, fact in _facts(snapshot)),
        title=f"{kind_name(snapshot.kind)} {snapshot.number}",
        period=figures.span(snapshot.period, snapshot.language),
        place=" · ".join(part for part in (place.site, place.building, point) if part),
        quantity_head=quantity_head(),
        price_heads=price_heads(),
        portions=bill_table(snapshot),
        sum_labels="\n".join(label for label, _amount in sums),
        sums="\n".join(amount for _label, amount in sums),
        total_label=_("Total %(currency)s") % {"currency": snapshot.currency},
        total=money(snapshot, snapshot.total),
        call=_call(snapshot),
        notes=tuple(_notes(snapshot)),
        provisional=snapshot.provisional,
    )


def kind_name(kind: Kind) -> str:
    """What the document is called."""
    if kind is Kind.CREDIT_NOTE:
        return _("Credit note")
    return _("Statement") if kind is Kind.STATEMENT else _("Invoice")


def money(snapshot: InvoiceSnapshot, amount: Decimal) -> str:
    """An amount with two decimals in the document's number format."""
    return figures.figure(amount, 2, snapshot.country)


def _contact(snapshot: InvoiceSnapshot) -> list[str]:
    sender = snapshot.sender
    return [text for text in (sender.phone, sender.email, sender.website) if text]


def _facts(snapshot: InvoiceSnapshot) -> list[tuple[str, str]]:
    facts = [
        (_("Number"), snapshot.number),
        (_("Date"), figures.short_date(snapshot.issued_on)),
        (_("Customer account"), snapshot.account_code),
    ]
    if snapshot.due_on is not None and snapshot.payment is not None:
        facts.append((_("Payable by"), figures.short_date(snapshot.due_on)))
    if snapshot.refers_to:
        facts.append((_("Refers to"), snapshot.refers_to))
    if snapshot.sender.vat_number:
        facts.append((_("VAT number"), snapshot.sender.vat_number))
    return facts


def _sums(snapshot: InvoiceSnapshot) -> list[tuple[str, str]]:
    taxed = [group for group in snapshot.vat_groups if group.rate]
    rows = [(_("Net amount") if taxed else _("Amount"), money(snapshot, snapshot.net))]
    for group in taxed:
        words = {"rate": figures.rate(group.rate, snapshot.country), "net": money(snapshot, group.net)}
        rows.append((_("VAT %(rate)s %% on %(net)s") % words, money(snapshot, group.vat)))
    if snapshot.rounding:
        rows.append((_("Rounding difference"), money(snapshot, snapshot.rounding)))
    return rows


def _call(snapshot: InvoiceSnapshot) -> str:
    """The one sentence that says what the reader has to do."""
    total = f"{snapshot.currency} {money(snapshot, abs(snapshot.total))}"
    if snapshot.kind is Kind.CREDIT_NOTE:
        words = {"number": snapshot.refers_to, "total": total}
        return _("This credit note cancels %(number)s. %(total)s are credited to you.") % words
    if snapshot.payment is None:
        return _("There is nothing to pay with this document.")
    if snapshot.due_on is None:
        return _("Please pay %(total)s. The payment part is on the last page.") % {"total": total}
    words = {"total": total, "day": figures.long_date(snapshot.due_on, snapshot.language)}
    if not is_swiss_iban(snapshot.payment.iban):
        words["iban"], words["number"] = grouped(snapshot.payment.iban), snapshot.number
        return _("Please transfer %(total)s by %(day)s to %(iban)s, stating %(number)s.") % words
    return _("Please pay %(total)s by %(day)s. The payment part is on the last page.") % words


def _notes(snapshot: InvoiceSnapshot) -> list[str]:
    notes = list(snapshot.notes)
    if snapshot.estimated:
        notes.append(_("* Rests on an estimated reading; the next bill settles the difference."))
    return notes
