# SPDX-License-Identifier: Apache-2.0
"""How numbers, energy, money, days and instants are written for people.

Exact all the way: integers and decimals in, text out, no floating point.  The
separators follow the organization's country (in Switzerland 1'234.50 in every
language), the words follow the reader's language.  Nothing given reads "–".
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

NOTHING = "–"
NO_BREAK = "\u00a0"
_country: ContextVar[str] = ContextVar("country", default="CH")
# Language → (between thousands, before decimals), outside Switzerland.
_SEPARATORS = {"de": (".", ","), "it": (".", ","), "fr": ("\u202f", ","), "en": (",", ".")}


@contextmanager
def in_country(country: str) -> Iterator[None]:
    """Write numbers as that country does, for the length of the block."""
    token = _country.set(country)
    try:
        yield
    finally:
        _country.reset(token)


def language() -> str:
    return (get_language() or "en").split("-")[0]


def locale() -> str:
    """Babel's name for the reader's language in the organization's country."""
    speaks = language()
    known = {"de": ("CH", "DE"), "fr": ("CH",), "it": ("CH",)}
    country = _country.get()
    return (
        f"{speaks}_{country}" if country in known.get(speaks, ()) else ("en_GB" if speaks == "en" else speaks)
    )


def number(value: Decimal | int | None, places: int = 0) -> str:
    """`1'234.50`, rounded half up to `places`."""
    if value is None:
        return NOTHING
    rounded = Decimal(value).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    whole, _dot, decimals = f"{abs(rounded):,.{places}f}".partition(".")
    group, point = ("'", ".") if _country.get() == "CH" else _SEPARATORS.get(language(), (",", "."))
    sign = "−" if rounded < 0 else ""
    return f"{sign}{whole.replace(',', group)}{point if decimals else ''}{decimals}"


def money(amount: Decimal | int | None, currency: str = "CHF") -> str:
    """`CHF 1'234.50`; outside Switzerland the currency follows."""
    if amount is None:
        return NOTHING
    written = number(amount, 2)
    if _country.get() == "CH" or language() == "en":
        return f"{currency}{NO_BREAK}{written}"
    return f"{written}{NO_BREAK}{'€' if currency == 'EUR' else currency}"


def energy(wh: int | None) -> str:
    """Energy in the unit that reads best: `850 Wh`, `1.23 kWh`, `12'345 kWh`, `123.4 MWh`."""
    if wh is None:
        return NOTHING
    size = abs(wh)
    if size < 1_000:
        return f"{number(wh)}{NO_BREAK}Wh"
    if size >= 100_000_000:
        return f"{number(Decimal(wh) / 1_000_000, 1)}{NO_BREAK}MWh"
    places = 2 if size < 10_000 else 1 if size < 1_000_000 else 0
    return f"{kilowatt_hours(wh, places)}{NO_BREAK}kWh"


def kilowatt_hours(wh: int | None, places: int = 1) -> str:
    """The number alone, for columns with the unit in their head."""
    return NOTHING if wh is None else number(Decimal(wh) / 1000, places)


def cubic_metres(millilitres: int | None, places: int = 3) -> str:
    return NOTHING if millilitres is None else number(Decimal(millilitres) / 1_000_000, places)


def day(value: date | None) -> str:
    """`31.12.2026`; in English `31 Dec 2026`."""
    if value is None:
        return NOTHING
    return format_date(value, "d MMM yyyy" if language() == "en" else "dd.MM.yyyy", locale=locale())


def month(value: date) -> str:
    """`March 2026`."""
    return format_date(value, "LLLL yyyy", locale=locale())


def short_month(value: date) -> str:
    """`Mar 26`, for the axis of a chart."""
    return format_date(value, "LLL yy", locale=locale())


def short_day(value: date, *, weekday: bool = False) -> str:
    """`3 Mar`, or with its weekday `Tue 3 Mar`, for the axis of a chart."""
    pattern = "d MMM" if language() == "en" else "d. MMM"
    return format_date(value, f"EEE {pattern}" if weekday else pattern, locale=locale())


def period(first: date | None, end: date | None) -> str:
    """Days `[first, end)` as people write them: a year, a month, or first to last day, both included."""
    if first is None:
        return _("always") if end is None else _("until %(day)s") % {"day": day(end - timedelta(days=1))}
    if end is None:
        return _("since %(day)s") % {"day": day(first)}
    last = end - timedelta(days=1)
    if first.day == 1 and end.day == 1:
        if first.month == end.month == 1 and end.year == first.year + 1:
            return str(first.year)
        if (first.year, first.month) == (last.year, last.month):
            return month(first)
    return day(first) if first == last else f"{day(first)} – {day(last)}"


def instant(value: datetime, now: datetime, zone: ZoneInfo) -> str:
    """`today 14:15`, `yesterday 09:00`, else day and time, in `zone`."""
    local, here = value.astimezone(zone), now.astimezone(zone)
    clock = f"{local:%H:%M}"
    days = (here.date() - local.date()).days
    if days == 0:
        return _("today %(time)s") % {"time": clock}
    if days == 1:
        return _("yesterday %(time)s") % {"time": clock}
    if days == -1:
        return _("tomorrow %(time)s") % {"time": clock}
    return f"{day(local.date())}, {clock}"


def exact_instant(value: datetime, zone: ZoneInfo) -> str:
    """The full instant with seconds and zone, for the hover text."""
    pattern = "EEEE, d MMMM yyyy, HH:mm:ss z"
    return format_datetime(value.astimezone(zone), pattern, locale=locale())


def how_long(span: timedelta) -> str:
    """`3 min`, `2 h`, `4 days`: an age, rounded down."""
    minutes = int(span.total_seconds()) // 60
    if minutes < 1:
        return pgettext("age", "less than a minute")
    if minutes < 120:
        return pgettext("age", "%(count)d min") % {"count": minutes}
    if minutes < 48 * 60:
        return pgettext("age", "%(count)d h") % {"count": minutes // 60}
    return pgettext("age", "%(count)d days") % {"count": minutes // 1440}
