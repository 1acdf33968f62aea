# SPDX-License-Identifier: Apache-2.0
"""The meters of a site: as a tree that must add up, and as a list."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import clock
from accounts.guards import require
from accounts.rights import Right
from accounts.web import formats
from accounts.web.pages import table_page
from metering.models import MeterMode
from metering.overview import tree_balance
from metering.pictures import Twig, twigs
from metering.selectors import MeterTree, load_tree, meters_for
from metering.spans import span_asked
from metering.store import load_day_totals
from metering.tables import MeterTable, SiteMeterFilter, index_words, medium_kind, meter_rows
from sites.selectors import sites_for

THRESHOLDS = (10, 20, 50, 100)


@require(Right.METER_VIEW)
def site_meters(request: HttpRequest, pk: int) -> HttpResponse:
    """The tree over a period: what each parent measured, what its children did, and the difference."""
    site = get_object_or_404(sites_for(request.actor, Right.METER_VIEW), pk=pk)
    today = clock.today(site.zone)
    span = span_asked(request.GET.get("by", ""), request.GET.get("day", ""), today)
    asked = request.GET.get("threshold", "")
    threshold = int(asked) if asked.isdecimal() and int(asked) in THRESHOLDS else 50
    # Until yesterday: a day that runs on compares what arrived with what did not yet.
    known = span.so_far(today) if span.start < today else span
    tree = load_tree(site.pk, DateRange(known.start, known.end))
    balance = tree_balance(site=site, start=known.start, end=known.end, threshold_permille=threshold)
    rows = [_row(twig) for twig in twigs(tree, balance, _energies(tree, known.start, known.end))]
    flagged = len(balance.flagged)
    context = {
        "site": site,
        "span": span,
        "known": known,
        "today": today,
        "rows": rows,
        "flagged": flagged,
        "parents": len(balance.nodes),
        "threshold": threshold,
        "thresholds": [(one, _percent(one)) for one in THRESHOLDS],
        "balance_words": _balance_words(flagged, threshold),
    }
    return render(request, "metering/site_meters.html", context)


def _balance_words(flagged: int, threshold: int) -> str:
    limit = _percent(threshold)
    if not flagged:
        return _("No meter differs from the sum of the meters below it by more than %(limit)s.") % {
            "limit": limit
        }
    return ngettext(
        "%(count)d meter differs from the sum of the meters below it by more than %(limit)s.",
        "%(count)d meters differ from the sum of the meters below them by more than %(limit)s.",
        flagged,
    ) % {"count": flagged, "limit": limit}


def _percent(permille: int | None) -> str:
    return formats.NOTHING if permille is None else f"{formats.number(Decimal(permille) / 10, 1)} %"


def _row(twig: Twig) -> dict[str, Any]:
    """A twig with its figures in words."""
    unit, node = twig.meter.unit, twig.balance
    return {
        "twig": twig,
        "indent": str(1.5 * min(twig.depth, 4)),
        "kind": medium_kind(twig.meter.medium, twig.meter.mode),
        "mode": MeterMode(twig.meter.mode).label,
        "own": index_words(twig.energy, unit),
        "children": index_words(node.children, unit) if node else "",
        "difference": index_words(node.difference, unit) if node else "",
        "percent": _percent(node.permille) if node else "",
    }


def _energies(tree: MeterTree, start: date, end: date) -> dict[int, int]:
    """What each meter counted in the days, its first register: the figure a person would read off."""
    firsts = {meter.id: meter.registers[0].id for meter in tree.meters.values() if meter.registers}
    totals = load_day_totals(register_ids=list(firsts.values()), first=start, last=end - timedelta(days=1))
    return {meter_id: int(row.sum()) for meter_id, row in zip(firsts, totals.totals, strict=True)}


@require(Right.METER_VIEW)
def site_meter_list(request: HttpRequest, pk: int) -> HttpResponse:
    site = get_object_or_404(sites_for(request.actor, Right.METER_VIEW), pk=pk)
    found = SiteMeterFilter(
        request.GET, queryset=meters_for(request.actor).filter(site=site), request=request
    )
    empty = [_("No meters here"), _("Add the first one, or search the bus of a gateway for devices.")]
    if request.actor.may(Right.METER_EDIT):
        empty += [reverse("metering:create-meter", args=[site.pk]), _("New meter")]
    table = MeterTable(
        meter_rows(found.qs, clock.now()),
        caption=_("Meters"),
        icon="gauge",
        empty=tuple(empty),
        exclude=["site"],
    )
    return table_page(
        request,
        "metering/site_meter_list.html",
        table,
        filters=found,
        export_name="meters",
        context={"site": site},
    )
