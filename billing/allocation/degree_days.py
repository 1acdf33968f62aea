# SPDX-License-Identifier: Apache-2.0
"""How a year's heating falls on its months: shares for people who stay a part of it.

A table has twelve values, January first, in per cent or per mille of the year; `billing.rules` holds it.
"""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction


def share_of_months(table: Sequence[Decimal], months: Iterable[int]) -> Decimal:
    """
    Sum of whole months (1 to 12), in the table's unit.

    :raises ValueError: if a month is none.
    """
    chosen = list(months)
    if any(not 1 <= month <= 12 for month in chosen):
        raise ValueError(f"Months go from 1 to 12: {chosen}.")
    return sum((table[month - 1] for month in chosen), Decimal(0))


def share_of_days(table: Sequence[Decimal], start: date, end: date) -> Fraction:
    """
    Exact share of the days [start, end), in the table's unit; a day is its month's value by the month's days.

    >>> table = [Decimal(170), Decimal(150)] + [Decimal(0)] * 10
    >>> share_of_days(table, date(2028, 2, 1), date(2028, 2, 11)) == Fraction(1500, 29)
    True
    """
    share = Fraction(0)
    while start < end:
        length = monthrange(start.year, start.month)[1]
        stop = min(end, start.replace(day=1) + timedelta(days=length))
        share += Fraction(table[start.month - 1]) * (stop - start).days / length
        start = stop
    return share
