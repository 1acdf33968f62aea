# SPDX-License-Identifier: Apache-2.0
"""What an occupancy used and what it costs, from the same engine that bills it."""

from dataclasses import dataclass
from datetime import date, timedelta

from billing.engine.basis import UnableToBill
from billing.engine.costs import Costs, SlotUse, costs_of, slot_uses
from billing.models import Invoice, InvoiceKind, InvoiceState, Solution
from billing.selectors.inputs import clipped, load_calculation
from sites.models import Occupancy


@dataclass(frozen=True, slots=True)
class ResidentCosts:
    """
    Costs of an occupancy over the days [start, end) with a bucket per month or per day.

    `provisional` until issued documents cover all of it; `slots` only when a single day was asked for.
    """

    costs: Costs
    provisional: bool
    currency: str
    slots: tuple[SlotUse, ...] = ()


def resident_costs(
    *, occupancy: Occupancy, start: date, end: date, by_day: bool = False
) -> ResidentCosts | None:
    """
    Energy and cost of an occupancy in the days [start, end), cut to the occupancy's own.

    None where nothing is billed by Zählwerk on these days.  Values to come (an `end` in the future)
    simply count as missing.
    """
    first, last = clipped(occupancy.period, start, end)
    if last <= first:
        return None
    solution = Solution.objects.filter(
        site__buildings__billing_points=occupancy.billing_point_id, period__overlap=(first, last)
    ).first()
    if solution is None:
        return None
    try:
        calculation = load_calculation(solution=solution, start=first, end=last, by_day=by_day)
        number = calculation.number_of(occupancy.pk)
    except UnableToBill:
        return None
    single = by_day and last - first == timedelta(days=1)
    return ResidentCosts(
        costs=costs_of(calculation, number),
        provisional=not _covered(occupancy, solution, first, last),
        currency=occupancy.organization.currency,
        slots=slot_uses(calculation, number, first) if single else (),
    )


def _covered(occupancy: Occupancy, solution: Solution, start: date, end: date) -> bool:
    issued = (
        Invoice.objects.filter(occupancy=occupancy, solution=solution, period__overlap=(start, end))
        .exclude(state__in=[InvoiceState.DRAFT, InvoiceState.CANCELLED])
        .exclude(kind=InvoiceKind.CREDIT_NOTE)
    )
    covered = sum(
        (clipped(invoice.period, start, end)[1] - clipped(invoice.period, start, end)[0]).days
        for invoice in issued
    )
    return covered >= (end - start).days
