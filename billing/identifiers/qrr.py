# SPDX-License-Identifier: Apache-2.0
"""QR reference (QRR): 27 digits, the last a check digit, modulo 10 recursive.

Swiss Implementation Guidelines QR-bill; the method is that of the former ISR reference.
"""

from collections.abc import Sequence

LENGTH = 27
TABLE = (0, 9, 4, 6, 8, 2, 7, 1, 3, 5)


class UnfitReference(ValueError):
    """The body has something other than digits, or too many of them."""


def compact(reference: str) -> str:
    """The reference without the blanks it is printed with."""
    return "".join(reference.split())


def check_digit(body: str, table: Sequence[int] = TABLE) -> int:
    """
    Check digit of a row of digits.

    >>> check_digit("21000000000313947143000901")
    7
    """
    carry = 0
    for digit in body:
        carry = table[(carry + int(digit)) % 10]
    return (10 - carry) % 10


def make(body: str) -> str:
    """
    A full reference from up to 26 digits, filled with zeros on the left.

    >>> make("123456")
    '000000000000000000001234565'

    :raises UnfitReference: if the body is empty, all zeros, too long, or not all digits.
    """
    digits = compact(body)
    if not (digits.isascii() and digits.isdigit()) or len(digits) >= LENGTH or not int(digits):
        raise UnfitReference(f"{body!r} is no body of a QR reference.")
    padded = digits.zfill(LENGTH - 1)
    return f"{padded}{check_digit(padded)}"


def is_valid(reference: str, table: Sequence[int] = TABLE) -> bool:
    """
    Whether the reference has 27 digits, not all zero, and the right check digit.

    >>> is_valid("21 00000 00003 13947 14300 09017")
    True
    """
    digits = compact(reference)
    if len(digits) != LENGTH or not (digits.isascii() and digits.isdigit()) or not int(digits):
        return False
    return check_digit(digits[:-1], table) == int(digits[-1])


def printed(reference: str) -> str:
    """
    With blanks, in groups of five from the right.

    >>> printed("210000000003139471430009017")
    '21 00000 00003 13947 14300 09017'
    """
    digits = compact(reference)
    first = len(digits) % 5
    groups = [digits[:first], *(digits[place : place + 5] for place in range(first, len(digits), 5))]
    return " ".join(group for group in groups if group)
