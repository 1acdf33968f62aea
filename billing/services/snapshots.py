# SPDX-License-Identifier: Apache-2.0
"""What a document will say for ever, put together from the rows at the moment of issue."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import Account, Organization, PostalAddress
from billing.documents.parts import (
    Address,
    Kind,
    Letterhead,
    Line,
    Payment,
    Period,
    Place,
    Subtotal,
    VatGroup,
)
from billing.documents.references import is_qr_iban, qrr_from_number, scor
from billing.documents.snapshot import InvoiceSnapshot
from billing.engine.figures import Figures, figures_from_json
from billing.models import Invoice, InvoiceKind, InvoiceLine
from billing.services.numbers import REFERENCE_PREFIXES
from billing.tariffs.vat import vat_by_rate
from sites.models import Site

_QUANTITY_PLACES = {"kWh": 3, "kW": 3, "month": 6, "day": 0}


def snapshot_of(
    invoice: Invoice, *, issued_on: date, due_on: date | None, refers_to: str = "", note: str = ""
) -> InvoiceSnapshot:
    """
    The document with everything but its number (see `numbered`), in the recipient's language.

    :raises UnableToRead: if the stored figures are damaged.
    """
    organization = Organization.objects.get(pk=invoice.organization_id)
    lines = list(invoice.lines.order_by("position"))
    figures = figures_from_json(invoice.figures) if invoice.figures else Figures()
    shares = vat_by_rate((line.vat_rate, line.amount) for line in lines)
    with translation.override(invoice.account.language):
        return InvoiceSnapshot(
            number="-",
            kind=Kind(invoice.kind),
            language=invoice.account.language,
            country=organization.country,
            currency=invoice.currency,
            issued_on=issued_on,
            due_on=due_on,
            period=Period(invoice.period.lower, invoice.period.upper),
            sender=_letterhead(organization),
            debtor=address_of(invoice.account, invoice.site, issued_on),
            account_code=invoice.account.code,
            place=_place(invoice),
            lines=tuple(_line(line, invoice) for line in lines),
            subtotals=_subtotals(lines),
            net=invoice.net,
            vat_groups=tuple(VatGroup(share.rate_percent, share.net, share.vat) for share in shares),
            rounding=invoice.rounding,
            total=invoice.total,
            payment=_payment(organization, invoice),
            refers_to=refers_to,
            readings=figures.readings,
            consumption=figures.consumption,
            data_version=invoice.basis.sha256[:16] if invoice.basis else "",
            notes=tuple(text for text in (note,) if text),
            explanations=_explanations(lines),
        )


def numbered(snapshot: InvoiceSnapshot, *, label: str) -> InvoiceSnapshot:
    """The same document with its number and, where it is paid, its reference."""
    if snapshot.payment is None:
        return replace(snapshot, number=label)
    payment = replace(
        snapshot.payment,
        reference=reference_of(label, snapshot.payment.reference_type, str(snapshot.kind)),
        message=label,
    )
    return replace(snapshot, number=label, payment=payment)


def reference_of(label: str, reference_type: str, kind: str) -> str:
    """The payment reference of a document; the leading digit keeps the series apart."""
    digits = "".join(sign for sign in label if sign.isdigit())
    prefix = REFERENCE_PREFIXES[InvoiceKind(kind)]
    if reference_type == "QRR":
        return qrr_from_number(digits, prefix=prefix)
    return scor(prefix + digits)


def address_of(account: Account, site: Site, day: date) -> Address:
    """
    Where an account gets its documents on a day: the billing address, else the postal one.

    Without any, the site's: the recipient lives or owns there (the run's checks name the gap).
    """
    rows = PostalAddress.objects.filter(account=account).order_by(
        "kind", F("period").desc()
    )  # "billing" before "postal"
    found = next((row for row in rows if _holds(row, day)), None)
    place = found or site
    return Address(
        name=(found.recipient if found else "") or account.name,
        street=place.street,
        house_number=place.house_number,
        postcode=place.postcode,
        town=place.town,
        country=place.country,
    )


def _holds(row: PostalAddress, day: date) -> bool:
    period = row.period
    return (period.lower is None or period.lower <= day) and (period.upper is None or day < period.upper)


def _letterhead(organization: Organization) -> Letterhead:
    return Letterhead(
        address=_sender(organization),
        vat_number=organization.vat_number,
        phone=organization.phone,
        email=organization.email,
        website=organization.website,
        accent=organization.accent_colour.lower(),
    )


def _sender(organization: Organization) -> Address:
    return Address(
        name=organization.name,
        street=organization.street,
        house_number=organization.house_number,
        postcode=organization.postcode,
        town=organization.town,
        country=organization.country,
    )


def _place(invoice: Invoice) -> Place:
    point = invoice.billing_point
    return Place(site=invoice.site.name, building=point.building.name, billing_point=point.name)


def _line(line: InvoiceLine, invoice: Invoice) -> Line:
    whole = (line.period.lower, line.period.upper) == (invoice.period.lower, invoice.period.upper)
    return Line(
        position=line.position,
        section=line.section,
        title=line.title,
        quantity=line.quantity,
        unit=line.unit,
        quantity_places=_places(line),
        unit_price=line.unit_price,
        price_places=max(2, -int(line.unit_price.normalize().as_tuple().exponent)),
        amount=line.amount,
        vat_rate=line.vat_rate,
        slot=slot_name(line.slot),
        estimated=line.estimated,
        period=None if whole else Period(line.period.lower, line.period.upper),
    )


def _places(line: InvoiceLine) -> int:
    """Whole months are printed without places, parts of months with two."""
    if line.unit == "month":
        return 0 if line.quantity == line.quantity.to_integral_value() else 2
    return _QUANTITY_PLACES[line.unit]


def slot_name(slot: str) -> str:
    """A tariff slot in the active language; names of one's own stay as they are."""
    return {"all": "", "high": _("High tariff"), "low": _("Low tariff")}.get(slot, slot)


def _subtotals(lines: Sequence[InvoiceLine]) -> tuple[Subtotal, ...]:
    nets: dict[str, Decimal] = {}
    for line in lines:
        nets[line.section] = nets.get(line.section, Decimal(0)) + line.amount
    return tuple(Subtotal(section, net) for section, net in nets.items())


def _payment(organization: Organization, invoice: Invoice) -> Payment | None:
    iban = organization.iban.replace(" ", "")
    if invoice.kind != InvoiceKind.INVOICE or invoice.total <= 0 or not iban:
        return None
    return Payment(
        iban=iban,
        creditor=_sender(organization),
        reference_type="QRR" if is_qr_iban(iban) else "SCOR",
    )


def _explanations(lines: Sequence[InvoiceLine]) -> tuple[str, ...]:
    texts = [
        _(
            "Solar energy is divided every quarter hour in proportion to what everybody uses at that moment; "
            "whole watt-hours are formed once per month and tariff hours, so that the parts add up exactly."
        )
    ]
    if any(line.estimated for line in lines):
        texts.append(_("Lines marked as estimated contain values that were not measured."))
    return tuple(texts) if any(line.energy_wh is not None for line in lines) else ()
