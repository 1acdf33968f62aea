# SPDX-License-Identifier: Apache-2.0
"""Fees per month for periods that are no whole months.

Rule: in each calendar month the fee is due for the days of the period in that month, out of the days
the month has.  A whole month is exactly one, a year is exactly twelve, and a move inside a month
divides its fee without remainder: the parts of any cut add up to the whole.
"""

from calendar import monthrange
from datetime import date, timedelta
from fractions import Fraction


def months_in(start: date, end: date) -> Fraction:
    """
    Months in the half-open period of days [start, end), exact.

    >>> months_in(date(2026, 1, 1), date(2026, 2, 15))
    Fraction(3, 2)

    :raises ValueError: if the period ends before it begins.
    """
    if end < start:
        raise ValueError(f"The period ends on {end}, before it begins on {start}.")
    months = Fraction(0)
    while start < end:
        length = monthrange(start.year, start.month)[1]
        following = start.replace(day=1) + timedelta(days=length)
        stop = min(end, following)
        months += Fraction((stop - start).days, length)
        start = stop
    return months
