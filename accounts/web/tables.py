# SPDX-License-Identifier: Apache-2.0
"""Columns that write figures, states and instants as the house does; base of every table."""

from decimal import Decimal
from typing import Any

import django_tables2 as tables
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.web import formats

_NUMBER = {"th": {"class": "zw-num"}, "td": {"class": "zw-num"}, "tf": {"class": "zw-num"}}


class HouseTable(tables.Table):
    """
    A table with a caption and an empty state.

    `empty` is (title, text) or (title, text, url, words of the link): what to do
    next when there is nothing to show.
    """

    def __init__(
        self, *args: Any, caption: Any = "", empty: tuple[Any, ...] = (), icon: str = "inbox", **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.caption = caption
        names = ("title", "text", "url", "link")
        self.empty_state = {"icon": icon, **dict(zip(names, empty, strict=False))} if empty else {}


class LinkColumn(tables.Column):
    """The text as a link to `url_name` with the row's id: `LinkColumn("sites:site")`."""

    def __init__(self, url_name: str, *arguments: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.url_name = url_name
        self.arguments = arguments or ("pk",)

    def render(self, value: Any, record: Any) -> SafeString:
        values = [tables.A(argument).resolve(record) for argument in self.arguments]
        return format_html('<a href="{}">{}</a>', reverse(self.url_name, args=values), value)

    def value(self, value: Any) -> Any:
        return value


class _FigureColumn(tables.Column):
    """Right-aligned; the whole value goes into an export."""

    def __init__(self, places: int = 0, **kwargs: Any) -> None:
        kwargs.setdefault("attrs", _NUMBER)
        super().__init__(**kwargs)
        self.places = places


class NumberColumn(_FigureColumn):
    def render(self, value: Any) -> str:
        return formats.number(value, self.places)

    def value(self, value: Any) -> Any:
        return value


class KilowattHourColumn(_FigureColumn):
    """Wh shown as kWh (the unit stands in the head)."""

    def __init__(self, places: int = 1, **kwargs: Any) -> None:
        super().__init__(places, **kwargs)

    def render(self, value: int) -> str:
        return formats.kilowatt_hours(value, self.places)

    def value(self, value: int) -> Decimal:
        return Decimal(value) / 1000


class MoneyColumn(_FigureColumn):
    """An amount with its currency, taken from the row's `currency` or given."""

    def __init__(self, currency: str = "", **kwargs: Any) -> None:
        super().__init__(2, **kwargs)
        self.currency = currency

    def render(self, value: Any, record: Any) -> str:
        given = record.get("currency") if isinstance(record, dict) else getattr(record, "currency", None)
        return formats.money(value, self.currency or given or "CHF")

    def value(self, value: Any) -> Any:
        return value


class InstantColumn(tables.Column):
    """*today 14:15*, the exact instant on hover."""

    def render(self, value: Any) -> str:
        return render_to_string("components/instant.html", {"value": value})

    def value(self, value: Any) -> Any:
        return value


class DayColumn(tables.Column):
    def render(self, value: Any) -> str:
        return formats.day(value)

    def value(self, value: Any) -> Any:
        return value


class PeriodColumn(tables.Column):
    """A range of days."""

    def render(self, value: Any) -> str:
        return formats.period(value.lower, value.upper)


class BadgeColumn(tables.Column):
    """
    A state as icon, word and colour.

    The value is a (tone, label) pair, or a choice of the row's model, whose tone
    follows from its value.
    """

    def render(self, value: Any, record: Any, bound_column: Any) -> str:
        return render_to_string("components/badge.html", self._parts(value, record, bound_column))

    def value(self, value: Any, record: Any, bound_column: Any) -> str:
        return str(self._parts(value, record, bound_column)["label"])

    @staticmethod
    def _parts(value: Any, record: Any, bound_column: Any) -> dict[str, Any]:
        if isinstance(value, tuple):
            return {"tone": value[0], "label": value[1]}
        display = getattr(record, f"get_{bound_column.accessor}_display", None)
        raw = getattr(record, str(bound_column.accessor), value)
        return {"state": raw, "label": display() if display else value}


class YesNoColumn(tables.Column):
    def render(self, value: bool) -> str:
        return render_to_string("components/yes_no.html", {"value": value})
