# SPDX-License-Identifier: Apache-2.0
"""What is wrong or odd before a run: each finding names its point and where to mend it.

Blockers cannot be passed over (a missing price would be a made-up one); errors can, with a reason on
record; warnings only want to be seen.  Findings are codes and figures, words come at display.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np

from accounts.models import Organization, PostalAddress
from billing.documents.references import is_swiss_iban
from billing.engine.basis import Stake, UnableToBill
from billing.engine.calculate import Calculation
from billing.engine.energy import counted
from billing.engine.lines import uncovered_days, unpriced
from billing.models import BillingRun, OperatingMethod, Solution, Tariff
from billing.selectors.inputs import clipped, load_basis, load_calculation
from billing.selectors.measured import read_now
from metering.models import Medium, Meter, MeterMode
from metering.series.vectors import Quality
from sites.models import BillingPoint, Occupancy

BLOCKER, ERROR, WARNING, INFO = "blocker", "error", "warning", "info"
# Unlike last year: by more than a factor of two and by at least so much energy a day.
UNLIKE_FACTOR, UNLIKE_WH_PER_DAY = 2, 1_000
# Balance of the site: warn at 0.5 %, stop at 2 % of what came in.
REST_WARNING, REST_ERROR = Decimal("0.005"), Decimal("0.02")


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding; `link` names the page on which it is mended (see `billing.views.links`)."""

    code: str
    severity: str
    point: str
    point_id: int | None = None
    params: dict[str, Any] = field(default_factory=dict)
    link: dict[str, Any] = field(default_factory=dict)


def findings_of(run: BillingRun, solution: Solution, now: datetime) -> list[Finding]:
    """Everything the checks find for one solution of a run, the gravest first."""
    start, end = clipped(solution.period, run.period.lower, run.period.upper)
    if end <= start:
        return [Finding("solution_elsewhen", BLOCKER, solution.label, link=_to("solution", solution.pk))]
    found = [*_period(solution, end, now), *_payee(solution), *_occupancies(solution, start, end)]
    found += _unassigned_meters(solution)
    try:
        calculation = load_calculation(solution=solution, start=start, end=end)
    except UnableToBill as refusal:
        found.append(Finding("not_calculable", BLOCKER, solution.label, params={"why": str(refusal)}))
        return found
    chosen = set(run.billing_point_ids)
    for number, stake in enumerate(calculation.basis.stakes):
        if not chosen or stake.billing_point_id in chosen:
            found += _stake_findings(calculation, number, stake, solution, now)
    found += _balance(calculation, solution)
    found += _unlike_last_year(calculation, solution, chosen)
    order = [BLOCKER, ERROR, WARNING, INFO]
    return sorted(found, key=lambda finding: order.index(finding.severity))


def _to(page: str, pk: int) -> dict[str, Any]:
    return {"page": page, "id": pk}


def _point(stake: Stake, code: str, severity: str, link: dict[str, Any], **params: Any) -> Finding:
    return Finding(code, severity, stake.name, stake.billing_point_id, params, link)


# ------------------------------------------------------------------ site and period
def _period(solution: Solution, end: date, now: datetime) -> Iterator[Finding]:
    if end > now.astimezone(solution.site.zone).date():
        yield Finding(
            "period_not_over", ERROR, solution.site.name, params={"end": end.isoformat()},
            link=_to("site", solution.site_id),
        )  # fmt: skip


def _payee(solution: Solution) -> Iterator[Finding]:
    organization = Organization.objects.get(pk=solution.organization_id)
    link = _to("organization", organization.pk)
    if not (organization.street and organization.postcode and organization.town):
        yield Finding("sender_address_missing", ERROR, organization.name, link=link)
    if solution.operating_method != OperatingMethod.PAYMENTS:
        return
    if not organization.iban:
        yield Finding("iban_missing", ERROR, organization.name, link=link)
    elif organization.country == "CH" and not is_swiss_iban(organization.iban.replace(" ", "")):
        yield Finding("iban_invalid", BLOCKER, organization.name, link=link)


def _occupancies(solution: Solution, start: date, end: date) -> Iterator[Finding]:
    points = BillingPoint.objects.filter(building__site_id=solution.site_id, is_activated=True)
    for point in points:
        first, last = clipped(point.existence, start, end)
        held = sum(
            max((stop - begin).days, 0)
            for begin, stop in (
                clipped(occupancy.period, first, last)
                for occupancy in Occupancy.objects.filter(billing_point=point)
            )
        )
        if last > first and held < (last - first).days:
            yield Finding(
                "occupancy_gap", ERROR, point.name, point.pk,
                {"days": (last - first).days - held}, _to("billing_point", point.pk),
            )  # fmt: skip


def _unassigned_meters(solution: Solution) -> Iterator[Finding]:
    meters = Meter.objects.filter(
        site_id=solution.site_id,
        mode=MeterMode.CONSUMPTION,
        kind__medium=Medium.ELECTRICITY,
        billing_relevant=True,
        closed_at=None,
        assignments=None,
    )
    for meter in meters:
        yield Finding("meter_unassigned", ERROR, meter.number, None, {}, _to("meter", meter.pk))


# ------------------------------------------------------------------ one stake
def _stake_findings(
    calculation: Calculation, number: int, stake: Stake, solution: Solution, now: datetime
) -> Iterator[Finding]:
    yield from _prices(calculation, number, stake, solution)
    if not stake.sources:
        yield _point(stake, "no_meter", ERROR, _to("billing_point", stake.billing_point_id))
    yield from _values(calculation, stake)
    occupancy = Occupancy.objects.select_related("account").get(pk=stake.occupancy_id)
    today = now.astimezone(solution.site.zone).date()
    if not PostalAddress.objects.filter(account=occupancy.account, period__contains=today).exists():
        yield _point(
            stake, "address_missing", ERROR, _to("account", occupancy.account_id),
            account=occupancy.account.name,
        )  # fmt: skip


def _prices(calculation: Calculation, number: int, stake: Stake, solution: Solution) -> Iterator[Finding]:
    for start, end in uncovered_days(calculation.basis, stake):
        draft = Tariff.objects.filter(
            solution=solution, approved_at=None, assignments__billing_point_id=stake.billing_point_id
        ).first()
        code = "tariff_not_approved" if draft else "tariff_missing"
        link = _to("tariff", draft.pk) if draft else _to("tariffs", solution.site_id)
        yield _point(stake, code, BLOCKER, link, start=start.isoformat(), end=end.isoformat())
    for place in stake.terms:
        terms = calculation.basis.terms[place]
        for part, slot in unpriced(terms, calculation.energies, number):
            link = _to("tariff", terms.tariff_id)
            yield _point(stake, "price_missing", BLOCKER, link, part=part, slot=slot)


def _values(calculation: Calculation, stake: Stake) -> Iterator[Finding]:
    for source in stake.sources:
        days = counted(calculation.basis, source, stake)
        quality = calculation.series.quality[calculation.series.row(source.register_id), days]
        missing = int((quality == Quality.MISSING).sum())
        estimated = int((quality > Quality.INTERPOLATED).sum()) - missing
        link = {"page": "register", "id": source.register_id, "meter": source.meter_number}
        figures = {"meter": source.meter_number, "slots": missing, "of": len(quality)}
        if missing:
            yield _point(stake, "values_missing", ERROR, link, **figures)
        if estimated:
            yield _point(stake, "values_estimated", WARNING, link, **(figures | {"slots": estimated}))


# ------------------------------------------------------------------ the whole
def _balance(calculation: Calculation, solution: Solution) -> Iterator[Finding]:
    basis, balance = calculation.basis, calculation.energies.balance
    if not basis.site.imported:
        yield Finding("no_grid_meter", INFO, solution.site.name, link=_to("site", solution.site_id))
        return
    rest = int(balance.rest.sum())
    came_in = int(balance.flows.imported.sum() + balance.flows.production.sum())
    share = Decimal(abs(rest)) / Decimal(max(came_in, 1))
    if share > REST_WARNING:
        severity = ERROR if share > REST_ERROR else WARNING
        yield Finding(
            "balance_open", severity, solution.site.name,
            params={"wh": rest, "percent": str(round(share * 100, 2))}, link=_to("site", solution.site_id),
        )  # fmt: skip


def _unlike_last_year(calculation: Calculation, solution: Solution, chosen: set[int]) -> Iterator[Finding]:
    basis = calculation.basis
    if (basis.start.month, basis.start.day) == (2, 29) or (basis.end.month, basis.end.day) == (2, 29):
        return
    start, end = basis.start.replace(year=basis.start.year - 1), basis.end.replace(year=basis.end.year - 1)
    if solution.period.lower is not None and end <= solution.period.lower:
        return  # the solution did not exist a year ago: nothing to compare with
    before = load_basis(solution=solution, start=start, end=end)
    if not before.stakes or before.end <= before.start:
        return
    before, series = read_now(before)
    days = (basis.end - basis.start).days
    for number, stake in enumerate(basis.stakes):
        if chosen and stake.billing_point_id not in chosen:
            continue
        rows = [series.row(s.register_id) for s in stake.sources if s.register_id in series.register_ids]
        if not rows or (series.quality[rows] == Quality.MISSING).any():
            continue
        then, now = int(series.values[rows].sum()), int(calculation.energies.split.consumption[number].sum())
        ratio_off = max(then, now) > UNLIKE_FACTOR * max(min(then, now), 1)
        whole = (stake.start, stake.end) == (basis.start, basis.end)
        if whole and ratio_off and abs(now - then) > UNLIKE_WH_PER_DAY * days:
            link = _to("billing_point", stake.billing_point_id)
            yield _point(stake, "unlike_last_year", WARNING, link, now_wh=now, then_wh=then)


def missing_share(calculation: Calculation) -> Decimal:
    """Part of the read quarter hours that have no value, for a run's report."""
    quality = calculation.series.quality
    return Decimal(int((quality == Quality.MISSING).sum())) / Decimal(max(int(np.size(quality)), 1))
