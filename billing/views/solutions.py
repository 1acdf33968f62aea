# SPDX-License-Identifier: Apache-2.0
"""What is billed on a site, and the calendars of tariff hours."""

from typing import Any

from django.contrib import messages
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts import clock
from accounts.guards import require
from accounts.rights import Right
from accounts.scope import current_organization_id
from billing.forms import CalendarForm, SolutionForm
from billing.models import SlotCalendar, Solution
from billing.selectors.visible import solutions_for
from billing.services.tariffs import save_calendar
from sites.models import Site
from sites.selectors import sites_for


@require(Right.TARIFF_EDIT)
def new_solution(request: HttpRequest, pk: int) -> HttpResponse:
    site = get_object_or_404(sites_for(request.actor, Right.TARIFF_EDIT), pk=pk)
    return _solution(request, site, SolutionForm(request.POST or None, site=site))


@require(Right.TARIFF_EDIT)
def edit_solution(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(solutions_for(request.actor, Right.TARIFF_EDIT), pk=pk)
    form = SolutionForm(request.POST or None, site=row.site, instance=row)
    return _solution(request, row.site, form, row)


def _solution(
    request: HttpRequest, site: Site, form: SolutionForm, row: Solution | None = None
) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        form.instance.organization_id = current_organization_id()
        saved = form.save()
        messages.success(request, _("“%(label)s” has been saved.") % {"label": saved.label})
        return redirect("billing:site-tariffs", site.pk)
    context = {"form": form, "site": site, "solution": row}
    return render(request, "billing/solution_form.html", context, status=422 if form.errors else 200)


@require(Right.TARIFF_VIEW)
def calendars(request: HttpRequest) -> HttpResponse:
    """Calendars of tariff hours with their latest wording."""
    rows = SlotCalendar.objects.annotate(latest=Max("versions__version")).prefetch_related("versions")
    return render(request, "billing/calendars.html", {"calendars": [(row, _latest(row)) for row in rows]})


def _latest(row: SlotCalendar) -> Any:
    return max(row.versions.all(), key=lambda version: version.version, default=None)


@require(Right.TARIFF_EDIT)
def new_calendar(request: HttpRequest) -> HttpResponse:
    return _calendar(request, CalendarForm(request.POST or None))


@require(Right.TARIFF_EDIT)
def edit_calendar(request: HttpRequest, pk: int) -> HttpResponse:
    """A new wording; tariffs keep the one they were drawn up with."""
    row = get_object_or_404(SlotCalendar, pk=pk)
    return _calendar(request, CalendarForm(request.POST or None, initial=_calendar_initial(row)), row)


def _calendar(request: HttpRequest, form: CalendarForm, row: SlotCalendar | None = None) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        version = save_calendar(
            name=row.name if row else form.cleaned_data["name"],
            windows=form.windows,
            now=clock.now(),
            user_id=request.user.pk,
        )
        messages.success(request, _("“%(name)s” has been saved.") % {"name": str(version)})
        return redirect("billing:calendars")
    context = {"form": form, "calendar": row}
    return render(request, "billing/calendar_form.html", context, status=422 if form.errors else 200)


def _calendar_initial(row: SlotCalendar) -> dict[str, Any]:
    latest = _latest(row)
    initial: dict[str, Any] = {"name": row.name}
    if latest is None:
        return initial
    initial["canton"] = latest.windows.get("canton", "")
    for window in latest.windows.get("windows", []):
        for key, _label, weekdays in CalendarForm.GROUPS:
            if window["slot"] == "high" and set(weekdays) <= set(window.get("weekdays", range(7))):
                initial[f"{key}_from"], initial[f"{key}_to"] = window["begin"], window["end"]
    return initial
