# SPDX-License-Identifier: Apache-2.0
"""What a place used and what it costs: day, week, month or year, against another period."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import clock
from accounts.guards import require
from accounts.rights import Right
from accounts.web import formats
from accounts.web.exports import export_rows
from accounts.web.pages import table_page
from metering.spans import span_asked
from portal.figures import change_permille, complete_percent, cost_chart, permille, use_chart
from portal.selectors import (
    Use,
    freshest_of,
    house_average,
    own_invoices,
    own_occupancies,
    use_of,
    whole_use_of,
    working_sites,
)
from portal.tables import OwnInvoiceTable
from sites.models import Occupancy
from sites.selectors import occupancies_for


@require(Right.CONSUMPTION_VIEW)
def consumption(request: HttpRequest) -> HttpResponse:
    """`?occupancy=&by=&day=&versus=`: the address is the state.  Residents see their own days only."""
    own = own_occupancies(request.actor)
    occupancy = _asked(request, own)
    if occupancy is None:
        return render(request, "portal/consumption_choose.html", {"sites": working_sites(request.actor)})
    site = occupancy.billing_point.building.site
    today = clock.today(site.zone)
    span = span_asked(request.GET.get("by", ""), request.GET.get("day", ""), today)
    known = span.so_far(today + timedelta(days=1))
    use = use_of(occupancy, known)
    if request.GET.get("export"):
        return export_rows(_rows(use), request.GET["export"], f"consumption-{span.by}-{span.start}")
    context: dict[str, Any] = {
        "occupancy": occupancy, "occupancies": own if occupancy in own else [], "site": site, "span": span,
        "today": today, "use": use, "is_own": occupancy in own, "as_of": freshest_of(occupancy, today),
        "versus_key": request.GET.get("versus", ""),
    }  # fmt: skip
    if use is not None:
        versus = span.year_before() if request.GET.get("versus") == "year" else span.before()
        context |= _figures(occupancy, use, whole_use_of(occupancy, versus.like(span, known)), today)
    return render(request, "portal/consumption.html", context)


def _asked(request: HttpRequest, own: list[Occupancy]) -> Occupancy | None:
    """The one in the address, among those the actor may see; else the latest own one."""
    key = request.GET.get("occupancy", "")
    if key:
        found: Occupancy = get_object_or_404(
            occupancies_for(request.actor), pk=int(key) if key.isdecimal() else 0
        )
        return found
    return own[0] if own else None


def _figures(occupancy: Occupancy, use: Use, before: Use | None, today: date) -> dict[str, Any]:
    average = house_average(occupancy.billing_point.building.site, use.asked.start, use.asked.end)
    # Today's quarter hours are not all over yet: they are to come, not missing.
    to_come = sum(bar.missing for bar in use.bars if use.asked.end > today and _holds(bar, use, today))
    return {
        "share": permille(use.solar_wh, use.total_wh),
        "against": change_words(use.total_wh, before and before.total_wh, before),
        "cost_against": change_words(use.cost, before and before.cost, before),
        "average": average,
        "complete": complete_percent(use.missing - to_come, use.slots - to_come),
        "chart": use_picture(use, before),
        "costs": cost_picture(use) if use.asked.by != "day" else None,
        "summary": summary_of(use),
        "rows": [(bar, _holds(bar, use, today)) for bar in use.bars],
        "cost_label": _("Cost, provisional") if use.provisional else _("Cost"),
        "cost_summary": cost_words(use),
        "share_words": share_words(before),
        "average_words": average_words(use, average),
    }  # fmt: skip


def _holds(bar: Any, use: Use, today: date) -> bool:
    return bool(bar.begin == today or (use.asked.by == "year" and bar.begin == today.replace(day=1)))


def change_words(now: int | Decimal | None, before: int | Decimal | None, other: Use | None) -> str:
    """`−7 % against October 2026`; nothing where there is nothing to compare with."""
    if now is None or before is None or other is None:
        return ""
    change = change_permille(now, before)
    if change is None:
        return ""
    shown = formats.number(Decimal(change) / 10)
    return _("%(change)s against %(period)s") % {
        "change": f"{'+' if change >= 5 else ''}{shown}{formats.NO_BREAK}%",
        "period": formats.period(other.asked.start, other.asked.end),
    }


def cost_words(use: Use) -> str:
    """What stands under a cost: whether it is final, and that it contains tax."""
    final = (
        _("Provisional, with VAT; the invoice counts.") if use.provisional else _("As invoiced, with VAT.")
    )
    return str(final)


def share_words(before: Use | None) -> str:
    share = permille(before.solar_wh, before.total_wh) if before else None
    if share is None or before is None:
        return ""
    percent = f"{formats.number(Decimal(share) / 10)}{formats.NO_BREAK}%"
    return _("%(share)s in %(period)s") % {
        "share": percent,
        "period": formats.period(before.asked.start, before.asked.end),
    }


def average_words(use: Use, average: int | None) -> str:
    """How the own use stands to the house's average."""
    change = change_permille(use.total_wh, average) if average else None
    if change is None:
        return ""
    percent = f"{formats.number(Decimal(abs(change)) / 10)}{formats.NO_BREAK}%"
    if change > 0:
        return _("You used %(percent)s more.") % {"percent": percent}
    return _("You used %(percent)s less.") % {"percent": percent}


def use_picture(use: Use, before: Use | None) -> dict[str, Any]:
    """The chart of a use; another period's bars are laid over it by their place."""
    words = {
        "solar": _("Solar"),
        "grid": _("From the grid"),
        "before": _("Period before"),
        "axis": _axis(use),
    }
    if before is not None:
        words["before"] = formats.period(before.asked.start, before.asked.end)
    totals = [None if bar.is_empty else bar.total_wh for bar in before.bars] if before else []
    return use_chart(use.bars, totals, words=words, in_wh=use.asked.by == "day")


def cost_picture(use: Use) -> dict[str, Any]:
    return cost_chart(use.bars, words={"cost": _("Cost"), "axis": _axis(use)}, currency=use.currency)


def _axis(use: Use) -> str:
    return {"day": _("Quarter hour from"), "year": _("Month")}.get(use.asked.by, _("Day"))


def summary_of(use: Use) -> str:
    """What the picture shows, in a sentence."""
    return _("%(energy)s in %(period)s, %(solar)s of it from the roof.") % {
        "energy": formats.energy(use.total_wh),
        "period": formats.period(use.asked.start, use.asked.end),
        "solar": formats.energy(use.solar_wh),
    }


def _rows(use: Use | None) -> Iterator[list[Any]]:
    currency = use.currency if use else "CHF"
    yield [
        _("Period"), _("Solar (kWh)"), _("From the grid (kWh)"), _("Total (kWh)"),
        _("Cost (%(currency)s)") % {"currency": currency}, _("Missing quarter hours"),
    ]  # fmt: skip
    for bar in use.bars if use else ():
        energies = (Decimal(wh) / 1000 for wh in (bar.solar_wh, bar.grid_wh, bar.total_wh))
        yield [bar.begin.isoformat(), *energies, bar.cost if bar.cost is not None else "", bar.missing]


@require(Right.INVOICE_VIEW)
def invoices(request: HttpRequest) -> HttpResponse:
    """A resident's own documents."""
    table = OwnInvoiceTable(
        own_invoices(request.actor),
        caption=_("My invoices"),
        icon="file-invoice",
        empty=(
            _("No invoices yet"),
            _("Your first invoice appears here as soon as it has been issued."),
            reverse("portal:consumption"),
            _("See my consumption"),
        ),
    )
    return table_page(request, "portal/invoices.html", table, export_name="invoices")
