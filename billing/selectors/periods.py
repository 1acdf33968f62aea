# SPDX-License-Identifier: Apache-2.0
"""Which period a site's rhythm bills next."""

from datetime import date

_MONTHS = {"monthly": 1, "quarterly": 3, "half_yearly": 6, "yearly": 12}


def last_period(frequency: str, today: date) -> tuple[date, date]:
    """
    The last whole period before `today`, half-open.

    >>> last_period("quarterly", date(2026, 11, 21))
    (datetime.date(2026, 7, 1), datetime.date(2026, 10, 1))
    """
    length = _MONTHS[frequency]
    begun = (today.year * 12 + today.month - 1) // length * length
    return _first(begun - length), _first(begun)


def _first(month: int) -> date:
    return date(month // 12, month % 12 + 1, 1)
