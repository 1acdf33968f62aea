# SPDX-License-Identifier: Apache-2.0
"""Sites: the list, one site's page with its history, and its basic data."""

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import clock
from accounts.audit import history_of
from accounts.guards import require
from accounts.rights import Right, Role
from accounts.scope import current_organization_id
from accounts.web.pages import form_page, go, table_page
from sites.forms import BuildingForm, SiteForm
from sites.models import Building, Site, SiteActor
from sites.models.sites import ActorRole
from sites.selectors import buildings_for, sites_for
from sites.setup_state import setup_steps
from sites.tables import SiteFilter, SiteTable


@require(Right.SITE_VIEW)
def sites(request: HttpRequest) -> HttpResponse:
    """All sites of the actor, filtered by the address."""
    rows = sites_for(request.actor).annotate(points=Count("buildings__billing_points", distinct=True))
    found = SiteFilter(request.GET, queryset=rows, request=request)
    empty = [_("No sites here"), _("A site is one property with its buildings, meters and residents.")]
    if request.actor.may(Right.SITE_EDIT):
        empty += [reverse("sites:create-site"), _("New site")]
    table = SiteTable(found.qs, caption=_("Sites"), icon="building-community", empty=tuple(empty))
    return table_page(request, "sites/sites.html", table, filters=found, export_name="sites")


@require(Right.SITE_VIEW)
def site(request: HttpRequest, pk: int) -> HttpResponse:
    """A site's overview: how far its set-up is, its buildings, who is linked to it, its energy today."""
    row = get_object_or_404(sites_for(request.actor), pk=pk)
    steps = setup_steps(row, clock.today(row.zone))
    context = {
        "site": row,
        "buildings": row.buildings.annotate(points=Count("billing_points")),
        "actors": row.actors.select_related("account"),
        "steps": steps,
        "done": sum(step.is_done for step in steps),
        "next_step": next((step for step in steps if not step.is_done), None),
    }
    return render(request, "sites/site.html", context)


@require(Right.HISTORY_VIEW)
def site_history(request: HttpRequest, pk: int) -> HttpResponse:
    """Who changed the site's data, when, from what to what."""
    row = get_object_or_404(sites_for(request.actor, Right.HISTORY_VIEW), pk=pk)
    return render(request, "sites/site_history.html", {"site": row, "entries": history_of(row)})


@require(Right.SITE_EDIT)
def create_site(request: HttpRequest) -> HttpResponse:
    """A new site; an installer's own account is linked to it, or it would be out of reach at once."""
    form = SiteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        form.instance.organization_id = current_organization_id()
        row = form.save()
        for account_id in sorted(request.actor.account_ids(Role.INSTALLER)):
            SiteActor.objects.create(site=row, account_id=account_id, role=ActorRole.CONTRACTOR)
        messages.success(
            request, _("Site “%(name)s” has been created. Add its buildings next.") % {"name": row.name}
        )
        return go(request, reverse("sites:site", args=[row.pk]))
    return form_page(request, "sites/site_form.html", form, {"back": reverse("sites:sites")})


@require(Right.SITE_EDIT)
def edit_site(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(sites_for(request.actor, Right.SITE_EDIT), pk=pk)
    form = SiteForm(request.POST or None, instance=row)
    back = reverse("sites:site", args=[row.pk])
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("The changes have been saved."))
        return go(request, back)
    return form_page(request, "sites/site_form.html", form, {"site": row, "back": back})


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
    back = reverse("sites:site-billing-points", args=[row.pk])
    if request.method == "POST" and form.is_valid():
        form.instance.organization_id = current_organization_id()
        building = form.save()
        messages.success(request, _("Building “%(name)s” has been saved.") % {"name": building.name})
        return go(request, back)
    return form_page(request, "sites/building_form.html", form, {"site": row, "back": back})
