# SPDX-License-Identifier: Apache-2.0
"""Technical objects in lists."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from accounts.guards import require
from accounts.rights import Right
from sites.selectors import equipment_for, sites_for


@require(Right.SITE_VIEW)
def equipment_list(request: HttpRequest) -> HttpResponse:
    """All equipment of the actor's sites; narrowed by `?q=`."""
    words = request.GET.get("q", "").strip()
    rows = equipment_for(request.actor)
    if words:
        rows = rows.filter(name__icontains=words) | rows.filter(serial__icontains=words)
    return render(request, "sites/equipment.html", {"equipment": rows[:500], "q": words})


@require(Right.SITE_VIEW)
def site_equipment(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(sites_for(request.actor), pk=pk)
    rows = equipment_for(request.actor).filter(site=row)
    return render(request, "sites/equipment.html", {"site": row, "equipment": rows})
