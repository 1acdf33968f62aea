# SPDX-License-Identifier: Apache-2.0
"""The home of each role: what it asks first, answered; several roles get a tab each."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import clock
from accounts.guards import require
from accounts.rights import Actor, Right, Role
from accounts.web import formats
from gateway_bridge.selectors import gateways_for
from gateway_bridge.tables import gateway_rows
from metering.pictures import energy_chart, energy_sentence
from metering.selectors import meters_for
from metering.spans import span_of
from metering.tables import meter_rows
from portal.figures import complete_percent, permille
from portal.navigation import Link
from portal.selectors import (
    freshest_of,
    freshest_of_sites,
    house_average,
    latest_bill,
    own_occupancies,
    portfolio_of,
    receivables_of,
    use_of,
    whole_use_of,
    working_sites,
)
from portal.views.consumption import average_words, change_words, cost_words, summary_of, use_picture
from portal.work import work_lists
from sites.setup_state import setup_steps

# Key → label; the first one that a person has is shown first.
HOMES: dict[str, tuple[Promise | str, str]] = {
    "work": (gettext_lazy("Work lists"), "list-check"),
    "portfolio": (gettext_lazy("Portfolio"), "building-community"),
    "installer": (gettext_lazy("My sites"), "tools"),
    "resident": (gettext_lazy("My home"), "home-bolt"),
}


def homes_of(actor: Actor) -> list[str]:
    """The homes of a person's roles, in the order of the tabs."""
    found = {
        "work": any(role.is_staff_role for role in actor.roles),
        "portfolio": Role.OWNER in actor.roles,
        "installer": Role.INSTALLER in actor.roles,
        "resident": Role.RESIDENT in actor.roles,
    }
    return [key for key in HOMES if found[key]]


@require(Right.HOME)
def home(request: HttpRequest) -> HttpResponse:
    """`?as=` chooses among several roles."""
    homes = homes_of(request.actor)
    asked = request.GET.get("as", "")
    shown = asked if asked in homes else homes[0] if homes else "work"
    tabs = [Link(*_link(key), key == shown) for key in homes] if len(homes) > 1 else []
    build = {"work": _work, "portfolio": _portfolio, "installer": _installer, "resident": _resident}[shown]
    return render(request, f"portal/home_{shown}.html", {"homes": tabs, **build(request.actor)})


def _link(key: str) -> tuple[Promise | str, str, str]:
    label, icon = HOMES[key]
    return label, f"{reverse('portal:home')}?as={key}", icon


def _work(actor: Actor) -> dict[str, Any]:
    now = clock.now()
    lists = work_lists(actor, now)
    sites = working_sites(actor)
    waiting = [one for one in lists if one.count]
    return {
        "lists": waiting,
        "quiet": [one for one in lists if not one.count],
        "waiting": sum(one.count for one in waiting),
        "sites": len(sites),
        "receivables": receivables_of(actor, now.date()),
        "month": portfolio_of(sites[:50], now.date()).month if sites else None,
        "as_of": freshest_of_sites(sites),
    }


def _portfolio(actor: Actor) -> dict[str, Any]:
    today = clock.now().date()
    sites = working_sites(actor)
    portfolio = portfolio_of(sites, today)
    return {
        "as_of": freshest_of_sites(sites),
        "portfolio": portfolio,
        "receivables": receivables_of(actor, today),
        "chart": energy_chart(portfolio.months, _("Month")) if portfolio.months else None,
        "summary": energy_sentence(portfolio.year),
        "complete": complete_percent(
            portfolio.year.periods - portfolio.year.complete, portfolio.year.periods
        ),
    }


def _installer(actor: Actor) -> dict[str, Any]:
    now = clock.now()
    gateways = gateway_rows(gateways_for(actor), now=now)
    meters = meter_rows(meters_for(actor), now)
    cards = []
    for site in working_sites(actor):
        steps = setup_steps(site, clock.today(site.zone))
        own = [row for row in gateways if row.gateway.site_id == site.pk]
        of_site = [row for row in meters if row.site_id == site.pk]
        silent = [row for row in of_site if row.state[0] == "danger"]
        cards.append(
            {
                "site": site,
                "gateways": own,
                "silent": silent[:5],
                "silent_count": len(silent),
                "late_count": sum(row.state[0] == "warning" for row in of_site),
                "meters": len(of_site),
                "last": max((row.last for row in of_site if row.last), default=None),
                "percent": 100 * sum(step.is_done for step in steps) // len(steps),
                "blocks": [step for step in steps if not step.is_done][:2],
                "is_red": bool(silent) or any(row.state.tone == "danger" for row in own),
            }
        )
    return {"cards": sorted(cards, key=lambda card: not card["is_red"])}


def _resident(actor: Actor) -> dict[str, Any]:
    occupancies = own_occupancies(actor)
    if not occupancies:
        return {"occupancy": None, "bill": latest_bill(actor)}
    occupancy = occupancies[0]
    site = occupancy.billing_point.building.site
    today = clock.today(site.zone)
    span = span_of("month", today)
    known = span.so_far(today + timedelta(days=1))
    use = use_of(occupancy, known)
    before = whole_use_of(occupancy, span.before().like(span, known))
    year = whole_use_of(occupancy, span.year_before().like(span, known))
    context: dict[str, Any] = {
        "occupancy": occupancy,
        "site": site,
        "use": use,
        "bill": latest_bill(actor),
        "as_of": freshest_of(occupancy, today),
    }
    if use is None:
        return context
    average = house_average(site, use.asked.start, use.asked.end)
    return context | {
        "share": permille(use.solar_wh, use.total_wh),
        "complete": complete_percent(use.missing - _to_come(use, today), use.slots - _to_come(use, today)),
        "against_month": change_words(use.total_wh, before and before.total_wh, before),
        "against_year": change_words(use.total_wh, year and year.total_wh, year),
        "average": average,
        "average_words": average_words(use, average),
        "provisional_words": cost_words(use),
        "solar_words": formats.energy(use.solar_wh),
        "chart": use_picture(use, before),
        "summary": summary_of(use),
    }


def _to_come(use: Any, today: Any) -> int:
    """Today's quarter hours that lack a value are not missing: most of them have not been yet."""
    return next((bar.missing for bar in use.bars if bar.begin == today), 0)
