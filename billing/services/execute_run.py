# SPDX-License-Identifier: Apache-2.0
"""A billing run at work: draft, issue, report.  It may be killed anywhere and started again.

Every step commits by itself and is guarded by a constraint of the database, so that what a killed
run did is found and kept, and what it did not is done.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from accounts.scope import organization_scope
from billing.documents.parts import Use
from billing.engine.calculate import Calculation
from billing.engine.figures import Figures, average_use, consumption_page, uses_by_month
from billing.models import BillingRun, Invoice, InvoiceState, RunBasis, RunState, Solution
from billing.selectors.inputs import clipped, load_calculation
from billing.selectors.measured import control_total
from billing.selectors.readings import readings_of
from billing.services.draft_invoices import Outcome, draft_invoice, store_basis
from billing.services.plan_run import solutions_of
from billing.services.render_documents import missing_documents, start_rendering
from billing.services.validate_invoices import IssueRefused, validate_invoice
from jobs.registry import Cancelled, JobRun
from sites.models import BillingPoint, Occupancy


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """One solution of the run, calculated; `figures` by occupancy as JSON."""

    solution: Solution
    calculation: Calculation
    basis: RunBasis
    occupancies: tuple[Occupancy, ...]
    figures: dict[int, str]
    control_difference: int


def execute_run(job: JobRun, *, now: datetime) -> dict[str, Any]:
    """
    Do the run named in the job's parameters; the result is its report.

    :raises Cancelled: when somebody asked to stop; what is done stays.
    """
    organization_id, run_id = int(job.params["organization_id"]), int(job.params["run_id"])
    outcomes: list[Outcome] = []
    sums: list[dict[str, Any]] = []
    try:
        for prepared in _prepared(organization_id, run_id, now):
            sums.append(_sums(prepared))
            _draft_all(job, organization_id, run_id, prepared, outcomes, now)
        issued = _issue_all(job, organization_id, run_id, outcomes, now)
    except Cancelled:
        _close(organization_id, run_id, RunState.CANCELLED, outcomes, sums, now)
        raise
    except Exception:
        _close(organization_id, run_id, RunState.FAILED, outcomes, sums, now)
        raise
    report = _close(organization_id, run_id, RunState.DONE, outcomes, sums, now)
    for outcome in outcomes:
        if outcome.result == "skipped":
            job.log("warning", f"{outcome.point}: {outcome.reason} {outcome.detail}".strip())
    return {
        "billed": report["billed"],
        "kept": report["kept"],
        "skipped": report["skipped"],
        "issued": issued,
    }


def _prepared(organization_id: int, run_id: int, now: datetime) -> Iterator[Prepared]:
    with organization_scope(organization_id):
        run = BillingRun.objects.get(pk=run_id)
        solutions = solutions_of(run)
    for solution in solutions:
        with organization_scope(organization_id):
            prepared = prepare(
                solution=solution,
                start=run.period.lower,
                end=run.period.upper,
                point_ids=run.billing_point_ids,
                now=now,
            )
        yield prepared


def prepare(
    *, solution: Solution, start: date, end: date, point_ids: Sequence[int], now: datetime
) -> Prepared:
    """Calculate a solution over the days [start, end) and keep what it rested on."""
    first, last = clipped(solution.period, start, end)
    calculation = load_calculation(solution=solution, start=first, end=last)
    ids = [
        stake.occupancy_id
        for stake in calculation.basis.stakes
        if not point_ids or stake.billing_point_id in point_ids
    ]
    rows = Occupancy.objects.select_related("billing_point__building", "account").in_bulk(ids)
    split = calculation.energies.split
    return Prepared(
        solution=solution,
        calculation=calculation,
        basis=store_basis(solution=solution, calculation=calculation, now=now),
        occupancies=tuple(rows[pk] for pk in ids),
        figures=_figures(solution, calculation),
        control_difference=int(split.consumption.sum())
        - int(calculation.energies.residual.sum())
        - control_total(calculation.basis),
    )


def _figures(solution: Solution, calculation: Calculation) -> dict[int, str]:
    """The second pages, from one calculation over the last two years for everybody."""
    basis = calculation.basis
    two_years_ago = basis.end.replace(year=basis.end.year - 2, day=1)
    first, last = clipped(solution.period, two_years_ago, basis.end)
    months = uses_by_month(load_calculation(solution=solution, start=first, end=last))
    uses = {
        stake.occupancy_id: Use(
            solar=int(calculation.energies.split.solar[number].sum()),
            grid=int(calculation.energies.split.grid[number].sum()),
        )
        for number, stake in enumerate(basis.stakes)
    }
    averages = _averages(calculation, uses)
    return {
        stake.occupancy_id: Figures(
            consumption=consumption_page(
                months=months.get(stake.occupancy_id, {}),
                this_period=uses[stake.occupancy_id],
                start=stake.start,
                end=stake.end,
                house_average=averages.get(stake.occupancy_id),
            ),
            readings=readings_of(basis, stake),
        ).to_json()
        for stake in basis.stakes
    }


def _averages(calculation: Calculation, uses: dict[int, Use]) -> dict[int, Use | None]:
    """The average of the points of the same use that were held by one party all the time."""
    basis = calculation.basis
    use_of = dict(
        BillingPoint.objects.filter(pk__in={stake.billing_point_id for stake in basis.stakes}).values_list(
            "pk", "use"
        )
    )
    whole = [stake for stake in basis.stakes if (stake.start, stake.end) == (basis.start, basis.end)]
    return {
        stake.occupancy_id: average_use(
            [
                uses[other.occupancy_id]
                for other in whole
                if use_of[other.billing_point_id] == use_of[stake.billing_point_id]
            ]
        )
        for stake in whole
    }


def _draft_all(
    job: JobRun,
    organization_id: int,
    run_id: int,
    prepared: Prepared,
    outcomes: list[Outcome],
    now: datetime,
) -> None:
    total = len(prepared.occupancies)
    for done, occupancy in enumerate(prepared.occupancies, 1):
        job.checkpoint()
        with organization_scope(organization_id):
            outcome = draft_invoice(
                run=BillingRun.objects.get(pk=run_id),
                solution=prepared.solution,
                basis=prepared.basis,
                calculation=prepared.calculation,
                occupancy=occupancy,
                figures=prepared.figures[occupancy.pk],
                now=now,
            )
        outcomes.append(outcome)
        job.progress(done, total, occupancy.billing_point.name)


def _issue_all(
    job: JobRun, organization_id: int, run_id: int, outcomes: Sequence[Outcome], now: datetime
) -> int:
    """Number the drafts and ask for the PDFs, where the run was asked to."""
    with organization_scope(organization_id):
        run = BillingRun.objects.get(pk=run_id)
    if not run.issue_at_once:
        return 0
    ids = [outcome.invoice_id for outcome in outcomes if outcome.invoice_id is not None]
    issued = issue_documents(job, organization_id, ids, now)
    with organization_scope(organization_id):
        start_rendering(
            invoice_ids=missing_documents(run), title=f"PDF: {run}", created_by_id=run.created_by_id
        )
    return issued


def issue_documents(job: JobRun, organization_id: int, invoice_ids: Sequence[int], now: datetime) -> int:
    """Issue one document per transaction; what is refused is told in the log, the others go out."""
    issued = 0
    for done, invoice_id in enumerate(invoice_ids, 1):
        job.checkpoint()
        try:
            with organization_scope(organization_id):
                validate_invoice(invoice_id=invoice_id, now=now)
            issued += 1
        except IssueRefused as refusal:
            job.log("error", f"#{invoice_id}: {refusal}")
        job.progress(done, len(invoice_ids))
    return issued


def _sums(prepared: Prepared) -> dict[str, Any]:
    energies, balance = prepared.calculation.energies, prepared.calculation.energies.balance
    return {
        "solution": prepared.solution.label,
        "production_wh": int(balance.flows.production.sum()),
        "exported_wh": int(balance.flows.exported.sum()),
        "imported_wh": int(balance.flows.imported.sum()),
        "consumption_wh": int(balance.consumed.sum()),
        "solar_wh": int(energies.split.solar.sum()),
        "grid_wh": int(energies.split.grid.sum()),
        "rest_wh": int(balance.rest.sum()),
        "rest_billed_wh": int(energies.residual.sum()),
        "control_difference_wh": prepared.control_difference,
    }


def _close(
    organization_id: int,
    run_id: int,
    state: RunState,
    outcomes: Sequence[Outcome],
    sums: Sequence[dict[str, Any]],
    now: datetime,
) -> dict[str, Any]:
    with organization_scope(organization_id):
        run = BillingRun.objects.select_for_update(of=("self",)).get(pk=run_id)
        totals = Invoice.objects.filter(
            pk__in=[outcome.invoice_id for outcome in outcomes if outcome.invoice_id]
        ).exclude(state=InvoiceState.CANCELLED)
        report = {
            "outcomes": [asdict(outcome) for outcome in outcomes],
            "solutions": list(sums),
            "total": str(sum((invoice.total for invoice in totals), Decimal(0))),
            **{
                result: sum(outcome.result == result for outcome in outcomes)
                for result in ("billed", "kept", "skipped")
            },
        }
        run.state, run.report, run.finished_at = state, report, now
        run.control_difference_wh = sum(entry["control_difference_wh"] for entry in sums)
        run.save()
    return report
