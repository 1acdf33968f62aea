# SPDX-License-Identifier: Apache-2.0
"""Billing points by building, who has them, and moves."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import clock
from accounts.guards import require
from accounts.rights import Right
from accounts.web.pages import form_page, go
from sites.forms import BillingPointForm, MoveForm
from sites.models import BillingPoint, Site
from sites.selectors import billing_points_for, sites_for
from sites.services.occupancies import UnableToMove, open_billing_point, record_move


@require(Right.SITE_VIEW)
def site_billing_points(request: HttpRequest, pk: int) -> HttpResponse:
    """Billing points grouped by building, each with its present occupant."""
    row = get_object_or_404(sites_for(request.actor), pk=pk)
    today = clock.today(row.zone)
    buildings = row.buildings.prefetch_related("billing_points__occupancies__account")
    groups = [
        (building, [(point, _occupant(point, today)) for point in building.billing_points.all()])
        for building in buildings
    ]
    return render(request, "sites/billing_points.html", {"site": row, "groups": groups, "today": today})


@require(Right.SITE_VIEW)
def billing_point(request: HttpRequest, pk: int) -> HttpResponse:
    """One place: what it is, and the time line of who had it."""
    point = get_object_or_404(billing_points_for(request.actor), pk=pk)
    occupancies = point.occupancies.select_related("account").order_by("-period")
    today = clock.today(point.building.site.zone)
    context = {
        "site": point.building.site,
        "point": point,
        "occupancies": occupancies,
        "running": _occupant(point, today),
        "today": today,
    }
    return render(request, "sites/billing_point.html", context)


@require(Right.SITE_EDIT)
def create_billing_point(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(sites_for(request.actor, Right.SITE_EDIT), pk=pk)
    form = BillingPointForm(request.POST or None, site=row)
    if request.method == "POST" and form.is_valid():
        values: dict[str, Any] = dict(form.cleaned_data)
        point = open_billing_point(
            exists_from=values.pop("exists_from"), account=values.pop("account"), **values
        )
        messages.success(request, _("Billing point “%(name)s” has been created.") % {"name": point.name})
        return go(request, reverse("sites:site-billing-points", args=[row.pk]))
    return _point_form(request, row, form, reverse("sites:site-billing-points", args=[row.pk]))


@require(Right.SITE_EDIT)
def edit_billing_point(request: HttpRequest, pk: int) -> HttpResponse:
    point = get_object_or_404(billing_points_for(request.actor, Right.SITE_EDIT), pk=pk)
    form = BillingPointForm(request.POST or None, site=point.building.site, instance=point)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("The changes have been saved."))
        return go(request, reverse("sites:billing-point", args=[point.pk]))
    return _point_form(
        request, point.building.site, form, reverse("sites:billing-point", args=[point.pk]), point
    )


@require(Right.OCCUPANCY_EDIT)
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody leaves, somebody else comes: no day without an occupant, none with two."""
    point = get_object_or_404(billing_points_for(request.actor, Right.OCCUPANCY_EDIT), pk=pk)
    form = MoveForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            record_move(
                billing_point=point,
                leaving_on=form.cleaned_data["leaving_on"],
                new_account=form.cleaned_data["account"],
                is_vacancy=form.cleaned_data["is_vacancy"],
            )
        except UnableToMove as refusal:
            form.add_error("leaving_on", str(refusal))
        else:
            messages.success(request, _("The move has been recorded."))
            return go(request, reverse("sites:billing-point", args=[point.pk]))
    today = clock.today(point.building.site.zone)
    context = {
        "site": point.building.site,
        "point": point,
        "occupant": _occupant(point, today),
        "back": reverse("sites:billing-point", args=[point.pk]),
    }
    return form_page(request, "sites/move_form.html", form, context)


def _point_form(
    request: HttpRequest, row: Site, form: BillingPointForm, back: str, point: BillingPoint | None = None
) -> HttpResponse:
    return form_page(
        request, "sites/billing_point_form.html", form, {"site": row, "back": back, "point": point}
    )


def _occupant(point: BillingPoint, day: Any) -> Any:
    """The occupancy of the day among those already loaded."""
    for occupancy in point.occupancies.all():
        period = occupancy.period
        if period.lower <= day and (period.upper is None or day < period.upper):
            return occupancy
    return None
