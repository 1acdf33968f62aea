# SPDX-License-Identifier: Apache-2.0
"""The peer of B4: the same invoice the way one writes it first (W0 of the measurements).

Tables with a cell per figure, a shape per bar, and the slip as the SVG that the
`qrbill` library draws, with the code as paths.  Same texts, same engine, no tricks
against it: style sheet and fonts are read as the engine's tutorial shows.
"""

import io
from pathlib import Path
from typing import Any

import qrbill
import weasyprint
from django.template import Context, Engine
from django.utils import translation

from billing.documents.first_page import letter
from billing.documents.html import owed, qr_bill
from billing.documents.qr_bill import Party
from billing.documents.snapshot import InvoiceSnapshot, MonthUse
from billing.documents.use_page import Readings, use_page

STYLE = """
@page { size: A4; margin: 18mm 20mm 20mm; @bottom-right { content: counter(page) " / " counter(pages) } }
@page :last { margin: 18mm 0 0 }
body { font: 9pt/1.4 "Liberation Sans"; color: #1b2430 }
table { border-collapse: collapse }
.wide { width: 100% }
td, th { padding: 0.5mm 1mm; vertical-align: top; text-align: left }
td + td, th + th { text-align: right }
.sender { font-size: 15pt; font-weight: bold }
.call { padding: 3mm; background: #f2f5f8 }
.page { page-break-before: always }
"""
ENGINE = Engine(dirs=[str(Path(__file__).parent)], autoescape=True)


def render_naively(snapshot: InvoiceSnapshot) -> bytes:
    with translation.override(snapshot.language):
        html = ENGINE.get_template("b4_naive.html").render(Context(_context(snapshot)))
    pdf: bytes = weasyprint.HTML(string=html).write_pdf(stylesheets=[weasyprint.CSS(string=STYLE)])
    return pdf


def _context(snapshot: InvoiceSnapshot) -> dict[str, Any]:
    first, use = letter(snapshot), use_page(snapshot)
    assert use is not None
    assert use.picture is not None
    assert use.picture.months is not None
    assert snapshot.consumption is not None
    months, compared = use.picture.months, use.picture.compared
    return {
        "language": snapshot.language,
        "currency": snapshot.currency,
        "letter": first,
        "facts": _tabbed(first.facts),
        "bill": [
            [line.title, *line.quantity.split(), *line.price.split(), line.amount]
            for page in first.portions
            for line in page.lines
            if line.title
        ],
        "sums": list(zip(first.sum_labels.split("\n"), first.sums.split("\n"), strict=True)),
        "use": use,
        "bars": [bar for place, row in enumerate(snapshot.consumption.months) for bar in _bars(place, row)],
        "months": _labelled(months.labels.split("\n"), months.figures),
        "compared": _labelled(["", *compared.labels.split("\n")], compared.figures),
        "readings": [row for part in use.readings for row in _reading_rows(part)],
        "owed": _tabbed(owed(snapshot)),
        "slip": _slip(snapshot),
    }


def _tabbed(text: str) -> list[list[str]]:
    return [line.split("\t") for line in text.split("\n")]


def _labelled(labels: list[str], figures: str) -> list[list[str]]:
    return [[label, *row.split()] for label, row in zip(labels, figures.split("\n"), strict=True)]


def _reading_rows(part: Readings) -> list[list[str]]:
    columns = (part.meters, part.registers, part.figures, part.methods)
    rows = zip(*(column.split("\n") for column in columns), strict=True)
    return [[meter, register, *figures.split(), *how.split("\t")] for meter, register, figures, how in rows]


def _bars(place: int, row: MonthUse) -> list[tuple[str, str, str, str, str]]:
    """Three rectangles per month: the year before, grid, solar."""
    left, scale = 31 + 11.66 * place, 42 / 500_000
    grid, solar = row.use.grid * scale, row.use.solar * scale
    before = (row.year_before.total if row.year_before else 0) * scale
    shapes = [
        (left, 45 - before, 2.6, before, "#d5dbe1"),
        (left + 3.2, 45 - grid, 5.6, grid, "#44546a"),
        (left + 3.2, 45 - grid - solar, 5.6, solar, "#f2a93b"),
    ]
    return [
        (f"{x:.2f}", f"{y:.2f}", f"{width:.2f}", f"{height:.2f}", colour)
        for x, y, width, height, colour in shapes
    ]


def _slip(snapshot: InvoiceSnapshot) -> str:
    bill = qr_bill(snapshot)
    assert bill is not None
    assert bill.debtor is not None
    drawn = qrbill.QRBill(
        account=bill.iban,
        creditor=_address(bill.creditor),
        debtor=_address(bill.debtor),
        amount=str(bill.amount),
        currency=bill.currency,
        reference_number=bill.reference,
        additional_information=bill.message,
        billing_information=bill.bill_information,
        language=snapshot.language,
    )
    stream = io.StringIO()
    drawn.as_svg(stream)
    return stream.getvalue().partition("?>")[2]


def _address(party: Party) -> dict[str, str]:
    return {
        "name": party.name,
        "street": party.street,
        "house_num": party.house_number,
        "pcode": party.postcode,
        "city": party.town,
        "country": party.country,
    }
