# SPDX-License-Identifier: Apache-2.0
"""What the style page shows: one example of every component, with invented figures."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import django_tables2 as tables
from django import forms
from django.db.backends.postgresql.psycopg_any import DateRange
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django_tables2 import RequestConfig

from accounts import clock
from accounts.audit import Change, HistoryEntry
from accounts.web.tables import BadgeColumn, HouseTable, KilowattHourColumn, MoneyColumn
from portal.navigation import Link

MEDIA = (
    ("solar", _("Solar")), ("grid", _("Grid")), ("battery", _("Battery")), ("heat", _("Heat")),
    ("hot_water", _("Hot water")), ("cold_water", _("Cold water")), ("cooling", _("Cooling")),
    ("charging", _("Charging")), ("laundry", _("Laundry")), ("common", _("Common use")),
    ("feed_in", _("Fed into the grid")),
)  # fmt: skip
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class ExampleForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=40, help_text=_("As it stands on the letter box."))
    kind = forms.ChoiceField(label=_("Kind"), choices=[("flat", _("Flat")), ("shop", _("Shop or office"))])
    moved_in = forms.DateField(label=_("Moved in"), widget=forms.DateInput(attrs={"type": "date"}))
    notes = forms.CharField(label=_("Notes"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    by_post = forms.ChoiceField(
        label=_("Correspondence"), choices=[("post", _("Post")), ("email", _("E-mail"))],
        widget=forms.RadioSelect, initial="post",
    )  # fmt: skip
    consumer_billing = forms.BooleanField(
        label=_("Consumer billing"), required=False, help_text=_("Counted and billed.")
    )


class ExampleTable(HouseTable):
    point = tables.Column(verbose_name=_("Billing point"))
    state = BadgeColumn(verbose_name=_("State"))
    solar = KilowattHourColumn(verbose_name=_("Solar (kWh)"))
    grid = KilowattHourColumn(verbose_name=_("Grid (kWh)"))
    amount = MoneyColumn(verbose_name=_("Amount"))


def showcase(request: HttpRequest) -> dict[str, Any]:
    now = clock.now()
    rows = [
        {
            "point": f"Haus A, {floor}. OG", "state": state, "solar": 123_400 * floor,
            "grid": 1_234_500 + 7_310 * floor,
            "amount": Decimal("1234.50") / floor, "currency": "CHF",
        }
        for floor, state in enumerate((("success", "Paid"), ("danger", "Overdue"), ("neutral", "Draft")), 1)
    ]  # fmt: skip
    table = ExampleTable(rows, caption=_("Table"))
    RequestConfig(request, paginate=False).configure(table)
    return {
        "form": ExampleForm(),
        "wrong_form": ExampleForm({"name": "", "kind": "flat"}),
        "table": table,
        "empty_table": ExampleTable(
            [], empty=(_("No billing points yet"), _("Add the flats of the building."), "#", _("Add"))
        ),
        "media": MEDIA,
        "now": now,
        "yesterday": now - timedelta(days=1),
        "march": DateRange(date(2026, 3, 1), date(2026, 4, 1)),
        "amount": Decimal("12340.55"),
        "chart": _bars(),
        "curve": _curve(),
        "history": _history(),
        "example_tabs": _tabs(),
        "tones": ("neutral", "info", "busy", "success", "warning", "danger"),
    }


def _bars() -> dict[str, Any]:
    solar = [80, 140, 260, 360, 440, 480, 500, 430, 310, 190, 90, 60]
    grid = [620, 560, 440, 340, 260, 220, 210, 280, 380, None, 600, 660]
    return {
        "categories": list(MONTHS), "unit": "kWh", "divisor": 1000, "places": 0,
        "series": [
            {"name": _("Solar"), "kind": "solar", "stack": "use", "values": [v * 1000 for v in solar]},
            {"name": _("Grid"), "kind": "grid", "stack": "use",
             "values": [None if v is None else v * 1000 for v in grid]},
        ],
    }  # fmt: skip


def _curve() -> dict[str, Any]:
    start = clock.now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=24)
    hours = range(25)
    sun = [max(0, 36 - (hour - 12) ** 2) * 300 for hour in hours]
    use = [3200 + (hour * 977) % 2100 if hour not in (7, 8) else None for hour in hours]
    return {
        "times": [start + timedelta(hours=hour) for hour in hours], "unit": "kW", "divisor": 1000,
        "places": 1,
        "series": [
            {"name": _("Production"), "kind": "solar", "draw": "area", "values": sun},
            {"name": _("Consumption"), "kind": "grid", "draw": "line", "values": use},
        ],
    }  # fmt: skip


def _history() -> list[HistoryEntry]:
    now = clock.now()
    return [
        HistoryEntry(now, "update", 1, "Anna Keller", (Change("Priority", 0, 2),)),
        HistoryEntry(
            now - timedelta(days=3), "insert", 1, "Anna Keller", (Change("Name", None, "Haus A, 1. OG"),)
        ),
    ]


def _tabs() -> list[Link]:
    names = ((_("Overview"), "dashboard"), (_("Meters"), "gauge"), (_("Billing"), "file-invoice"))
    return [Link(label, "#", icon, place == 0) for place, (label, icon) in enumerate(names)]
