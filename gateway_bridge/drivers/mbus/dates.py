# SPDX-License-Identifier: Apache-2.0
"""Dates and times in telegrams: types F, G, I and J of EN 13757-3.

They are local time without a zone; the summer-time bit is told in the raw bytes only. "Not set" (day or
month 0), "every" (all ones) and the invalid bit give None, never a date that somebody could bill by.
"""

from __future__ import annotations

from datetime import date, datetime, time

# Two-digit years: 81…99 belong to the last century.
_PIVOT = 81


def _year(two_digits: int, *, century: int = 0) -> int:
    if century:
        return 1900 + 100 * century + two_digits
    return (1900 if two_digits >= _PIVOT else 2000) + two_digits


def _date_parts(low: int, high: int) -> tuple[int, int, int]:
    """Two digits of the year, month and day out of the byte pair that all types share."""
    return (low >> 5) | ((high & 0xF0) >> 1), high & 0x0F, low & 0x1F


def type_g(octets: bytes) -> date | None:
    """Date, two bytes."""
    year, month, day = _date_parts(octets[0], octets[1])
    try:
        return date(_year(year), month, day) if year < 100 else None
    except ValueError:
        return None


def type_f(octets: bytes) -> datetime | None:
    """Date and time to the minute, four bytes."""
    if octets[0] & 0x80:
        return None
    year, month, day = _date_parts(octets[2], octets[3])
    century = (octets[1] >> 5) & 0x03
    return _moment(_year(year, century=century), month, day, octets[1] & 0x1F, octets[0] & 0x3F, 0, year)


def type_i(octets: bytes) -> datetime | None:
    """Date and time to the second, six bytes."""
    if octets[1] & 0x80:
        return None
    year, month, day = _date_parts(octets[3], octets[4])
    return _moment(_year(year), month, day, octets[2] & 0x1F, octets[1] & 0x3F, octets[0] & 0x3F, year)


def type_j(octets: bytes) -> time | None:
    """Time of day, three bytes."""
    try:
        return time(octets[2] & 0x1F, octets[1] & 0x3F, octets[0] & 0x3F)
    except ValueError:
        return None


def _moment(
    year: int, month: int, day: int, hour: int, minute: int, second: int, two_digits: int
) -> datetime | None:
    if two_digits >= 100:
        return None
    try:
        # Local time of a meter that does not know its zone: deliberately naive.
        return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001
    except ValueError:
        return None
