# SPDX-License-Identifier: Apache-2.0
"""Loads what a calculation rests on: the only place where billing reads sites, meters and tariffs."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from django.db.backends.postgresql.psycopg_any import DateRange

from accounts.models import Organization
from billing.engine.basis import Basis, Component, SiteMeters, Source, Stake, Terms, Tier, Title
from billing.engine.calculate import Calculation, calculate
from billing.models import Solution, Tariff, TariffAssignment, TariffComponent
from billing.rules.dated import load as load_rule
from billing.rules.vat import vat_rate
from billing.selectors.measured import read_now
from metering.models import Direction, Medium, Meter, MeterAssignment, MeterMode, Register
from sites.models import Occupancy

EXEMPT = "exempt"


def load_basis(*, solution: Solution, start: date, end: date) -> Basis:
    """
    The basis of a solution over the days [start, end), cut to the solution's own period.

    Every activated point of the site takes part in the split, whoever is billed in the end.
    Only approved tariffs count.
    """
    first, last = clipped(solution.period, start, end)
    occupancies = _occupancies(solution, first, last)
    point_ids = {occupancy.billing_point_id for occupancy in occupancies}
    sources = _point_sources(point_ids, first, last)
    terms, terms_of_point = _terms(solution, point_ids, first, last)
    stakes = [
        _stake(solution, occupancy, sources, terms, terms_of_point, first, last) for occupancy in occupancies
    ]
    return Basis(
        solution_id=solution.pk,
        time_zone=solution.site.time_zone,
        start=first,
        end=last,
        stakes=tuple(stakes),
        site=_site_meters(solution.site_id, first, last),
        terms=tuple(terms),
    )


def load_calculation(*, solution: Solution, start: date, end: date, by_day: bool = False) -> Calculation:
    """
    The energy of a solution over the days [start, end), as it stands now; what was read is recorded.

    :raises UnableToBill: if nobody takes part, or a consumption is negative.
    """
    basis, series = read_now(load_basis(solution=solution, start=start, end=end))
    return calculate(basis, series, by_day=by_day)


def clipped(period: DateRange, start: date, end: date) -> tuple[date, date]:
    """The days of [start, end) that lie in `period`."""
    return max(period.lower or start, start), min(period.upper or end, end)


def _occupancies(solution: Solution, start: date, end: date) -> list[Occupancy]:
    return list(
        Occupancy.objects.filter(
            billing_point__building__site_id=solution.site_id,
            billing_point__is_activated=True,
            period__overlap=DateRange(start, end),
        )
        .select_related("billing_point__building", "account")
        .order_by(
            "billing_point__building__position",
            "billing_point__building_id",
            "billing_point__position",
            "billing_point_id",
            "period",
        )
    )


def _stake(
    solution: Solution,
    occupancy: Occupancy,
    sources: dict[int, list[Source]],
    terms: Sequence[Terms],
    terms_of_point: dict[int, list[int]],
    start: date,
    end: date,
) -> Stake:
    first, last = clipped(occupancy.period, start, end)
    point = occupancy.billing_point
    return Stake(
        occupancy_id=occupancy.pk,
        billing_point_id=point.pk,
        name=point.name,
        start=first,
        end=last,
        priority=point.priority,
        takes_residual=solution.residual_point_id == point.pk,
        sources=tuple(s for s in sources[point.pk] if s.start < last and s.end > first),
        terms=tuple(n for n in terms_of_point[point.pk] if terms[n].start < last and terms[n].end > first),
    )


# ------------------------------------------------------------------ meters
def _point_sources(point_ids: Iterable[int], start: date, end: date) -> dict[int, list[Source]]:
    assignments = (
        MeterAssignment.objects.filter(
            billing_point_id__in=point_ids,
            meter__mode=MeterMode.CONSUMPTION,
            meter__kind__medium=Medium.ELECTRICITY,
            meter__billing_relevant=True,
            period__overlap=DateRange(start, end),
        )
        .select_related("meter")
        .prefetch_related("meter__registers")
        .order_by("billing_point_id", "period", "pk")
    )
    found: dict[int, list[Source]] = defaultdict(list)
    for assignment in assignments:
        first, last = clipped(assignment.period, start, end)
        for register in counting_registers(assignment.meter, Direction.IMPORT):
            source = Source(register.pk, assignment.meter.number, register.obis, first, last)
            found[assignment.billing_point_id].append(source)
    return found


def counting_registers(meter: Meter, direction: str) -> list[Register]:
    """The registers that count a direction once: the total, or where there is none, its tariff registers."""
    registers = [register for register in meter.registers.all() if register.direction == direction]
    totals = [register for register in registers if register.tariff == 0]
    return sorted(totals or registers, key=lambda register: register.obis)


def _site_meters(site_id: int, start: date, end: date) -> SiteMeters:
    meters = list(
        Meter.objects.filter(site_id=site_id, kind__medium=Medium.ELECTRICITY)
        .exclude(mode=MeterMode.CONSUMPTION)
        .prefetch_related("registers")
        .order_by("pk")
    )

    def sources(mode: str, direction: str) -> tuple[Source, ...]:
        return tuple(
            Source(register.pk, meter.number, register.obis, start, end)
            for meter in meters
            if meter.mode == mode
            for register in counting_registers(meter, direction)
        )

    # A plant's own meter counts what it delivers as export; one wired the other way round has only import.
    produced = tuple(
        Source(register.pk, meter.number, register.obis, start, end)
        for meter in meters
        if meter.mode == MeterMode.PRODUCTION
        for register in counting_registers(meter, Direction.EXPORT)
        or counting_registers(meter, Direction.IMPORT)
    )
    return SiteMeters(
        production=produced,
        imported=sources(MeterMode.INTRODUCTION, Direction.IMPORT),
        exported=sources(MeterMode.INTRODUCTION, Direction.EXPORT),
        charged=sources(MeterMode.BATTERY, Direction.IMPORT),
        discharged=sources(MeterMode.BATTERY, Direction.EXPORT),
    )


# ------------------------------------------------------------------ tariffs
def _terms(
    solution: Solution, point_ids: Iterable[int], start: date, end: date
) -> tuple[list[Terms], dict[int, list[int]]]:
    assignments = TariffAssignment.objects.filter(
        billing_point_id__in=point_ids,
        tariff__solution=solution,
        tariff__approved_at__isnull=False,
        period__overlap=DateRange(start, end),
    ).order_by("period", "tariff_id", "billing_point_id")
    tariffs = {
        tariff.pk: tariff
        for tariff in Tariff.objects.filter(pk__in={a.tariff_id for a in assignments})
        .select_related("calendar")
        .prefetch_related("components")
    }
    places: dict[int, list[int]] = {}
    terms: list[Terms] = []
    of_point: dict[int, list[int]] = defaultdict(list)
    for assignment in assignments:
        if assignment.tariff_id not in places:
            found = terms_of(tariffs[assignment.tariff_id], start, end)
            places[assignment.tariff_id] = list(range(len(terms), len(terms) + len(found)))
            terms += found
        of_point[assignment.billing_point_id] += places[assignment.tariff_id]
    return terms, of_point


def terms_of(tariff: Tariff, start: date, end: date) -> list[Terms]:
    """A tariff on the days [start, end), cut where tax rates change."""
    first, last = clipped(tariff.period, start, end)
    organization = Organization.objects.get(pk=tariff.organization_id)
    country = organization.country.lower()
    windows = json.dumps(tariff.calendar.windows, sort_keys=True) if tariff.calendar else ""
    components = list(tariff.components.all())
    return [
        Terms(
            tariff_id=tariff.pk,
            start=begin,
            end=stop,
            windows=windows,
            components=tuple(
                _component(component, _rate(organization, country, begin, component.vat_rule))
                for component in components
            ),
        )
        for begin, stop, _entry in load_rule(country, "vat").parts(first, last)
    ]


def _rate(organization: Organization, country: str, day: date, rule: str) -> Decimal:
    """Who has no VAT number may not show VAT."""
    if rule == EXEMPT or not organization.vat_number:
        return Decimal(0)
    return vat_rate(country, day, rule)


def _component(component: TariffComponent, rate: Decimal) -> Component:
    return Component(
        component_id=component.pk,
        part=component.part,
        slot=component.slot,
        unit=component.unit,
        price=component.price,
        vat_rule=component.vat_rule,
        vat_rate=rate,
        titles=tuple(Title(language, text) for language, text in sorted(component.titles.items()) if text),
        tiers=tuple(
            Tier(None if tier["up_to"] is None else Decimal(tier["up_to"]), Decimal(tier["price"]))
            for tier in component.tiers
        ),
    )
