# SPDX-License-Identifier: Apache-2.0
"""Creditor reference (SCOR, ISO 11649): `RF`, two check digits, up to 21 letters and digits."""

from stdnum import iso11649
from stdnum.iso7064 import mod_97_10

LONGEST_BODY = 21


class UnfitReference(ValueError):
    """The body is empty, too long, or has something other than letters and digits."""


def canonical_check_digits(digits: str) -> bool:
    """Whether modulo 97-10 yields these digits at all: 00, 01 and 99 pass its test, but are never issued."""
    return "02" <= digits <= "98"


def make(body: str) -> str:
    """
    A full reference from its body.

    >>> make("539007547034")
    'RF18539007547034'

    :raises UnfitReference: if the body cannot be one.
    """
    letters = "".join(body.split()).upper()
    if not letters.isascii() or not letters.isalnum() or len(letters) > LONGEST_BODY:
        raise UnfitReference(f"{body!r} is no body of a creditor reference.")
    return f"RF{mod_97_10.calc_check_digits(letters + 'RF')}{letters}"


def is_valid(reference: str) -> bool:
    """
    Whether form and check digits are right; blanks do not matter.

    >>> is_valid("RF18 5390 0754 7034"), is_valid("RF0072"), is_valid("RF04")
    (True, False, False)
    """
    compact = iso11649.compact(reference)
    in_form = 4 < len(compact) <= 4 + LONGEST_BODY and compact.isascii()
    return in_form and bool(iso11649.is_valid(compact)) and canonical_check_digits(compact[2:4])
