# SPDX-License-Identifier: Apache-2.0
"""Swiss payment references and accounts: QRR, SCOR (ISO 11649), IBAN and QR-IBAN.

A QR-IBAN demands a QRR reference; an ordinary IBAN takes SCOR or none.  The bank is
told apart by its clearing number alone: 30000 to 31999 marks a QR-IBAN.
"""

import re

QRR_LENGTH = 27
_CARRY = (0, 9, 4, 6, 8, 2, 7, 1, 3, 5)
_QR_CLEARING = range(30000, 32000)
_SWISS_IBAN = re.compile(r"(CH|LI)[0-9]{7}[0-9A-Z]{12}\Z")
_BODY = re.compile(r"[0-9A-Z]{1,21}\Z")


class UnableToRefer(ValueError):
    """No payment reference can be formed from what was given."""


def qrr_check_digit(digits: str) -> int:
    """
    Modulo 10 recursive over `digits`.

    >>> qrr_check_digit("21000000000313947143000901")
    7
    """
    carry = 0
    for digit in digits:
        carry = _CARRY[(carry + int(digit)) % 10]
    return (10 - carry) % 10


def qrr(body: str) -> str:
    """
    The 27-digit reference for up to 26 digits, filled with zeros on the left.

    >>> qrr("123456")
    '000000000000000000001234565'

    :raises UnableToRefer: if the body is no number, is too long, or is all zeros.
    """
    if not (body.isascii() and body.isdigit()) or len(body) >= QRR_LENGTH:
        raise UnableToRefer(f"{body!r} is no number of 1 to 26 digits.")
    if not body.strip("0"):
        raise UnableToRefer("A reference of nothing but zeros is refused by the banks.")
    padded = body.zfill(QRR_LENGTH - 1)
    return f"{padded}{qrr_check_digit(padded)}"


def qrr_from_number(number: str, *, prefix: str = "") -> str:
    """
    The reference of an invoice: the bank's or the kind's `prefix`, zeros, the digits of the number.

    Two numbers that differ only in letters give the same reference; series that do so
    (an invoice and a statement both numbered 2026-1) need different prefixes.

    >>> qrr_from_number("2026-00042", prefix="310014")
    '310014000000000002026000422'

    :raises UnableToRefer: if the number has no digit, or prefix and digits exceed 26.
    """
    digits = "".join(sign for sign in number if sign in "0123456789")
    room = QRR_LENGTH - 1 - len(prefix)
    if not digits or len(digits) > room:
        raise UnableToRefer(f"{number!r} gives {len(digits)} digits; 1 to {room} have room.")
    return qrr(prefix + digits.zfill(room))


def is_qrr(reference: str) -> bool:
    """Whether this is a complete QR reference with the right check digit."""
    form = len(reference) == QRR_LENGTH and reference.isascii() and reference.isdigit()
    return form and bool(reference.strip("0")) and qrr_check_digit(reference[:-1]) == int(reference[-1])


def scor(body: str) -> str:
    """
    The creditor reference (ISO 11649) for 1 to 21 capital letters and digits.

    >>> scor("539007547034")
    'RF18539007547034'

    :raises UnableToRefer: if the body has other signs or a wrong length.
    """
    if not _BODY.match(body):
        raise UnableToRefer(f"{body!r} is no text of 1 to 21 capital letters and digits.")
    return f"RF{98 - _mod97(body + 'RF00'):02}{body}"


def is_scor(reference: str) -> bool:
    """Whether this is a creditor reference with the right check digits (00, 01 and 99 are none)."""
    return bool(_BODY.match(reference[4:])) and scor(reference[4:]) == reference


def is_swiss_iban(iban: str) -> bool:
    """Whether this is an IBAN of Switzerland or Liechtenstein, without blanks, with valid check digits."""
    return bool(_SWISS_IBAN.match(iban)) and _mod97(iban[4:] + iban[:4]) == 1


def is_qr_iban(iban: str) -> bool:
    """Whether the account is a QR-IBAN."""
    return is_swiss_iban(iban) and int(iban[4:9]) in _QR_CLEARING


def grouped(code: str, *, size: int = 4) -> str:
    """
    Blanks for the reader's eye: IBAN and SCOR by four from the left, QRR by five from the right.

    >>> grouped("210000000003139471430009017", size=5)
    '21 00000 00003 13947 14300 09017'
    """
    first = len(code) % size if size == 5 else 0
    groups = [code[:first]] if first else []
    groups += [code[start : start + size] for start in range(first, len(code), size)]
    return " ".join(groups)


def _mod97(text: str) -> int:
    return int("".join(str(int(sign, 36)) for sign in text)) % 97
