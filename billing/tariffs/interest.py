# SPDX-License-Identifier: Apache-2.0
"""Interest on a late payment: simple interest by days."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from billing.tariffs.rounding import to_cent

DayCount = Literal["act/365", "act/360", "30/360"]


def interest(principal: Decimal, rate_percent: Decimal, days: int, year_days: int = 365) -> Decimal:
    """
    Simple interest, rounded once to 0.01.

    >>> interest(Decimal("1000.00"), Decimal("5"), 45)
    Decimal('6.16')

    :raises ValueError: if the days are negative.
    """
    if days < 0:
        raise ValueError(f"Interest runs for {days} days.")
    return to_cent(Fraction(principal) * Fraction(rate_percent) / 100 * days / year_days)


def days_between(start: date, end: date, count: DayCount = "act/365") -> int:
    """Days of interest in [start, end): those of the calendar, or months of 30 days each."""
    if count != "30/360":
        return (end - start).days
    whole_months = (end.year - start.year) * 12 + end.month - start.month
    return whole_months * 30 + min(end.day, 30) - min(start.day, 30)


def year_days(count: DayCount) -> int:
    """Days of a year under a day count."""
    return int(count.split("/")[1])
