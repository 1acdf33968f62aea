# SPDX-License-Identifier: Apache-2.0
"""Public holidays of a canton, from the country's rule file."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from typing import Any

from billing.rules.dated import NoRuleInForce, UnreadableRule, load

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = {"april": 4, "september": 9}
# fmt: off
CANTONS = frozenset((
    "AG", "AI", "AR", "BE", "BL", "BS", "FR", "GE", "GL", "GR", "JU", "LU", "NE",
    "NW", "OW", "SG", "SH", "SO", "SZ", "TG", "TI", "UR", "VD", "VS", "ZG", "ZH",
))
# fmt: on


@cache
def holidays(country: str, region: str, year: int) -> Mapping[date, str]:
    """
    Holidays of a region (in Switzerland a canton) in a year, with their names.

    >>> holidays("ch", "ZH", 2026)[date(2026, 4, 3)]
    'Good Friday'

    :raises NoRuleInForce: if the country has no list, or the region is none of its.
    """
    if country.lower() == "ch" and region not in CANTONS:
        raise NoRuleInForce(f"{region!r} is no canton.")
    rows = load(country, "holidays").on(date(year, 12, 31)).values["days"]
    found = {_day(row, year): str(row["name"]) for row in rows if _applies(row, region)}
    return dict(sorted(found.items()))


def easter(year: int) -> date:
    """
    Easter Sunday of the Gregorian calendar (Gauss in Butcher's form).

    >>> easter(2026)
    datetime.date(2026, 4, 5)
    """
    golden, century, rest = year % 19, year // 100, year % 100
    moon = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    shift = moon + weekday - 7 * ((golden + 11 * moon + 22 * weekday) // 451) + 114
    return date(year, shift // 31, shift % 31 + 1)


def _applies(row: Mapping[str, Any], region: str) -> bool:
    return row["cantons"] == "all" or region in row["cantons"]


def _day(row: Mapping[str, Any], year: int) -> date:
    if "fixed" in row:
        month, day = str(row["fixed"]).split("-")
        return date(year, int(month), int(day))
    if "easter" in row:
        return easter(year) + timedelta(days=int(row["easter"]))
    if "weekday" in row:
        return _out_of_the_way(row, _nth_weekday(str(row["weekday"]), year))
    raise UnreadableRule(f"The holiday {row!r} has no day.")


def _out_of_the_way(row: Mapping[str, Any], day: date) -> date:
    shift = row.get("a_week_later_if_easter")
    moved = shift is not None and day == easter(day.year) + timedelta(days=int(shift))
    return day + timedelta(days=7) if moved else day


def _nth_weekday(rule: str, year: int) -> date:
    """`1 sunday september +4`: so many days after the nth weekday of a month."""
    nth, weekday, month, *later = rule.split()
    first = date(year, _MONTHS[month], 1)
    until = (_WEEKDAYS.index(weekday) - first.weekday()) % 7
    return first + timedelta(days=until + 7 * (int(nth) - 1) + (int(later[0]) if later else 0))
