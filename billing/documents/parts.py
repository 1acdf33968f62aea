# SPDX-License-Identifier: Apache-2.0
"""The parts of a document, as plain values: what is printed is exactly what stands here.

Amounts are Decimal in the document's currency, net of VAT unless said otherwise.
Energies of the consumption page are whole Wh.  Periods are half-open: the last day
that is printed is the day before `end`.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum


class Kind(StrEnum):
    """What the document asks for: an invoice demands, a statement explains, a credit note gives back."""

    INVOICE = "invoice"
    STATEMENT = "statement"
    CREDIT_NOTE = "credit_note"


class Window(StrEnum):
    """Side of the address window of the envelope (Swiss C5 and C5/6 exist with both)."""

    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Address:
    """A structured address (type S of the QR-bill); `country` is ISO 3166-1 alpha-2.

    `addition` (care of, department) is printed in the letter and is no part of the QR code.
    """

    name: str
    street: str
    house_number: str
    postcode: str
    town: str
    country: str
    addition: str = ""


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who sends the document; `accent` is a colour `#rrggbb`."""

    address: Address
    vat_number: str = ""
    phone: str = ""
    email: str = ""
    website: str = ""
    accent: str = "#1f5f8b"
    window: Window = Window.LEFT


@dataclass(frozen=True, slots=True)
class Place:
    """What is billed: site, building and billing point, as the reader knows them."""

    site: str
    building: str
    billing_point: str
    billing_point_code: str = ""


@dataclass(frozen=True, slots=True)
class Period:
    """Local days `[start, end)`."""

    start: date
    end: date


@dataclass(frozen=True, slots=True)
class Line:
    """One position: unrounded `quantity` × unrounded `unit_price`, printed with so many places.

    `section` is the solution's label (Electricity, Mobility …), `slot` the tariff slot
    (high, low) in the reader's words, `period` only if it differs from the document's.
    """

    position: int
    section: str
    title: str
    quantity: Decimal
    unit: str
    quantity_places: int
    unit_price: Decimal
    price_places: int
    amount: Decimal
    vat_rate: Decimal
    slot: str = ""
    estimated: bool = False
    period: Period | None = None


@dataclass(frozen=True, slots=True)
class Subtotal:
    """Net sum of one section."""

    section: str
    net: Decimal


@dataclass(frozen=True, slots=True)
class VatGroup:
    """One VAT rate in percent, the net sum it applies to, and the tax, rounded once."""

    rate: Decimal
    net: Decimal
    vat: Decimal


@dataclass(frozen=True, slots=True)
class RegisterReading:
    """Two indices of one register and the quantity between them, in `unit` with `places` decimals.

    `method` is how the closing index came about, in the reader's words (remote, by hand, estimated).
    """

    meter_number: str
    obis: str
    label: str
    unit: str
    start_on: date
    start_index: Decimal
    end_on: date
    end_index: Decimal
    quantity: Decimal
    places: int
    method: str = ""
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class Use:
    """Energy used, by origin, in Wh."""

    solar: int
    grid: int

    @property
    def total(self) -> int:
        return self.solar + self.grid


@dataclass(frozen=True, slots=True)
class MonthUse:
    """Use of the month that begins on `month` (its first day), and of the same month a year before."""

    month: date
    use: Use
    year_before: Use | None = None
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class Consumption:
    """The consumption page: twelve months, and this period against others.

    `house_average` is the mean of the house's comparable billing points over the same period.
    """

    months: tuple[MonthUse, ...]
    this_period: Use
    year_before: Use | None = None
    house_average: Use | None = None


@dataclass(frozen=True, slots=True)
class Payment:
    """How to pay: account, reference (QRR, SCOR or NON) and what the payer reads on the slip."""

    iban: str
    creditor: Address
    reference_type: str
    reference: str = ""
    message: str = ""
    bill_information: str = ""
