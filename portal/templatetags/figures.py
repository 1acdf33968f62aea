# SPDX-License-Identifier: Apache-2.0
"""Filters that write figures, days and instants; part of the tags that are loaded everywhere (`ui`)."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.db.backends.postgresql.psycopg_any import Range
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts import clock
from accounts.web import formats

register = template.Library()


@register.filter
def swiss_number(value: Any, places: int = 0) -> str:
    return formats.number(_decimal(value), places)


@register.filter
def wh(value: int | None) -> str:
    """Wh as people read it, with its unit."""
    return formats.energy(value)


@register.filter
def kwh(value: int | None, places: int = 1) -> str:
    """Wh as a number of kWh, for columns."""
    return formats.kilowatt_hours(value, places)


@register.filter
def cubic_metres(value: int | None, places: int = 3) -> str:
    return formats.cubic_metres(value, places)


@register.filter
def money(value: Any, currency: str = "CHF") -> str:
    return formats.money(_decimal(value), currency)


@register.filter
def percent(value: Any, places: int = 0) -> str:
    """A number of hundredths with its sign: `42 %`."""
    return (
        formats.NOTHING if value is None else f"{formats.number(_decimal(value), places)}{formats.NO_BREAK}%"
    )


@register.filter
def permille(value: int | None, places: int = 0) -> str:
    """Thousandths as people read them: `423` is `42 %`."""
    return percent(None if value is None else Decimal(value) / 10, places)


@register.filter
def day(value: date | None) -> str:
    return formats.day(value)


@register.filter
def month(value: date) -> str:
    return formats.month(value)


@register.filter
def period(value: Any) -> str:
    """A half-open range of days, as people write it."""
    return formats.NOTHING if value is None else formats.period(value.lower, value.upper)


@register.filter
def instant(value: datetime | None) -> SafeString:
    """*today 14:15*, with the exact instant on hover."""
    if value is None:
        return SafeString(formats.NOTHING)
    zone: Any = timezone.get_current_timezone()
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        value.isoformat(), formats.exact_instant(value, zone), formats.instant(value, clock.now(), zone),
    )  # fmt: skip


@register.filter
def age(value: datetime | None) -> str:
    """How long ago: `3 min`."""
    return formats.NOTHING if value is None else formats.how_long(clock.now() - value)


def _decimal(value: Any) -> Decimal | None:
    return (
        None if value in (None, "") else Decimal(str(value)) if isinstance(value, float) else Decimal(value)
    )


@register.filter
def history_value(value: Any) -> str:
    """A value of the history as people read it."""
    if value is None or value == "":
        return formats.NOTHING
    if isinstance(value, bool):
        return str(_("Yes")) if value else str(_("No"))
    if isinstance(value, datetime):
        local = timezone.localtime(value)
        return f"{formats.day(local.date())}, {local:%H:%M}"
    if isinstance(value, date):
        return formats.day(value)
    if isinstance(value, Range):
        return formats.period(value.lower, value.upper)
    return str(value)


# What a browser calls itself → how people call it; the first that fits counts.
_BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrom", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
    ("Mac OS", "macOS"), ("Linux", "Linux"),
)  # fmt: skip


@register.filter
def browser_name(user_agent: str) -> str:
    """*Firefox, Windows* for what a browser says of itself; *unknown* for what says nothing known."""
    browser = next((name for sign, name in _BROWSERS if sign in user_agent), "")
    system = next((name for sign, name in _SYSTEMS if sign in user_agent), "")
    return ", ".join(filter(None, (browser, system))) or _("unknown browser")
