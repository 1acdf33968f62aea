# SPDX-License-Identifier: Apache-2.0
"""Codes of the energy market: MaLo-ID, metering point designation, EIC, meter number."""

import re

from stdnum.eu import eic

_MALO = re.compile(r"[1-9]\d{10}")
# Country, grid operator and place (11 digits), 20 letters and digits.
_METERING_POINT = re.compile(r"(?:CH|DE|AT)\d{11}[0-9A-Z]{20}")
# Medium, maker (three letters), block (two digits), number (eight digits): DIN 43849, formerly 43863-5.
_METER = re.compile(r"[1245678E9][A-Z]{3}\d{10}")


def malo_check_digit(body: str) -> int:
    """
    Check digit of the first ten digits of a MaLo-ID: odd places count once, even places twice.

    >>> malo_check_digit("4137355924")
    1
    """
    odd = sum(int(digit) for digit in body[0::2])
    even = sum(int(digit) for digit in body[1::2])
    return -(odd + 2 * even) % 10


def is_malo(identifier: str) -> bool:
    """
    Whether it is an eleven-digit MaLo-ID (German market location) with the right check digit.

    >>> is_malo("41373559241"), is_malo("41373559240")
    (True, False)
    """
    compact = "".join(identifier.split())
    return _MALO.fullmatch(compact) is not None and malo_check_digit(compact[:10]) == int(compact[10])


def is_metering_point(designation: str) -> bool:
    """
    Whether it has the 33 characters of a metering point in Switzerland, Germany or Austria.

    >>> is_metering_point("CH" + "10123401234" + "0" * 18 + "42")
    True
    """
    return _METERING_POINT.fullmatch("".join(designation.split()).upper()) is not None


def is_eic(code: str) -> bool:
    """
    Whether it is an Energy Identification Code: 16 characters, the last a check character.

    >>> is_eic("22XWATTPLUS----G"), is_eic("22XWATTPLUS----X")
    (True, False)
    """
    return bool(eic.is_valid(code))


def is_meter_number(number: str) -> bool:
    """
    Whether it has the form of a manufacturer-wide meter number; it has no check digit.

    >>> is_meter_number("1 EMH00 1234 5678"), is_meter_number("1EMH12345678")
    (True, False)
    """
    return _METER.fullmatch("".join(number.split()).upper()) is not None
