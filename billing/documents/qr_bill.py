# SPDX-License-Identifier: Apache-2.0
"""The data of a Swiss QR-bill: what is written into the QR code, and its rules.

Source: SIX Implementation Guidelines QR-bill 2.3 (in force since 22 November 2025).
Only structured addresses exist here; a combined address (type K) is refused when read.
A bill cannot be constructed in a state that a bank would refuse.
"""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

from billing.documents.references import is_qr_iban, is_qrr, is_scor, is_swiss_iban

HEADER = ("SPC", "0200", "1")
TRAILER = "EPD"
MAX_CHARACTERS = 997
MAX_AMOUNT = Decimal("999999999.99")
CURRENCIES = ("CHF", "EUR")
# Structured data: type, name, street, house number, postcode, town, country.
_PARTY_LINES = 7
_LENGTHS = {"name": 70, "street": 70, "house_number": 16, "postcode": 16, "town": 35}
_MESSAGE_LENGTH = 140
_SCHEME_LENGTH = 100
_AMOUNT = re.compile(r"(0|[1-9][0-9]{0,8})\.[0-9]{2}\Z")
# Basic Latin, Latin-1, Latin Extended-A, Romanian letters with comma below, euro.
_FOREIGN = re.compile("[^\u0020-\u007e\u00a0-\u017f\u0218-\u021b\u20ac]")


class InvalidQrBill(ValueError):
    """The data break a rule of the guidelines; `field` and `fault` name where and how."""

    def __init__(self, field: str, fault: str) -> None:
        super().__init__(f"{field}: {fault}")
        self.field = field
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Party:
    """Creditor or debtor; street and house number may be empty, the rest may not."""

    name: str
    street: str
    house_number: str
    postcode: str
    town: str
    country: str

    def fields(self) -> tuple[str, ...]:
        """The seven elements of the payload."""
        return ("S", self.name, self.street, self.house_number, self.postcode, self.town, self.country)


@dataclass(frozen=True, slots=True)
class QrBill:
    """
    One QR-bill.  `amount` None leaves the amount to the payer, `debtor` None leaves the name.

    :raises InvalidQrBill: on construction, naming the field and the broken rule.
    """

    iban: str
    creditor: Party
    amount: Decimal | None
    currency: str
    debtor: Party | None
    reference_type: str
    reference: str = ""
    message: str = ""
    bill_information: str = ""
    schemes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check_account(self)
        _check_party(self.creditor, "creditor")
        if self.debtor is not None:
            _check_party(self.debtor, "debtor")
        _check_amount(self)
        _check_texts(self)
        if (length := len(payload(self))) > MAX_CHARACTERS:
            raise InvalidQrBill("payload", f"has {length} characters, at most {MAX_CHARACTERS} are allowed")


def payload(bill: QrBill) -> str:
    """The text of the QR code: 31 lines, then bill information and schemes where given; lines end with LF."""
    lines = [*HEADER, bill.iban, *bill.creditor.fields(), *[""] * _PARTY_LINES]
    lines += ["" if bill.amount is None else f"{bill.amount:.2f}", bill.currency]
    lines += bill.debtor.fields() if bill.debtor else [""] * _PARTY_LINES
    lines += [bill.reference_type, bill.reference, bill.message, TRAILER]
    if bill.bill_information or bill.schemes:
        lines += [bill.bill_information, *bill.schemes]
    return "\n".join(lines)


def parse(text: str) -> QrBill:
    """
    The bill behind a QR code's text (LF or CRLF).

    :raises InvalidQrBill: if a line is missing or a rule is broken.
    """
    lines = text.replace("\r\n", "\n").removesuffix("\n").split("\n")
    if not 31 <= len(lines) <= 34:
        raise InvalidQrBill("payload", f"has {len(lines)} lines, 31 to 34 are expected")
    if tuple(lines[:3]) != HEADER:
        raise InvalidQrBill("header", f"is {'/'.join(lines[:3])}, should be {'/'.join(HEADER)}")
    if lines[30] != TRAILER:
        raise InvalidQrBill("trailer", f"is {lines[30]!r}, should be {TRAILER!r}")
    if any(lines[11:18]):
        raise InvalidQrBill("ultimate creditor", "is reserved and must be empty")
    creditor, debtor = _parse_party(lines[4:11], "creditor"), _parse_party(lines[20:27], "debtor")
    if creditor is None:
        raise InvalidQrBill("creditor", "is missing")
    return QrBill(
        iban=lines[3],
        creditor=creditor,
        amount=_parse_amount(lines[18]),
        currency=lines[19],
        debtor=debtor,
        reference_type=lines[27],
        reference=lines[28],
        message=lines[29],
        bill_information=lines[31] if len(lines) > 31 else "",
        schemes=tuple(lines[32:]),
    )


def fit(text: str, length: int) -> str:
    """
    Free text as the QR code can hold it: one line, allowed characters, not longer than `length`.

    A letter the guidelines do not know becomes its base letter, else a point, so that
    a resident's name in another script delays no invoice (the letter itself prints it in full).

    >>> fit("Nguyễn\\nVăn  Tèo ☀", 70)
    'Nguyen Văn Tèo .'
    """
    words = " ".join(unicodedata.normalize("NFC", text).split())
    return _FOREIGN.sub(_nearest, words)[:length].strip()


def fitted_party(
    *, name: str, street: str, house_number: str, postcode: str, town: str, country: str
) -> Party:
    """A party whose texts are made to fit, see `fit`."""
    given = {"name": name, "street": street, "house_number": house_number, "postcode": postcode, "town": town}
    return Party(**{field: fit(text, _LENGTHS[field]) for field, text in given.items()}, country=country)


def _nearest(match: re.Match[str]) -> str:
    base = unicodedata.normalize("NFKD", match[0])[0]
    return "." if _FOREIGN.match(base) else base


def _parse_party(lines: list[str], field: str) -> Party | None:
    kind, name, street, house_number, postcode, town, country = lines
    if not any(lines):
        return None
    if kind == "K":
        fault = "combined addresses (type K) are refused since 22 November 2025; give a structured one (S)"
        raise InvalidQrBill(f"{field} address type", fault)
    if kind != "S":
        raise InvalidQrBill(f"{field} address type", f"is {kind!r}, should be S")
    return Party(name, street, house_number, postcode, town, country)


def _parse_amount(text: str) -> Decimal | None:
    if not text:
        return None
    if not _AMOUNT.match(text):
        raise InvalidQrBill("amount", f"{text!r} is no amount with two decimals and a point")
    return Decimal(text)


def _check_account(bill: QrBill) -> None:
    if not is_swiss_iban(bill.iban):
        raise InvalidQrBill("iban", f"{bill.iban!r} is no valid IBAN of Switzerland or Liechtenstein")
    if bill.reference_type not in ("QRR", "SCOR", "NON"):
        raise InvalidQrBill("reference type", f"is {bill.reference_type!r}, should be QRR, SCOR or NON")
    if is_qr_iban(bill.iban) and bill.reference_type != "QRR":
        raise InvalidQrBill("reference type", f"a QR-IBAN demands QRR, not {bill.reference_type}")
    if not is_qr_iban(bill.iban) and bill.reference_type == "QRR":
        raise InvalidQrBill("reference type", "QRR demands a QR-IBAN (clearing number 30000 to 31999)")
    _check_reference(bill)


def _check_reference(bill: QrBill) -> None:
    if bill.reference_type == "QRR" and not is_qrr(bill.reference):
        fault = f"{bill.reference!r} is no QR reference: 27 digits, not all zero, with a valid check digit"
        raise InvalidQrBill("reference", fault)
    if bill.reference_type == "SCOR" and not is_scor(bill.reference):
        fault = f"{bill.reference!r} is no creditor reference (ISO 11649) with valid check digits"
        raise InvalidQrBill("reference", fault)
    if bill.reference_type == "NON" and bill.reference:
        raise InvalidQrBill("reference", "must be empty with reference type NON")


def _check_amount(bill: QrBill) -> None:
    if bill.currency not in CURRENCIES:
        raise InvalidQrBill("currency", f"is {bill.currency!r}, should be CHF or EUR")
    if bill.amount is None:
        return
    if not bill.amount.is_finite() or bill.amount != round(bill.amount, 2):
        raise InvalidQrBill("amount", f"{bill.amount} has more than two decimals")
    if not 0 < bill.amount <= MAX_AMOUNT:
        raise InvalidQrBill("amount", f"{bill.amount} is not between 0.01 and {MAX_AMOUNT}")


def _check_party(party: Party, field: str) -> None:
    for name, length in _LENGTHS.items():
        _check_text(getattr(party, name), f"{field} {name.replace('_', ' ')}", length)
    for name in ("name", "postcode", "town"):
        if not getattr(party, name):
            raise InvalidQrBill(f"{field} {name}", "is missing")
    if not re.match(r"[A-Z]{2}\Z", party.country):
        raise InvalidQrBill(f"{field} country", f"{party.country!r} is no ISO 3166 code of two letters")


def _check_texts(bill: QrBill) -> None:
    _check_text(bill.message, "message", _MESSAGE_LENGTH)
    _check_text(bill.bill_information, "bill information", _MESSAGE_LENGTH)
    if (length := len(bill.message) + len(bill.bill_information)) > _MESSAGE_LENGTH:
        fault = f"have {length} characters together, at most {_MESSAGE_LENGTH} are allowed"
        raise InvalidQrBill("message and bill information", fault)
    if len(bill.schemes) > 2:
        raise InvalidQrBill("alternative schemes", f"are {len(bill.schemes)}, at most 2 are allowed")
    for scheme in bill.schemes:
        _check_text(scheme, "alternative scheme", _SCHEME_LENGTH)


def _check_text(text: str, field: str, length: int) -> None:
    if len(text) > length:
        raise InvalidQrBill(field, f"has {len(text)} characters, at most {length} are allowed")
    if foreign := _FOREIGN.search(text):
        raise InvalidQrBill(field, f"has the character U+{ord(foreign[0]):04X}, which is not allowed")
