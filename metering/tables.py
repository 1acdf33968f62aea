# SPDX-License-Identifier: Apache-2.0
"""Meters and readings in rows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import django_filters
import django_tables2 as tables
from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.web import formats
from accounts.web.tables import BadgeColumn, HouseTable, InstantColumn, LinkColumn
from metering.indexes import IndexAt
from metering.models import Medium, Meter, MeterMode
from metering.store import last_slots, latest_readings
from sites.models import Site
from sites.selectors import sites_for

# The icon's medium in the colours of the house.
MEDIUM_KIND = {"electricity": "grid", "heat": "heat", "cooling": "cooling", "gas": "other"}
# A meter read every quarter hour is late after an hour and silent after a day.
LATE, SILENT = timedelta(hours=1), timedelta(days=1)
State = tuple[str, Promise | str]


def medium_kind(medium: str, mode: str = "") -> str:
    """The colour of a medium; what produces is drawn as solar."""
    return "solar" if mode == MeterMode.PRODUCTION else MEDIUM_KIND.get(medium, medium)


def freshness(meter: Meter, last: datetime | None, now: datetime) -> State:
    """How a meter reports, in a word."""
    if meter.closed_at is not None and meter.closed_at <= now:
        return "neutral", _("Out of service")
    if last is None:
        return "neutral", _("No values yet")
    if now - last > SILENT:
        return "danger", pgettext_lazy("meter", "Silent")
    return ("warning", pgettext_lazy("meter", "Late")) if now - last > LATE else ("success", _("Reporting"))


@dataclass(frozen=True, slots=True)
class MeterRow:
    """A meter as lists show it."""

    pk: int
    number: str
    name: str
    place: str
    site: str
    site_id: int
    kind: str
    medium: str
    mode: str
    point: str
    index: str
    index_value: Decimal | None
    last: datetime | None
    state: State


def meter_rows(meters: QuerySet[Meter], now: datetime) -> list[MeterRow]:
    """Meters with their latest index and how fresh they are; three queries, however many meters."""
    rows = list(meters.prefetch_related("registers", "assignments__billing_point"))
    ids = [register.pk for meter in rows for register in meter.registers.all()]
    indexes, slots = (latest_readings(ids), last_slots(ids)) if ids else ({}, {})
    return [_row(meter, indexes, slots, now) for meter in rows]


def _row(meter: Meter, indexes: dict[int, IndexAt], slots: dict[int, datetime], now: datetime) -> MeterRow:
    registers = [register.pk for register in meter.registers.all()]
    seen = [slots[pk] for pk in registers if pk in slots] + [
        indexes[pk].at for pk in registers if pk in indexes
    ]
    last = max(seen, default=None)
    index = next((indexes[pk] for pk in registers if pk in indexes), None)
    today = now.astimezone(meter.site.zone).date()
    point = next((a.billing_point.name for a in meter.assignments.all() if holds(a.period, today)), "")
    return MeterRow(
        pk=meter.pk,
        number=meter.number,
        name=meter.equipment.name,
        place=meter.equipment.place,
        site=meter.site.name,
        site_id=meter.site_id,
        kind=meter.kind.name,
        medium=medium_kind(meter.kind.medium, meter.mode),
        mode=meter.get_mode_display(),
        point=point,
        index=index_words(index.value if index else None, meter.kind.unit),
        index_value=Decimal(index.value) / (1000 if meter.kind.unit == "Wh" else 1_000_000)
        if index
        else None,
        last=last,
        state=freshness(meter, last, now),
    )


def holds(period: Any, day: Any) -> bool:
    """Whether a half-open period of days, perhaps open at an end, holds the day."""
    return (period.lower is None or period.lower <= day) and (period.upper is None or day < period.upper)


def index_words(value: int | None, unit: str) -> str:
    """An index with its unit: kWh or m³."""
    if value is None:
        return formats.NOTHING
    if unit == "Wh":
        return f"{formats.kilowatt_hours(value, 1)}{formats.NO_BREAK}kWh"
    return f"{formats.cubic_metres(value, 3)}{formats.NO_BREAK}m³"


class _IndexColumn(tables.Column):
    """The index with its unit on the page, the bare number in a file."""

    def render(self, value: Any, record: MeterRow) -> str:
        return record.index

    def value(self, value: Any, record: MeterRow) -> Any:
        return record.index_value


class MeterTable(HouseTable):
    number = LinkColumn("metering:meter", verbose_name=_("Number"))
    name = tables.Column(verbose_name=_("Name"))
    site = LinkColumn("sites:site", "site_id", verbose_name=_("Site"))
    kind = tables.Column(verbose_name=_("Kind"))
    mode = tables.Column(verbose_name=_("Mode"))
    point = tables.Column(verbose_name=_("Billing point"))
    index = _IndexColumn(
        verbose_name=_("Latest index"),
        orderable=False,
        attrs={"th": {"class": "zw-num"}, "td": {"class": "zw-num"}},
    )
    last = InstantColumn(verbose_name=_("Last value"))
    state = BadgeColumn(verbose_name=_("State"))


class ReadingTable(HouseTable):
    """What a meter's registers showed."""

    at = InstantColumn(verbose_name=_("Instant"))
    obis = tables.Column(verbose_name=_("Register"), accessor="register__obis")
    index = tables.Column(
        verbose_name=_("Index"),
        orderable=False,
        empty_values=(),
        attrs={"th": {"class": "zw-num"}, "td": {"class": "zw-num"}},
    )
    method = tables.Column(verbose_name=_("Method"), accessor="method__name")
    received_at = InstantColumn(verbose_name=_("Received"))

    def render_index(self, record: Any) -> str:
        register = record.register
        return index_words(record.value * 10**register.resolution, register.meter.kind.unit)

    def value_index(self, record: Any) -> int:
        """Base units (Wh or ml) in a file."""
        return int(record.value * 10**record.register.resolution)


def _sites(request: Any) -> QuerySet[Site]:
    return sites_for(request.actor) if request is not None else Site.objects.none()


class MeterFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(method="search", label=_("Number, name or place"))
    site = django_filters.ModelChoiceFilter(queryset=_sites, label=_("Site"))
    medium = django_filters.ChoiceFilter(
        field_name="kind__medium", choices=Medium.choices, label=_("Medium"), empty_label=_("All")
    )
    mode = django_filters.ChoiceFilter(choices=MeterMode.choices, label=_("Mode"), empty_label=_("All"))

    class Meta:
        model = Meter
        fields: Iterable[str] = []

    def search(self, queryset: QuerySet[Meter], name: str, value: str) -> QuerySet[Meter]:
        return queryset.filter(
            Q(number__icontains=value)
            | Q(equipment__name__icontains=value)
            | Q(equipment__place__icontains=value)
            | Q(equipment__serial__icontains=value)
        )


class SiteMeterFilter(MeterFilter):
    """The same on a site's own page."""

    site = None  # type: ignore[assignment]
