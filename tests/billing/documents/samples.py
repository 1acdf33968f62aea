# SPDX-License-Identifier: Apache-2.0
"""An invoice as a real one would be: three sections, two VAT rates, an estimate, a year of consumption."""

import dataclasses
from datetime import date
from decimal import Decimal
from typing import Any

from billing.documents.snapshot import (
    Address,
    Consumption,
    InvoiceSnapshot,
    Kind,
    Letterhead,
    Line,
    MonthUse,
    Payment,
    Period,
    Place,
    RegisterReading,
    Subtotal,
    Use,
    VatGroup,
)
from billing.tariffs.rounding import rounding_difference, to_cent
from billing.tariffs.vat import vat_by_rate

QR_IBAN = "CH4431999123000889012"
QRR = "210000000003139471430009017"
SENDER = Address("Lindenhof Energie AG", "Industriestrasse", "12a", "8005", "Zürich", "CH")
DEBTOR = Address("Ana Müller-Šimić", "Lindenstrasse", "7", "8400", "Winterthur", "CH")
# section, title, slot, quantity, unit, places, price, price places, VAT rate, estimated
ROWS = (
    ("Electricity", "Solar electricity from the roof", "", "402.318", "kWh", 1, "0.1950", 4, "8.1", False),
    ("Electricity", "Grid electricity", "high", "1512.107", "kWh", 1, "0.2987", 4, "8.1", False),
    ("Electricity", "Grid electricity", "low", "288.940", "kWh", 1, "0.2411", 4, "8.1", True),
    ("Electricity", "Basic fee", "", "3", "month", 0, "8.50", 2, "8.1", False),
    ("Hot water", "Hot water", "", "9.412", "m³", 3, "8.1200", 4, "2.6", False),
    ("Services", "Invoice by post", "", "1", "piece", 0, "2.00", 2, "8.1", False),
)
# Solar and grid, kWh per month.
MONTHS = (
    *((60, 210), (38, 260), (22, 301), (25, 310), (41, 250), (78, 220)),
    *((110, 170), (131, 140), (140, 121), (150, 240), (135, 280), (117, 281)),
)


def lines(rows: tuple[tuple[Any, ...], ...] = ROWS) -> tuple[Line, ...]:
    return tuple(
        Line(
            position=place,
            section=section,
            title=title,
            slot=slot,
            quantity=Decimal(quantity),
            unit=unit,
            quantity_places=places,
            unit_price=Decimal(price),
            price_places=price_places,
            amount=to_cent(Decimal(quantity) * Decimal(price)),
            vat_rate=Decimal(rate),
            estimated=estimated,
        )
        for place, (
            section,
            title,
            slot,
            quantity,
            unit,
            places,
            price,
            price_places,
            rate,
            estimated,
        ) in enumerate(rows, 1)
    )


def consumption() -> Consumption:
    months = tuple(
        MonthUse(
            month=date(2025 + (9 + place) // 12, (9 + place) % 12 + 1, 1),
            use=Use(solar * 1000 + 123, grid * 1000 + 456),
            year_before=Use(solar * 900, grid * 1100),
            estimated=place == 10,
        )
        for place, (solar, grid) in enumerate(MONTHS)
    )
    return Consumption(months, Use(402_318, 1_801_047), Use(361_000, 905_000), Use(388_500, 702_250))


def readings() -> tuple[RegisterReading, ...]:
    rows = (
        ("LG-40021587", "1-0:1.8.1", "Import high", "kWh", "18231.402", "19743.509", "remote", False),
        ("LG-40021587", "1-0:1.8.2", "Import low", "kWh", "9120.110", "9409.050", "profile", True),
        ("WW-8812331", "9-0:1.0.0", "Hot water", "m³", "211.004", "220.416", "by hand", False),
    )
    return tuple(
        RegisterReading(
            meter_number=meter,
            obis=obis,
            label=label,
            unit=unit,
            start_on=date(2026, 7, 1),
            start_index=Decimal(start),
            end_on=date(2026, 10, 1),
            end_index=Decimal(end),
            quantity=Decimal(end) - Decimal(start),
            places=3,
            method=method,
            estimated=estimated,
        )
        for meter, obis, label, unit, start, end, method, estimated in rows
    )


def invoice(language: str = "en", **changes: Any) -> InvoiceSnapshot:
    return summed(lines(), language=language, **changes)


def summed(positions: tuple[Line, ...], *, language: str = "en", **changes: Any) -> InvoiceSnapshot:
    """A snapshot whose sums follow from its lines, and whose other parts can be replaced."""
    sections = dict.fromkeys(line.section for line in positions)
    subtotals = tuple(
        Subtotal(
            section, sum((line.amount for line in positions if line.section == section), start=Decimal(0))
        )
        for section in sections
    )
    shares = vat_by_rate((line.vat_rate, line.amount) for line in positions)
    gross = sum((share.gross for share in shares), start=Decimal(0))
    snapshot = InvoiceSnapshot(
        number="2026-00042",
        kind=Kind.INVOICE,
        language=language,
        country="CH",
        currency="CHF",
        issued_on=date(2026, 10, 5),
        due_on=date(2026, 11, 4),
        period=Period(date(2026, 7, 1), date(2026, 10, 1)),
        sender=Letterhead(
            SENDER,
            "CHE-123.456.789 MWST",
            "+41 44 123 45 67",
            "service@lindenhof.example",
            "lindenhof.example",
        ),
        debtor=DEBTOR,
        account_code="K-10023",
        place=Place("Lindenhof", "Haus A", "Wohnung 3.2", "A-32"),
        lines=positions,
        subtotals=subtotals,
        net=sum((subtotal.net for subtotal in subtotals), start=Decimal(0)),
        vat_groups=tuple(VatGroup(share.rate_percent, share.net, share.vat) for share in shares),
        rounding=rounding_difference(gross),
        total=gross + rounding_difference(gross),
        payment=Payment(
            QR_IBAN, SENDER, "QRR", QRR, "Invoice 2026-00042", "//S1/10/2026-00042/11/261005/30/123456789"
        ),
        readings=readings(),
        consumption=consumption(),
        data_version="17 of 3 October",
        explanations=("The solar price is 80 % of the standard product.",),
    )
    return dataclasses.replace(snapshot, **changes)


def credit_note(language: str = "en") -> InvoiceSnapshot:
    """The cancellation of the sample: every line the other way round."""
    back = tuple(dataclasses.replace(line, quantity=-line.quantity, amount=-line.amount) for line in lines())
    return summed(
        back,
        language=language,
        kind=Kind.CREDIT_NOTE,
        number="G-2026-0007",
        refers_to="2026-00042",
        payment=None,
        due_on=None,
    )
