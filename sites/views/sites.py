# SPDX-License-Identifier: Apache-2.0
"""Sites: the list, one site's page, and its basic data."""

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts.guards import require
from accounts.rights import Right
from accounts.scope import current_organization_id
from sites.forms import BuildingForm, SiteForm
from sites.models import Building, Site
from sites.selectors import buildings_for, sites_for


@require(Right.SITE_VIEW)
def sites(request: HttpRequest) -> HttpResponse:
    """All sites of the actor; narrowed by `?q=` and `?state=`."""
    rows = sites_for(request.actor).annotate(points=Count("buildings__billing_points", distinct=True))
    words, state = request.GET.get("q", "").strip(), request.GET.get("state", "")
    if words:
        rows = rows.filter(name__icontains=words) | rows.filter(reference__icontains=words)
    if state:
        rows = rows.filter(state=state)
    states = Site._meta.get_field("state").choices
    return render(request, "sites/sites.html", {"sites": rows, "q": words, "state": state, "states": states})


@require(Right.SITE_VIEW)
def site(request: HttpRequest, pk: int) -> HttpResponse:
    """A site's overview: where it is, its buildings, who is linked to it."""
    row = get_object_or_404(sites_for(request.actor), pk=pk)
    buildings = row.buildings.annotate(points=Count("billing_points"))
    actors = row.actors.select_related("account")
    return render(request, "sites/site.html", {"site": row, "buildings": buildings, "actors": actors})


@require(Right.SITE_EDIT)
def create_site(request: HttpRequest) -> HttpResponse:
    form = SiteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        form.instance.organization_id = current_organization_id()
        row = form.save()
        messages.success(
            request, _("Site “%(name)s” has been created. Add its buildings next.") % {"name": row.name}
        )
        return redirect("sites:site", row.pk)
    return render(request, "sites/site_form.html", {"form": form}, status=422 if form.errors else 200)


@require(Right.SITE_EDIT)
def edit_site(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(sites_for(request.actor, Right.SITE_EDIT), pk=pk)
    form = SiteForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("The changes have been saved."))
        return redirect("sites:site", row.pk)
    context = {"form": form, "site": row}
    return render(request, "sites/site_form.html", context, status=422 if form.errors else 200)


@require(Right.SITE_EDIT)
def create_building(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(sites_for(request.actor, Right.SITE_EDIT), pk=pk)
    form = BuildingForm(request.POST or None, site=row, instance=Building(site=row))
    return _building(request, row, form)


@require(Right.SITE_EDIT)
def edit_building(request: HttpRequest, pk: int) -> HttpResponse:
    building = get_object_or_404(buildings_for(request.actor, Right.SITE_EDIT), pk=pk)
    form = BuildingForm(request.POST or None, site=building.site, instance=building)
    return _building(request, building.site, form)


def _building(request: HttpRequest, row: Site, form: BuildingForm) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        form.instance.organization_id = current_organization_id()
        building = form.save()
        messages.success(request, _("Building “%(name)s” has been saved.") % {"name": building.name})
        return redirect("sites:site-billing-points", row.pk)
    context = {"form": form, "site": row}
    return render(request, "sites/building_form.html", context, status=422 if form.errors else 200)
