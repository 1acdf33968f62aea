# SPDX-License-Identifier: Apache-2.0
"""Meters: the list over all sites, one meter with its curve and readings, adding and changing."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import clock
from accounts.guards import require
from accounts.rights import Right
from accounts.web import formats
from accounts.web.exports import export_rows
from accounts.web.pages import form_page, go, table_page
from metering.forms import (
    AssignForm,
    MeterDataForm,
    MeterForm,
    PlaceForm,
    meter_definition,
    registers_of,
)
from metering.models import Meter
from metering.pictures import curve_chart
from metering.selectors import events_for, meters_for, readings_for
from metering.series.calendar import STEP, local_day_bounds, slot_count
from metering.series.vectors import MISSING
from metering.services.add_meter import MeterPlan, add_meter
from metering.services.assign_meter import assign_meter, end_assignment
from metering.services.link_meters import link_meters, unlink_meter
from metering.services.refusals import MeterRefused
from metering.spans import Span, span_asked
from metering.store import last_slots, latest_readings, load_matrix
from metering.tables import (
    MeterFilter,
    MeterTable,
    ReadingTable,
    freshness,
    index_words,
    medium_kind,
    meter_rows,
)
from sites.models import Site
from sites.selectors import sites_for


@require(Right.METER_VIEW)
def meters(request: HttpRequest) -> HttpResponse:
    """All meters of the actor's sites."""
    found = MeterFilter(request.GET, queryset=meters_for(request.actor), request=request)
    table = MeterTable(
        meter_rows(found.qs, clock.now()),
        caption=_("Meters"),
        icon="gauge",
        empty=(
            _("No meters here"),
            _("Meters are added on the page of their site, or found when its gateway is searched."),
            reverse("sites:sites"),
            _("Choose a site"),
        ),
    )
    return table_page(request, "metering/meters.html", table, filters=found, export_name="meters")


@require(Right.METER_VIEW)
def meter(request: HttpRequest, pk: int) -> HttpResponse:
    """One meter: what it is, what it shows, how it ran on a day or in a week."""
    row = get_object_or_404(meters_for(request.actor), pk=pk)
    now = clock.now()
    today = now.astimezone(row.site.zone).date()
    span = span_asked(request.GET.get("by", ""), request.GET.get("day", ""), today, "day")
    span = span if span.by in {"day", "week"} else span_asked("week", span.start.isoformat(), today)
    curve, sums = _curve(row, span, now)
    if request.GET.get("export"):
        return export_rows(_curve_rows(curve), request.GET["export"], f"meter-{row.number}-{span.start}")
    registers = _registers(row)
    last = max((register["last"] for register in registers if register["last"]), default=None)
    context = {
        "meter": row,
        "site": row.site,
        "span": span,
        "today": today,
        "curve": curve,
        "curve_title": _("Load curve") if row.kind.unit == "Wh" else _("Flow"),
        "summary": _("Quarter hours of %(period)s.") % {"period": formats.period(span.start, span.end)},
        "sums": sums,
        "registers": registers,
        "last": last,
        "state": freshness(row, last, now),
        "events": events_for(request.actor).filter(register__meter=row)[:20],
        "assignments": row.assignments.select_related("billing_point__building").order_by("-period"),
        "places": row.parent_links.select_related("parent__equipment").order_by("-period"),
        "medium": medium_kind(row.kind.medium, row.mode),
        "latest": _latest(request, row),
    }
    return render(request, "metering/meter.html", context)


def _latest(request: HttpRequest, row: Meter) -> list[dict[str, Any]]:
    found = readings_for(request.actor).filter(register__meter=row)[:8]
    return [
        {"reading": one, "words": index_words(one.value * 10**one.register.resolution, row.kind.unit)}
        for one in found
    ]


def _registers(row: Meter) -> list[dict[str, Any]]:
    registers = list(row.registers.all())
    ids = [register.pk for register in registers]
    indexes, slots = (latest_readings(ids), last_slots(ids)) if ids else ({}, {})
    return [
        {
            "register": register,
            "index": indexes.get(register.pk),
            "words": index_words(
                indexes[register.pk].value if register.pk in indexes else None, row.kind.unit
            ),
            "last": max(
                (at for at in (slots.get(register.pk), getattr(indexes.get(register.pk), "at", None)) if at),
                default=None,
            ),
        }
        for register in registers
    ]


def _curve(row: Meter, span: Span, now: datetime) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The quarter hours of the span, and each register's sum with how many are missing."""
    registers = list(row.registers.all())
    start = local_day_bounds(span.start, row.site.zone)[0]
    end = local_day_bounds(span.end, row.site.zone)[0]
    matrix = load_matrix(register_ids=[register.pk for register in registers], start=start, end=end)
    kind = medium_kind(row.kind.medium, row.mode)
    rows = [
        (
            f"{register.get_direction_display()} {register.obis}",
            "feed_in" if register.direction == "export" and kind == "grid" else kind,
            values,
        )
        for register, values in zip(registers, matrix.values, strict=True)
    ]
    due = max(min(slot_count(start, end), int((now - start) / STEP)), 0)
    sums = [
        {
            "name": name,
            "kind": colour,
            "words": index_words(int(values[values != MISSING].sum(dtype="int64")), row.kind.unit),
            "missing": int((values[:due] == MISSING).sum()),
            "missing_words": _("%(missing)d of %(all)d quarter hours missing")
            % {"missing": int((values[:due] == MISSING).sum()), "all": due},
        }
        for name, colour, values in rows
    ]
    return curve_chart(start, rows, unit=row.kind.unit, zone=row.site.zone), sums


def _curve_rows(curve: dict[str, Any]) -> Any:
    yield [str(curve["axis"]), *(f"{series['name']} ({curve['unit']})" for series in curve["series"])]
    for place, head in enumerate(curve["categories"]):
        values = [series["values"][place] for series in curve["series"]]
        yield [head, *("" if value is None else value / curve["divisor"] for value in values)]


@require(Right.METER_VIEW)
def readings(request: HttpRequest, pk: int) -> HttpResponse:
    """Every reading of a meter, newest first; as a file the whole of it."""
    row = get_object_or_404(meters_for(request.actor), pk=pk)
    rows = (
        readings_for(request.actor)
        .filter(register__meter=row)
        .select_related("register__meter__kind", "method")
    )
    table = ReadingTable(
        rows,
        caption=_("Readings"),
        icon="list",
        empty=(_("No readings yet"), _("They come from the gateway, from an import or by hand.")),
    )
    context = {"meter": row, "site": row.site}
    return table_page(
        request, "metering/readings.html", table, export_name=f"readings-{row.number}", context=context
    )


@require(Right.METER_EDIT)
def create_meter(request: HttpRequest, pk: int) -> HttpResponse:
    """A new meter at a site, with its registers and its billing point."""
    site = get_object_or_404(sites_for(request.actor, Right.METER_EDIT), pk=pk)
    form = MeterForm(request.POST or None, site=site, initial={"installed_on": clock.today(site.zone)})
    if request.method == "POST" and form.is_valid():
        try:
            row = _add(site, form.cleaned_data)
        except MeterRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Meter “%(number)s” has been added.") % {"number": row.number})
            return go(request, reverse("metering:meter", args=[row.pk]))
    context = {"site": site, "back": reverse("metering:site-meters", args=[site.pk])}
    return form_page(request, "metering/meter_form.html", form, context)


@transaction.atomic
def _add(site: Site, given: dict[str, Any]) -> Meter:
    """Meter and assignment together, or neither."""
    plan = MeterPlan(
        number=given["number"],
        kind=given["kind"],
        definition=meter_definition(),
        registers=registers_of(given["kind"].medium, given["counts"], given["resolution"], given["digits"]),
        opened_at=local_day_bounds(given["installed_on"], site.zone)[0],
        **{
            name: given[name]
            for name in (
                "name",
                "mode",
                "building",
                "place",
                "manufacturer",
                "model",
                "serial",
                "installed_on",
                "factor",
            )
        },
    )
    row = add_meter(site=site, plan=plan)
    if given["parent"]:
        link_meters(parent=given["parent"], child=row, first=given["installed_on"])
    if given["billing_point"]:
        assign_meter(meter=row, billing_point=given["billing_point"], first=given["installed_on"])
    return row


@require(Right.METER_EDIT)
def edit_meter(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(meters_for(request.actor, Right.METER_EDIT), pk=pk)
    form = MeterDataForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            form.save()
        messages.success(request, _("The changes have been saved."))
        return go(request, reverse("metering:meter", args=[row.pk]))
    context = {"site": row.site, "meter": row, "back": reverse("metering:meter", args=[row.pk])}
    return form_page(request, "metering/meter_form.html", form, context)


@require(Right.METER_EDIT)
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a meter to a billing point from a day on."""
    row = get_object_or_404(meters_for(request.actor, Right.METER_EDIT), pk=pk)
    form = AssignForm(request.POST or None, site=row.site)
    if request.method == "POST" and form.is_valid():
        try:
            _assign(row, **form.cleaned_data)
        except MeterRefused as refused:
            form.add_error("first", str(refused))
        else:
            messages.success(request, _("The assignment has been saved."))
            return go(request, reverse("metering:meter", args=[row.pk]))
    context = {"site": row.site, "meter": row, "back": reverse("metering:meter", args=[row.pk])}
    return form_page(request, "metering/assign_form.html", form, context)


@transaction.atomic
def _assign(row: Meter, *, billing_point: Any, first: Any) -> None:
    running = row.assignments.filter(period__contains=first).first()
    if running is not None:
        end_assignment(assignment=running, end=first)
    assign_meter(meter=row, billing_point=billing_point, first=first)


@require(Right.METER_EDIT)
def place(request: HttpRequest, pk: int) -> HttpResponse:
    """Hang a meter below another one from a day on, or take it out of the tree."""
    row = get_object_or_404(meters_for(request.actor, Right.METER_EDIT), pk=pk)
    form = PlaceForm(request.POST or None, meter=row)
    if request.method == "POST" and form.is_valid():
        try:
            _hang(row, **form.cleaned_data)
        except MeterRefused as refused:
            form.add_error("parent", str(refused))
        else:
            messages.success(request, _("The place in the tree has been saved."))
            return go(request, reverse("metering:meter", args=[row.pk]))
    context = {"site": row.site, "meter": row, "back": reverse("metering:meter", args=[row.pk])}
    return form_page(request, "metering/place_form.html", form, context)


@transaction.atomic
def _hang(row: Meter, *, parent: Any, first: Any) -> None:
    running = row.parent_links.filter(period__contains=first).first()
    if running is not None:
        unlink_meter(link=running, end=first)
    if parent is not None:
        link_meters(parent=parent, child=row, first=first)
