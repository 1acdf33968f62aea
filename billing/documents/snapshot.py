# SPDX-License-Identifier: Apache-2.0
"""Everything one document says, frozen at the moment of issue.

The renderer reads nothing else, so the same snapshot gives the same bytes in ten
years.  The JSON text is stored with the invoice; `schema` says how to read it.
"""

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from billing.documents.codec import UnableToRead, build, plain
from billing.documents.consistency import InconsistentSnapshot, check
from billing.documents.parts import (
    Address,
    Consumption,
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
    Window,
)

__all__ = [
    "SCHEMA",
    "Address",
    "Consumption",
    "InconsistentSnapshot",
    "InvoiceSnapshot",
    "Kind",
    "Letterhead",
    "Line",
    "MonthUse",
    "Payment",
    "Period",
    "Place",
    "RegisterReading",
    "Subtotal",
    "UnableToRead",
    "Use",
    "VatGroup",
    "Window",
    "check",
]

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class InvoiceSnapshot:
    """
    One invoice, statement or credit note.

    `language` is the reader's (de, fr, it, en) and `country` the sender's (number formats).
    Texts that are data (titles, notes, explanations, methods) come in the reader's language;
    headings and sentences are the template's.  `rounding` is the difference to 0.05, zero if none;
    `line_rounding` says what was rounded (billing.md §4): each `line`, or only the `section`.
    A credit note carries negative amounts and names the document it cancels in `refers_to`.
    """

    number: str
    kind: Kind
    language: str
    country: str
    currency: str
    issued_on: date
    due_on: date | None
    period: Period
    sender: Letterhead
    debtor: Address
    account_code: str
    place: Place
    lines: tuple[Line, ...]
    subtotals: tuple[Subtotal, ...]
    net: Decimal
    vat_groups: tuple[VatGroup, ...]
    rounding: Decimal
    total: Decimal
    payment: Payment | None = None
    refers_to: str = ""
    readings: tuple[RegisterReading, ...] = ()
    consumption: Consumption | None = None
    line_rounding: str = "line"
    provisional: bool = False
    data_version: str = ""
    notes: tuple[str, ...] = ()
    explanations: tuple[str, ...] = ()

    @property
    def vat(self) -> Decimal:
        """Tax over all rates."""
        return sum((group.vat for group in self.vat_groups), Decimal(0))

    @property
    def estimated(self) -> bool:
        """Whether any figure of the document rests on an estimate."""
        return any(line.estimated for line in self.lines) or any(row.estimated for row in self.readings)

    def to_json(self) -> str:
        """The snapshot as JSON text with sorted keys: equal snapshots give equal texts."""
        body = {"schema": SCHEMA, **plain(self)}
        return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "InvoiceSnapshot":
        """
        The snapshot again, equal to the one that wrote the text.

        :raises UnableToRead: if the text is damaged or of a schema this version does not know.
        """
        try:
            body = json.loads(text)
        except ValueError as refusal:
            raise UnableToRead(f"snapshot: not JSON ({refusal})") from refusal
        schema = body.pop("schema", None) if isinstance(body, dict) else None
        if schema != SCHEMA:
            raise UnableToRead(f"snapshot: schema {schema!r} is unknown, expected {SCHEMA}")
        return build(cls, body, "snapshot")
