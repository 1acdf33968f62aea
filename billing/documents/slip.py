# SPDX-License-Identifier: Apache-2.0
"""The printed payment part and receipt: texts and their order (style guide QR-bill, annex D).

The headings are fixed by the guide in four languages, so they stand here as data and
not in the translation catalogues, where somebody might improve them.
"""

from dataclasses import dataclass
from decimal import Decimal

from billing.documents.qr_bill import Party, QrBill
from billing.documents.references import grouped
from billing.documents.typeset import room, wrap

_HEADINGS = {
    "payment_part": ("Zahlteil", "Section paiement", "Sezione pagamento", "Payment part"),
    "account": ("Konto / Zahlbar an", "Compte / Payable à", "Conto / Pagabile a", "Account / Payable to"),
    "reference": ("Referenz", "Référence", "Riferimento", "Reference"),
    "message": (
        "Zusätzliche Informationen",
        "Informations supplémentaires",
        "Informazioni supplementari",
        "Additional information",
    ),
    "currency": ("Währung", "Monnaie", "Valuta", "Currency"),
    "amount": ("Betrag", "Montant", "Importo", "Amount"),
    "receipt": ("Empfangsschein", "Récépissé", "Ricevuta", "Receipt"),
    "acceptance_point": ("Annahmestelle", "Point de dépôt", "Punto di accettazione", "Acceptance point"),
    "separate": (
        "Vor der Einzahlung abzutrennen",
        "A détacher avant le versement",
        "Da staccare prima del versamento",
        "Separate before paying in",
    ),
    "payable_by": ("Zahlbar durch", "Payable par", "Pagabile da", "Payable by"),
    "payable_by_blank": (
        "Zahlbar durch (Name/Adresse)",
        "Payable par (nom/adresse)",
        "Pagabile da (nome/indirizzo)",
        "Payable by (name/address)",
    ),
}
_ORDER = ("de", "fr", "it", "en")
# Lines that fit at the guide's preferred type sizes: receipt 8 pt on 9, payment part 10 pt on 11.
_RECEIPT_ROOM, _RECEIPT_LINES = room(52, 8), 17
_PAYMENT_ROOM, _PAYMENT_LINES = room(87, 10), 21
_PAYMENT_ROOM_DENSE = room(87, 8)


@dataclass(frozen=True, slots=True)
class Block:
    """A heading with the lines below it; without lines, a box to be filled in by hand."""

    heading: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Slip:
    """Everything that is printed on receipt and payment part; `dense` asks for the smaller type."""

    headings: dict[str, str]
    receipt: tuple[Block, ...]
    payment: tuple[Block, ...]
    currency: str
    amount: str
    schemes: str
    dense: bool


def lay_out(bill: QrBill, *, language: str) -> Slip:
    """The printed texts of a bill in the reader's language."""
    headings = {name: texts[_ORDER.index(language)] for name, texts in _HEADINGS.items()}
    receipt = _blocks(bill, headings, _RECEIPT_ROOM, receipt=True, streets=True)
    if _height(receipt) > _RECEIPT_LINES:
        # The guide allows the receipt to leave out streets where space is short.
        receipt = _blocks(bill, headings, _RECEIPT_ROOM, receipt=True, streets=False)
    payment = _blocks(bill, headings, _PAYMENT_ROOM, receipt=False, streets=True)
    if dense := _height(payment) > _PAYMENT_LINES:
        payment = _blocks(bill, headings, _PAYMENT_ROOM_DENSE, receipt=False, streets=True)
    return Slip(
        headings=headings,
        receipt=receipt,
        payment=payment,
        currency=bill.currency,
        amount=amount(bill.amount),
        schemes="\n".join(bill.schemes),
        dense=dense,
    )


def amount(value: Decimal | None) -> str:
    """The guide's own form: a blank between thousands, a point before the cents; empty if open."""
    return "" if value is None else f"{value:,.2f}".replace(",", " ")


def _blocks(
    bill: QrBill, headings: dict[str, str], limit: int, *, receipt: bool, streets: bool
) -> tuple[Block, ...]:
    account = [grouped(bill.iban), *_address(bill.creditor, limit, streets=streets)]
    blocks = [Block(headings["account"], tuple(account))]
    if bill.reference:
        size = 5 if bill.reference_type == "QRR" else 4
        blocks.append(Block(headings["reference"], (grouped(bill.reference, size=size),)))
    information = [
        line for text in (bill.message, bill.bill_information) if text for line in wrap(text, limit)
    ]
    if information and not receipt:
        blocks.append(Block(headings["message"], tuple(information)))
    if bill.debtor is None:
        blocks.append(Block(headings["payable_by_blank"], ()))
    else:
        debtor = _address(bill.debtor, limit, streets=streets)
        blocks.append(Block(headings["payable_by"], tuple(debtor)))
    return tuple(blocks)


def _address(party: Party, limit: int, *, streets: bool) -> list[str]:
    street = f"{party.street} {party.house_number}".strip() if streets else ""
    town = f"{party.postcode} {party.town}"
    # Swiss addresses stand without country; others with its code in front of the postcode.
    town = town if party.country == "CH" else f"{party.country}-{town}"
    return [line for text in (party.name, street, town) if text for line in wrap(text, limit)]


def _height(blocks: tuple[Block, ...]) -> int:
    """Lines with their headings and one blank line between blocks."""
    return sum(1 + len(block.lines) for block in blocks) + len(blocks) - 1
