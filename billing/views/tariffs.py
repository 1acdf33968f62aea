# SPDX-License-Identifier: Apache-2.0
"""Tariffs: list, time line, detail, prices, approval."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import clock
from accounts.audit import history_of
from accounts.guards import require
from accounts.rights import Right
from accounts.web.pages import table_page
from billing.engine.basis import UnableToBill
from billing.forms import CopyForm, EndForm, PointsForm, TariffForm, component_formset
from billing.forms.days import DAY
from billing.models import Tariff
from billing.selectors.visible import solutions_for, tariffs_for
from billing.services.tariffs import (
    TariffRefused,
    approve_tariff,
    assign_tariff,
    copy_tariff,
    create_tariff,
    end_tariff,
    faults_of,
    replace_components,
)
from billing.tables import TariffTable
from billing.views.timeline import time_line
from sites.models import BillingPoint
from sites.selectors import sites_for


@require(Right.TARIFF_VIEW)
def tariffs(request: HttpRequest) -> HttpResponse:
    """All tariffs of the actor's sites."""
    table = TariffTable(
        tariffs_for(request.actor).order_by("solution__site__name", "-period"),
        caption=_("Tariffs"),
        icon="tags",
        empty=(_("No tariffs yet"), _("Open a site and draw up its first tariff.")),
    )
    return table_page(request, "billing/tariffs.html", table, export_name="tariffs")


@require(Right.TARIFF_VIEW)
def site_tariffs(request: HttpRequest, pk: int) -> HttpResponse:
    """A site's solutions and their tariffs on a time line."""
    site = get_object_or_404(sites_for(request.actor, Right.TARIFF_VIEW), pk=pk)
    solutions = solutions_for(request.actor).filter(site=site).prefetch_related("tariffs__components")
    context = {
        "site": site,
        "lines": [
            (solution, time_line(list(solution.tariffs.order_by("period")), clock.today(site.zone)))
            for solution in solutions
        ],
    }
    return render(request, "billing/site_tariffs.html", context)


@require(Right.TARIFF_VIEW)
def tariff(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(tariffs_for(request.actor), pk=pk)
    points = BillingPoint.objects.filter(tariff_assignments__tariff=row).select_related("building")
    context = {
        "tariff": row,
        "site": row.solution.site,
        "components": row.components.all(),
        "points": points,
        "faults": [] if row.is_approved else faults_of(row),
        "history": history_of(row) if request.actor.may(Right.HISTORY_VIEW) else None,
    }
    return render(request, "billing/tariff.html", context)


@require(Right.TARIFF_EDIT)
def new_tariff(request: HttpRequest, pk: int) -> HttpResponse:
    """Draw up a tariff of a site."""
    site = get_object_or_404(sites_for(request.actor, Right.TARIFF_EDIT), pk=pk)
    form = TariffForm(request.POST or None, site=site)
    prices = component_formset(extra=4)(request.POST or None, prefix="prices")
    if request.method == "POST" and _valid(form, prices):
        try:
            row = create_tariff(
                solution=form.cleaned_data["solution"],
                titles=form.titles,
                start=form.cleaned_data["start"],
                end=form.end,
                calendar=form.cleaned_data["calendar"],
                points=form.cleaned_data["points"],
                components=prices.prices,
            )
        except (TariffRefused, UnableToBill) as refusal:
            form.add_error("points", str(refusal))
        else:
            messages.success(request, _("The tariff has been drawn up. It counts once it is approved."))
            return redirect("billing:tariff", row.pk)
    return _form(request, {"form": form, "prices": prices, "site": site})


@require(Right.TARIFF_EDIT)
def edit_tariff(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a tariff that is not approved yet."""
    row = get_object_or_404(tariffs_for(request.actor, Right.TARIFF_EDIT), pk=pk)
    site = row.solution.site
    if row.is_approved:
        messages.info(request, _("The tariff is approved and no longer changes. Copy it for new prices."))
        return redirect("billing:tariff", row.pk)
    form = TariffForm(request.POST or None, site=site, titles=row.titles, initial=_initial(row))
    prices = component_formset(extra=2)(request.POST or None, prefix="prices", initial=_price_rows(row))
    if request.method == "POST" and _valid(form, prices):
        try:
            _save(row, form, prices)
        except TariffRefused as refusal:
            form.add_error("points", str(refusal))
        else:
            messages.success(request, _("The changes have been saved."))
            return redirect("billing:tariff", row.pk)
    return _form(request, {"form": form, "prices": prices, "site": site, "tariff": row})


def _valid(form: TariffForm, prices: Any) -> bool:
    good = form.is_valid()
    return prices.is_valid() and good and prices.check_slots(form.cleaned_data["calendar"])


def _save(row: Tariff, form: TariffForm, prices: Any) -> None:
    row.solution = form.cleaned_data["solution"]
    row.titles = form.titles
    row.calendar = form.cleaned_data["calendar"]
    row.period = type(row.period)(form.cleaned_data["start"], form.end)
    row.assignments.all().delete()
    row.save()
    assign_tariff(tariff=row, points=form.cleaned_data["points"])
    replace_components(tariff=row, components=prices.prices)


def _initial(row: Tariff) -> dict[str, Any]:
    return {
        "solution": row.solution_id,
        "start": row.period.lower,
        "last": row.period.upper - DAY if row.period.upper else None,
        "calendar": row.calendar_id,
        "points": list(row.assignments.values_list("billing_point_id", flat=True)),
    }


def _price_rows(row: Tariff) -> list[dict[str, Any]]:
    return [
        {
            "titles": component.titles,
            "part": component.part,
            "slot": component.slot,
            "unit": component.unit,
            "price": component.price,
            "vat_rule": component.vat_rule,
            "tiers": ", ".join(f"{tier['up_to'] or ''}: {tier['price']}" for tier in component.tiers),
        }
        for component in row.components.all()
    ]


def _form(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    wrong = context["form"].errors or context["prices"].total_error_count() if request.POST else False
    return render(request, "billing/tariff_form.html", context, status=422 if wrong else 200)


@require(Right.TARIFF_EDIT)
@require_POST
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Record the owner's approval."""
    row = get_object_or_404(tariffs_for(request.actor, Right.TARIFF_EDIT), pk=pk)
    try:
        approve_tariff(
            tariff=row,
            user_id=request.user.pk,
            now=clock.now(),
            reason=request.POST.get("reason", "")[:500],
        )
    except TariffRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The tariff is approved and counts from its first day."))
    return redirect("billing:tariff", row.pk)


@require(Right.TARIFF_EDIT)
def copy(request: HttpRequest, pk: int) -> HttpResponse:
    """The same prices for other days, to be changed and approved."""
    row = get_object_or_404(tariffs_for(request.actor, Right.TARIFF_EDIT), pk=pk)
    form = CopyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = copy_tariff(tariff=row, start=form.cleaned_data["start"], end=form.end)
        except TariffRefused as refusal:
            form.add_error("start", str(refusal))
        else:
            messages.success(request, _("The copy is a draft. Change its prices, then approve it."))
            return redirect("billing:edit-tariff", made.pk)
    context = {"form": form, "tariff": row, "site": row.solution.site}
    return render(request, "billing/tariff_copy.html", context, status=422 if form.errors else 200)


@require(Right.TARIFF_EDIT)
def points(request: HttpRequest, pk: int) -> HttpResponse:
    """Which billing points the tariff serves."""
    row = get_object_or_404(tariffs_for(request.actor, Right.TARIFF_EDIT), pk=pk)
    chosen = list(row.assignments.values_list("billing_point_id", flat=True))
    form = PointsForm(request.POST or None, site=row.solution.site, initial={"points": chosen})
    if request.method == "POST" and form.is_valid():
        try:
            assign_tariff(tariff=row, points=form.cleaned_data["points"])
        except TariffRefused as refusal:
            form.add_error("points", str(refusal))
        else:
            messages.success(request, _("The changes have been saved."))
            return redirect("billing:tariff", row.pk)
    return _part(request, row, form, _("Billing points"))


@require(Right.TARIFF_EDIT)
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """Let the tariff end on a day."""
    row = get_object_or_404(tariffs_for(request.actor, Right.TARIFF_EDIT), pk=pk)
    form = EndForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            end_tariff(tariff=row, end=form.cleaned_data["last"] + DAY)
        except TariffRefused as refusal:
            form.add_error("last", str(refusal))
        else:
            messages.success(request, _("The changes have been saved."))
            return redirect("billing:tariff", row.pk)
    return _part(request, row, form, _("End the tariff"))


def _part(request: HttpRequest, row: Tariff, form: Any, heading: str) -> HttpResponse:
    context = {"form": form, "tariff": row, "site": row.solution.site, "heading": heading}
    return render(request, "billing/tariff_part.html", context, status=422 if form.errors else 200)
