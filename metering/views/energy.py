# SPDX-License-Identifier: Apache-2.0
"""A site's energy: production, consumption, own use, exchange with the grid."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from accounts import clock
from accounts.guards import require
from accounts.rights import Right
from accounts.web import formats
from accounts.web.exports import export_rows
from metering.models import Medium
from metering.overview import SiteEnergy, site_energy
from metering.pictures import EnergySums, compared, energy_chart, energy_sentence, flow_chart, sums_of
from metering.spans import Span, span_asked
from metering.store import last_slots
from sites.models import Site
from sites.selectors import sites_for


@require(Right.METER_VIEW)
def site_energy_page(request: HttpRequest, pk: int) -> HttpResponse:
    """A month by its days or a year by its months, against the one before or a year ago."""
    site = get_object_or_404(sites_for(request.actor, Right.METER_VIEW), pk=pk)
    today = clock.today(site.zone)
    span = span_asked(request.GET.get("by", ""), request.GET.get("day", ""), today)
    known = span.so_far(today + timedelta(days=1))
    energy = _energy(site, known if known.days else span)
    if request.GET.get("export"):
        return export_rows(_rows(energy), request.GET["export"], f"energy-{site.reference}-{span.start}")
    versus = span.year_before() if request.GET.get("versus") == "year" else span.before()
    versus = versus.like(span, known)
    sums, before = sums_of(energy), sums_of(_energy(site, versus))
    context = {
        "site": site,
        "span": span,
        "today": today,
        "sums": sums,
        "notes": _notes(sums, before, formats.period(versus.start, versus.end)),
        "incomplete": _incomplete(sums, today < span.end),
        "summary": energy_sentence(sums),
        "versus_key": request.GET.get("versus", ""),
        "chart": energy_chart(energy, _("Month") if span.by == "year" else _("Day")),
        "as_of": freshest(site),
    }
    return render(request, "metering/site_energy.html", context)


def _notes(sums: EnergySums, before: EnergySums, period: str) -> dict[str, str]:
    """
    What stands under each figure: the change against the other period, or that period's share.

    Nothing where more than a tenth of the other period lacks values: it would compare with a gap.
    """
    if before.complete * 10 < before.periods * 9:
        return {}
    return {
        "production": compared(sums.production, before.production, period),
        "consumption": compared(sums.consumption, before.consumption, period),
        "exported": compared(sums.exported, before.exported, period),
        "own_use": _before(before.own_use_share, period),
        "autarky": _before(before.autarky, period),
    }


def _before(share: int | None, period: str) -> str:
    if share is None:
        return ""
    percent = f"{formats.number(Decimal(share) / 10)}{formats.NO_BREAK}%"
    return _("%(share)s in %(period)s") % {"share": percent, "period": period}


def _incomplete(sums: EnergySums, is_running: bool) -> str:
    """A sentence where values are missing; a period that runs on lacks its last one by nature."""
    missing = sums.periods - sums.complete - int(is_running)
    if missing <= 0:
        return ""
    return _("Values are missing in %(missing)d of %(all)d periods; the sums may still grow.") % {
        "missing": missing,
        "all": sums.periods,
    }


def _energy(site: Site, span: Span) -> SiteEnergy:
    by = "month" if span.by == "year" else "day"
    return site_energy(site=site, start=span.start, end=max(span.end, span.start + timedelta(days=1)), by=by)  # type: ignore[arg-type]


def _rows(energy: SiteEnergy) -> Iterator[list[Any]]:
    yield [
        _("Period"),
        _("Production (kWh)"),
        _("Consumption (kWh)"),
        _("Own use (kWh)"),
        _("From the grid (kWh)"),
        _("Fed in (kWh)"),
        _("Complete"),
    ]
    flows = energy.flows
    columns = (flows.production, flows.consumption, flows.own_use, flows.imported, flows.exported)
    for place, label in enumerate(energy.labels):
        yield [
            str(label),
            *(Decimal(int(column[place])) / 1000 for column in columns),
            _("yes") if energy.complete[place] else _("no"),
        ]


def freshest(site: Site) -> Any:
    """The end of the last quarter hour that any electricity meter of the site reported."""
    ids = list(
        site.meters.filter(kind__medium=Medium.ELECTRICITY, closed_at=None).values_list(
            "registers__pk", flat=True
        )
    )
    return max(last_slots([pk for pk in ids if pk]).values(), default=None)


@require(Right.METER_VIEW)
def flow_of_the_day(request: HttpRequest, pk: int) -> HttpResponse:
    """The part of a site's overview that shows where today's energy came from and went; renews itself."""
    site = get_object_or_404(sites_for(request.actor, Right.METER_VIEW), pk=pk)
    today: date = clock.today(site.zone)
    energy = site_energy(site=site, start=today - timedelta(days=1), end=today + timedelta(days=1))
    sums, day_before = sums_of(energy, slice(1, 2)), sums_of(energy, slice(0, 1))
    context = {
        "site": site,
        "sums": sums,
        "yesterday": _yesterday(day_before),
        "summary": energy_sentence(sums),
        "chart": flow_chart(sums),
        "as_of": freshest(site),
        "has_meters": site.meters.filter(kind__medium=Medium.ELECTRICITY).exists(),
    }
    return render(request, "metering/site_flow.html", context)


def _yesterday(sums: EnergySums) -> dict[str, str]:
    words = {"production": sums.production, "consumption": sums.consumption}
    return {name: _("yesterday %(energy)s") % {"energy": formats.energy(wh)} for name, wh in words.items()}
