# SPDX-License-Identifier: Apache-2.0
"""A snapshot as the HTML the PDF engine sets.

The template engine is the documents' own: autoescape cannot be switched off by the
project's settings, and no request, user or context processor exists here.
"""

import base64
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.template import Context, Engine
from django.utils import translation
from django.utils.translation import gettext as _

from billing.documents import figures, slip
from billing.documents.consistency import check
from billing.documents.first_page import letter, money
from billing.documents.parts import Window
from billing.documents.qr_bill import QrBill, fit, fitted_party, payload
from billing.documents.qr_image import qr_png
from billing.documents.references import grouped, is_swiss_iban
from billing.documents.snapshot import InvoiceSnapshot
from billing.documents.use_page import use_page

_TEMPLATES = Path(__file__).resolve().parent.parent.parent / "templates"
_MESSAGE_LENGTH = 140
_INK = "#000000"


@dataclass(frozen=True, slots=True)
class Source:
    """What the PDF engine needs: the page as HTML, and its style sheet."""

    html: str
    css: str


def document(snapshot: InvoiceSnapshot) -> Source:
    """
    The document in the reader's language.

    :raises InconsistentSnapshot: if its figures contradict each other.
    :raises InvalidQrBill: if the payment's account or reference would be refused by a bank.
    """
    check(snapshot)
    bill = qr_bill(snapshot)
    # Not the language of the request or the worker: the letter is the recipient's.
    with translation.override(snapshot.language):
        context = {
            "language": snapshot.language,
            "currency": snapshot.currency,
            "side": "right-side" if snapshot.sender.window is Window.RIGHT else "left",
            "created": f"{snapshot.issued_on.isoformat()}T00:00:00Z",
            "letter": letter(snapshot),
            **_use(snapshot),
            **(_slip(bill, snapshot.language) if bill else {}),
            "owed": owed(snapshot),
        }
        html = _render("billing/documents/invoice.html", context)
    return Source(html=html, css=style(snapshot.sender.accent))


def payment_part(bill: QrBill, *, language: str) -> Source:
    """A page with nothing but receipt and payment part: slips with an open amount or an open debtor."""
    with translation.override(language):
        html = _render("billing/documents/slip_only.html", {"language": language, **_slip(bill, language)})
    return Source(html=html, css=style(_INK))


@cache
def style(accent: str) -> str:
    """The style sheet in an organization's colour (checked to be `#rrggbb`)."""
    return _render("billing/documents/document.css", {"accent": accent})


def qr_bill(snapshot: InvoiceSnapshot) -> QrBill | None:
    """The QR-bill of a snapshot, or None where there is no Swiss account to pay to."""
    payment = snapshot.payment
    if payment is None or not is_swiss_iban(payment.iban):
        return None
    parties = [
        fitted_party(
            name=address.name,
            street=address.street,
            house_number=address.house_number,
            postcode=address.postcode,
            town=address.town,
            country=address.country,
        )
        for address in (payment.creditor, snapshot.debtor)
    ]
    return QrBill(
        iban=payment.iban,
        creditor=parties[0],
        amount=snapshot.total,
        currency=snapshot.currency,
        debtor=parties[1],
        reference_type=payment.reference_type,
        reference=payment.reference,
        message=fit(payment.message, _MESSAGE_LENGTH - len(payment.bill_information)),
        bill_information=payment.bill_information,
    )


def _use(snapshot: InvoiceSnapshot) -> dict[str, object]:
    use = use_page(snapshot)
    if use is None or use.picture is None:
        return {"use": use}
    drawn = {"picture": use.picture, "accent": snapshot.sender.accent}
    picture = _render("billing/documents/picture.svg", drawn)
    return {"use": use, "picture": _data_url("svg+xml", picture.encode())}


def _slip(bill: QrBill, language: str) -> dict[str, object]:
    return {"slip": slip.lay_out(bill, language=language), "code": _data_url("png", qr_png(payload(bill)))}


def owed(snapshot: InvoiceSnapshot) -> str:
    """What is to be paid, to whom and by when: label and fact, a tab between them, one per line."""
    rows = [
        (_("Number"), snapshot.number),
        (_("Amount"), f"{snapshot.currency} {money(snapshot, snapshot.total)}"),
    ]
    if snapshot.due_on is not None:
        rows.append((_("Payable by"), figures.long_date(snapshot.due_on, snapshot.language)))
    if snapshot.payment is not None:
        rows += [
            (_("Payee"), snapshot.payment.creditor.name),
            (_("To account"), grouped(snapshot.payment.iban)),
        ]
    return "\n".join(f"{label}\t{fact}" for label, fact in rows)


def _render(name: str, context: dict[str, object]) -> str:
    return str(_engine().get_template(name).render(Context(context)))


@cache
def _engine() -> Engine:
    libraries = {"i18n": "django.templatetags.i18n", "documents": "billing.documents.filters"}
    return Engine(dirs=[str(_TEMPLATES)], libraries=libraries, autoescape=True, debug=False)


def _data_url(kind: str, picture: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode()}"
