# SPDX-License-Identifier: Apache-2.0
"""What the homes and the consumption page ask the floors below; every cost comes from the billing engine."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import QuerySet

from accounts.rights import Actor, Right, Role
from accounts.web import formats
from billing.models import Invoice, InvoiceKind, InvoiceState
from billing.selectors import ResidentCosts, counts_by_state, invoices_for, resident_costs
from metering.models import Medium, Register
from metering.overview import SiteEnergy, site_energy
from metering.pictures import NO_ENERGY, EnergySums, sums_of
from metering.selectors import assignments_in
from metering.spans import Span
from metering.store import last_slots, load_day_totals
from portal.figures import Bar, mean
from sites.models import BillingPoint, Occupancy, Site
from sites.models.sites import BillingPointUse, SiteState
from sites.selectors import occupancies_for, sites_for

# Fewer neighbours than this, and an average would tell what one of them used.
LEAST_NEIGHBOURS = 5
MONTHS = 12


# ------------------------------------------------------------------ residents


def own_occupancies(actor: Actor) -> list[Occupancy]:
    """The places a resident has or had, the latest first."""
    accounts = actor.own_account_ids(Right.CONSUMPTION_VIEW) & actor.account_ids(Role.RESIDENT)
    rows = occupancies_for(actor).filter(account_id__in=accounts)
    return sorted(rows, key=lambda row: (row.period.upper is None, row.period.lower), reverse=True)


@dataclass(frozen=True, slots=True)
class Use:
    """What an occupancy used in a span, bar by bar; `asked` are the days with an answer."""

    asked: Span
    solar_wh: int
    grid_wh: int
    cost: Decimal | None
    currency: str
    provisional: bool
    bars: tuple[Bar, ...]

    @property
    def total_wh(self) -> int:
        return self.solar_wh + self.grid_wh

    @property
    def missing(self) -> int:
        return sum(bar.missing for bar in self.bars)

    @property
    def slots(self) -> int:
        return sum(bar.slots for bar in self.bars)


def use_of(occupancy: Occupancy, span: Span) -> Use | None:
    """Energy and cost of an occupancy in a span of its site's days; None where nothing is billed on them."""
    start, end = clip(occupancy, span)
    if end <= start:
        return None
    found = resident_costs(occupancy=occupancy, start=start, end=end, by_day=span.by != "year")
    if found is None:
        return None
    return Use(
        asked=Span(span.by, start, end),
        solar_wh=found.costs.solar_wh,
        grid_wh=found.costs.grid_wh,
        cost=found.costs.total,
        currency=found.currency,
        provisional=found.provisional,
        bars=_bars(found, occupancy, span),
    )


def whole_use_of(occupancy: Occupancy, span: Span) -> Use | None:
    """The use of a span to compare with; None where the occupancy does not hold on all of its days."""
    if span.days == 0 or clip(occupancy, span) != (span.start, span.end):
        return None
    return use_of(occupancy, span)


def clip(occupancy: Occupancy, span: Span) -> tuple[date, date]:
    """The days of the span on which the occupancy held: nobody sees a predecessor's or successor's."""
    end = min(span.end, occupancy.period.upper) if occupancy.period.upper else span.end
    return max(span.start, occupancy.period.lower), end


def _bars(found: ResidentCosts, occupancy: Occupancy, span: Span) -> tuple[Bar, ...]:
    if span.by == "day":
        zone = occupancy.billing_point.building.site.zone
        return tuple(
            Bar(f"{slot.begin.astimezone(zone):%H:%M}", slot.begin, slot.solar_wh, slot.grid_wh, None)
            for slot in found.slots
        )
    return tuple(
        Bar(
            bucket_words(bucket.bucket, span),
            bucket.bucket,
            bucket.solar_wh,
            bucket.grid_wh,
            bucket.cost,
            bucket.missing,
            bucket.slots,
        )
        for bucket in found.costs.buckets
    )


def bucket_words(day: date, span: Span) -> str:
    """A bucket under its bar: a month's name in a year, a weekday in a week, else the day."""
    return (
        formats.short_month(day) if span.by == "year" else formats.short_day(day, weekday=span.by == "week")
    )


def house_average(site: Site, start: date, end: date) -> int | None:
    """
    What a flat of the site used on average in the days [start, end), in Wh.

    None with fewer than `LEAST_NEIGHBOURS` flats.
    """
    points = BillingPoint.objects.filter(
        building__site=site, use=BillingPointUse.FLAT, is_activated=True
    ).values_list("pk", flat=True)
    if len(points) < LEAST_NEIGHBOURS:
        return None
    total = 0
    for assigned in assignments_in(points, DateRange(start, end), billing_relevant_only=True):
        if assigned.medium == Medium.ELECTRICITY:
            ids = [register.id for register in assigned.registers if register.direction == "import"]
            first, last = assigned.first or start, (assigned.end or end) - timedelta(days=1)
            if ids and last >= first:
                total += int(load_day_totals(register_ids=ids, first=first, last=last).totals.sum())
    return mean(total, len(points))


def freshest_of(occupancy: Occupancy, today: date) -> datetime | None:
    """The end of the last quarter hour that a meter of the place reported."""
    assigned = assignments_in([occupancy.billing_point_id], DateRange(today, today + timedelta(days=1)))
    ids = [register.id for one in assigned for register in one.registers]
    return max(last_slots(ids).values(), default=None) if ids else None


def freshest_of_sites(sites: Iterable[Site]) -> datetime | None:
    """The end of the last quarter hour that any electricity meter of the sites reported."""
    ids = Register.objects.filter(
        meter__site__in=list(sites), meter__closed_at=None, meter__kind__medium=Medium.ELECTRICITY
    ).values_list("pk", flat=True)
    return max(last_slots(list(ids)).values(), default=None) if ids else None


def latest_bill(actor: Actor) -> Invoice | None:
    """The last document of the resident's own accounts."""
    return own_invoices(actor).first()


def own_invoices(actor: Actor) -> QuerySet[Invoice]:
    """Issued documents of the accounts a person holds as a resident, newest first."""
    accounts = actor.own_account_ids(Right.INVOICE_VIEW) & actor.account_ids(Role.RESIDENT)
    return (
        invoices_for(actor)
        .filter(account_id__in=accounts)
        .exclude(state=InvoiceState.DRAFT)
        .order_by("-issued_on", "-pk")
    )


# ------------------------------------------------------------------ portfolio


@dataclass(frozen=True, slots=True)
class SiteYear:
    """A site with its energy of twelve months and of the running one."""

    site: Site
    year: EnergySums
    month: EnergySums


@dataclass(frozen=True, slots=True, eq=False)
class Portfolio:
    """Sites, their sums, and the months of all of them together."""

    sites: tuple[SiteYear, ...]
    year: EnergySums
    month: EnergySums
    months: SiteEnergy | None


def portfolio_of(sites: Iterable[Site], today: date) -> Portfolio:
    """Energy of the last twelve months, the running one included, per site and together."""
    end = (today.replace(day=1) + timedelta(days=31)).replace(day=1)
    start = end.replace(year=end.year - 1)
    rows: list[SiteYear] = []
    whole: SiteEnergy | None = None
    for site in sites:
        energy = site_energy(site=site, start=start, end=end, by="month")
        rows.append(SiteYear(site, sums_of(energy), sums_of(energy, slice(-1, None))))
        whole = energy if whole is None else _together(whole, energy)
    year = month = NO_ENERGY
    for row in rows:
        year, month = year + row.year, month + row.month
    return Portfolio(tuple(rows), year, month, whole)


def _together(one: SiteEnergy, other: SiteEnergy) -> SiteEnergy:
    names = ("production", "imported", "exported", "charged", "discharged", "consumption", "own_use")
    flows = type(one.flows)(**{n: getattr(one.flows, n) + getattr(other.flows, n) for n in names})
    return SiteEnergy(one.labels, flows, np.logical_and(one.complete, other.complete))


@dataclass(frozen=True, slots=True)
class Receivables:
    """Documents by what is to be done with them: numbers and sums."""

    drafts: int
    drafts_total: Decimal
    open: int
    open_total: Decimal
    overdue: int
    overdue_total: Decimal


def receivables_of(actor: Actor, today: date) -> Receivables:
    """Invoices and statements of the actor's sites; credit notes are no claim."""
    invoices = invoices_for(actor).exclude(kind=InvoiceKind.CREDIT_NOTE)
    standing = invoices.filter(state__in=[InvoiceState.VALIDATED, InvoiceState.SENT])
    nothing = (0, Decimal(0))
    counts = counts_by_state(invoices)
    late = counts_by_state(standing.filter(due_on__lt=today)).values()
    waiting = [counts.get(state, nothing) for state in (InvoiceState.VALIDATED, InvoiceState.SENT)]
    drafts = counts.get(InvoiceState.DRAFT, nothing)
    return Receivables(
        drafts=drafts[0],
        drafts_total=drafts[1],
        open=sum(count for count, _total in waiting),
        open_total=sum((total for _count, total in waiting), Decimal(0)),
        overdue=sum(count for count, _total in late),
        overdue_total=sum((total for _count, total in late), Decimal(0)),
    )


def working_sites(actor: Actor) -> list[Site]:
    """Sites that are not out of use, by name."""
    return list(sites_for(actor).exclude(state=SiteState.DEACTIVATED))
