# SPDX-License-Identifier: Apache-2.0
"""Sites, equipment and occupancies in rows."""

from collections.abc import Iterable
from typing import Any

import django_filters
import django_tables2 as tables
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.web.tables import BadgeColumn, DayColumn, HouseTable, LinkColumn, NumberColumn
from sites.models import Equipment, Site
from sites.models.equipment import EquipmentKind
from sites.models.sites import SiteState
from sites.selectors import sites_for


class SiteTable(HouseTable):
    name = LinkColumn("sites:site", verbose_name=_("Name"))
    reference = tables.Column(verbose_name=_("Reference"))
    town = tables.Column(verbose_name=_("Address"), accessor="address", orderable=False)
    points = NumberColumn(verbose_name=_("Billing points"))
    state = BadgeColumn(verbose_name=_("State"))


class SiteFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(method="search", label=_("Name, reference or town"))
    state = django_filters.ChoiceFilter(choices=SiteState.choices, label=_("State"), empty_label=_("All"))

    class Meta:
        model = Site
        fields: Iterable[str] = []

    def search(self, queryset: QuerySet[Site], name: str, value: str) -> QuerySet[Site]:
        return queryset.filter(
            Q(name__icontains=value) | Q(reference__icontains=value) | Q(town__icontains=value)
        )


class EquipmentTable(HouseTable):
    name = tables.Column(verbose_name=_("Name"))
    site = LinkColumn("sites:site", "site_id", verbose_name=_("Site"))
    definition = tables.Column(verbose_name=_("Definition"))
    place = tables.Column(verbose_name=_("Place"))
    model = tables.Column(verbose_name=_("Model"))
    serial = tables.Column(verbose_name=_("Serial number"))
    installed_on = DayColumn(verbose_name=_("Installed"))
    calibration_expires_on = DayColumn(verbose_name=_("Calibration expires"))

    def render_model(self, value: Any, record: Equipment) -> str:
        return f"{record.manufacturer} {value}".strip()


def _sites(request: Any) -> QuerySet[Site]:
    return sites_for(request.actor) if request is not None else Site.objects.none()


class EquipmentFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(method="search", label=_("Name, place or serial number"))
    site = django_filters.ModelChoiceFilter(queryset=_sites, label=_("Site"))
    kind = django_filters.ChoiceFilter(
        field_name="definition__kind", choices=EquipmentKind.choices, label=_("Kind"), empty_label=_("All")
    )

    class Meta:
        model = Equipment
        fields: Iterable[str] = []

    def search(self, queryset: QuerySet[Equipment], name: str, value: str) -> QuerySet[Equipment]:
        return queryset.filter(
            Q(name__icontains=value) | Q(place__icontains=value) | Q(serial__icontains=value)
        )


class SiteEquipmentFilter(EquipmentFilter):
    """The same on a site's own page."""

    site = None  # type: ignore[assignment]
