# SPDX-License-Identifier: Apache-2.0
"""Bank accounts, and the Swiss QR-IBAN among them, which goes with a QR reference and no other."""

from typing import Literal

from stdnum import iban

from billing.identifiers import qrr, scor

# Institutions 30000 to 31999 are set aside for QR-IBANs (Implementation Guidelines QR-bill).
_QR_INSTITUTIONS = range(30_000, 32_000)
_COUNTRIES_WITH_QR = ("CH", "LI")

ReferenceType = Literal["QRR", "SCOR", "NON"]


def compact(account: str) -> str:
    """The account without blanks, in capitals."""
    return "".join(account.split()).upper()


def is_valid(account: str) -> bool:
    """
    Whether the check digits and the country's form are right.

    >>> is_valid("CH58 0079 1123 0008 8901 2"), is_valid("CH59 0079 1123 0008 8901 2")
    (True, False)
    """
    number = compact(account)
    return bool(iban.is_valid(number, check_country=False)) and scor.canonical_check_digits(number[2:4])


def is_qr_iban(account: str) -> bool:
    """
    Whether it is a valid QR-IBAN.

    >>> is_qr_iban("CH44 3199 9123 0008 8901 2"), is_qr_iban("CH58 0079 1123 0008 8901 2")
    (True, False)
    """
    number = compact(account)
    if number[:2] not in _COUNTRIES_WITH_QR or not is_valid(number):
        return False
    return int(number[4:9]) in _QR_INSTITUTIONS


def reference_type(reference: str) -> ReferenceType | None:
    """
    Which kind of reference a text is; None if it is none.

    >>> reference_type("RF18539007547034"), reference_type(""), reference_type("12")
    ('SCOR', 'NON', None)
    """
    if not reference.strip():
        return "NON"
    if qrr.is_valid(reference):
        return "QRR"
    return "SCOR" if scor.is_valid(reference) else None


def goes_with(account: str, kind: ReferenceType) -> bool:
    """Whether a QR-bill may carry this account with this kind of reference."""
    return is_valid(account) and (kind == "QRR") == is_qr_iban(account)
