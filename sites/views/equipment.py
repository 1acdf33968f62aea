# SPDX-License-Identifier: Apache-2.0
"""Technical objects in lists."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from accounts.guards import require
from accounts.rights import Right
from accounts.web.pages import table_page
from sites.selectors import equipment_for, sites_for
from sites.tables import EquipmentFilter, EquipmentTable, SiteEquipmentFilter


@require(Right.SITE_VIEW)
def equipment_list(request: HttpRequest) -> HttpResponse:
    """All equipment of the actor's sites, filtered by the address."""
    found = EquipmentFilter(request.GET, queryset=equipment_for(request.actor), request=request)
    table = EquipmentTable(found.qs, caption=_("Equipment"), icon="tools", empty=_nothing())
    return table_page(request, "sites/equipment.html", table, filters=found, export_name="equipment")


@require(Right.SITE_VIEW)
def site_equipment(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(sites_for(request.actor), pk=pk)
    rows = equipment_for(request.actor).filter(site=row)
    found = SiteEquipmentFilter(request.GET, queryset=rows, request=request)
    table = EquipmentTable(found.qs, caption=_("Equipment"), icon="tools", empty=_nothing(), exclude=["site"])
    return table_page(
        request,
        "sites/site_equipment.html",
        table,
        filters=found,
        export_name="equipment",
        context={"site": row},
    )


def _nothing() -> tuple[str, str]:
    return (
        _("No equipment here"),
        _("Meters and gateways appear here as soon as they are added to a site."),
    )
