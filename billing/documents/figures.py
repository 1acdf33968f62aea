# SPDX-License-Identifier: Apache-2.0
"""How numbers, dates and addresses are written: numbers by country, dates by language.

Swiss documents write 1'234.50 in all four languages; German ones 1.234,50.
"""

from datetime import date, timedelta
from decimal import Decimal

from babel.dates import format_date

from billing.documents.parts import Address, Period
from billing.tariffs.rounding import to_places

# country: (between thousands, before decimals)
_SEPARATORS = {"CH": ("'", "."), "LI": ("'", "."), "DE": (".", ","), "AT": (".", ","), "IT": (".", ",")}
_SWISS = ("'", ".")
_MINUS = "−"
_LONG_DATE = {"de": "d. MMMM y", "fr": "d MMMM y", "it": "d MMMM y", "en": "d MMMM y"}


def figure(number: Decimal, places: int, country: str) -> str:
    """
    A number with so many decimals, rounded half up, grouped by thousands.

    >>> figure(Decimal("-1234.5"), 2, "CH"), figure(Decimal("1234.5"), 2, "DE")
    ("−1'234.50", '1.234,50')
    """
    thousands, point = _SEPARATORS.get(country, _SWISS)
    rounded = to_places(number, places)
    whole, _, decimals = f"{abs(rounded):,.{places}f}".partition(".")
    text = whole.replace(",", thousands) + (point + decimals if places else "")
    return _MINUS + text if rounded < 0 else text


def plain_figure(number: Decimal, places: int, country: str) -> str:
    """The same without grouping, the way meters show their indices."""
    thousands, _ = _SEPARATORS.get(country, _SWISS)
    return figure(number, places, country).replace(thousands, "")


def kwh(energy: int) -> Decimal:
    """Whole Wh as kWh, exact."""
    return Decimal(energy) / 1000


def percent(share: Decimal, country: str, *, places: int = 0) -> str:
    """A share of one as a percentage, `38 %`."""
    return f"{figure(share * 100, places, country)} %"


def rate(vat_rate: Decimal, country: str) -> str:
    """A VAT rate in percent with one decimal at least: 8.1, 3.75."""
    places = max(1, -int(vat_rate.normalize().as_tuple().exponent))
    return figure(vat_rate, places, country)


def short_date(day: date) -> str:
    """`30.09.2026`: the form of the country, whatever the language."""
    return f"{day:%d.%m.%Y}"


def long_date(day: date, language: str) -> str:
    """`30. September 2026` in the reader's language."""
    return str(format_date(day, _LONG_DATE.get(language, "d MMMM y"), locale=language))


def month_name(day: date, language: str) -> str:
    """The month's short name, without the point some languages put after it."""
    return str(format_date(day, "LLL", locale=language)).rstrip(".")


def last_day(period: Period) -> date:
    """The last day that belongs to a half-open period: the one people expect to read."""
    return period.end - timedelta(days=1)


def span(period: Period, language: str) -> str:
    """`1 July 2026 – 30 September 2026`, both days included."""
    return f"{long_date(period.start, language)} – {long_date(last_day(period), language)}"


def short_span(period: Period) -> str:
    """The same with short dates."""
    return f"{short_date(period.start)} – {short_date(last_day(period))}"


def address_lines(address: Address, home: str) -> list[str]:
    """The address as it stands in the window; the country code only on letters that leave `home`."""
    town = f"{address.postcode} {address.town}"
    if address.country != home:
        town = f"{address.country}-{town}"
    street = f"{address.street} {address.house_number}".strip()
    return [line for line in (address.name, address.addition, street, town) if line]
