# SPDX-License-Identifier: Apache-2.0
"""Store what a calculation says as draft documents: one per occupancy, solution and period, once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import Organization
from billing.engine.basis import UnableToBill
from billing.engine.calculate import Calculation
from billing.engine.explain import Explanation, MeterUse
from billing.engine.lines import PricedLine
from billing.engine.totals import totals_of
from billing.models import (
    BillingRun,
    Invoice,
    InvoiceKind,
    InvoiceLine,
    InvoiceState,
    LineEvidence,
    OperatingMethod,
    RunBasis,
    Solution,
)
from billing.tariffs.totals import DocumentTotals
from sites.models import Occupancy


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    What became of one occupancy: `billed` (a draft was made or renewed), `kept` (its document stands
    already) or `skipped`; `reason` is a code, `detail` names what is missing.
    """

    occupancy_id: int
    billing_point_id: int
    point: str
    account: str
    result: str
    reason: str = ""
    detail: str = ""
    invoice_id: int | None = None
    total: str = ""


def store_basis(*, solution: Solution, calculation: Calculation, now: datetime) -> RunBasis:
    """The row that keeps what the calculation rested on; the same basis is the same row."""
    basis = calculation.basis
    row, _created = RunBasis.objects.get_or_create(
        sha256=basis.sha256,
        defaults={
            "solution": solution,
            "period": DateRange(basis.start, basis.end),
            "content": basis.to_json(),
            "created_at": now,
            "organization_id": solution.organization_id,
        },
    )
    return row


def draft_invoice(
    *,
    run: BillingRun | None,
    solution: Solution,
    basis: RunBasis,
    calculation: Calculation,
    occupancy: Occupancy,
    figures: str,
    now: datetime,
) -> Outcome:
    """
    The draft of one occupancy, in one transaction.

    A live document for the same days is left alone; a draft is made anew only if its lines differ.
    Nothing is ever billed with a missing price, and no document over nothing is made: the outcome
    says which and why.
    """
    number = calculation.number_of(occupancy.pk)
    try:
        lines = calculation.lines(number)
    except UnableToBill as refusal:
        return _outcome(occupancy, "skipped", reason="no_price", detail=str(refusal))
    stake = calculation.basis.stakes[number]
    totals = _totals(solution, lines)
    if not occupancy.billing_point.consumer_billing:
        return _outcome(occupancy, "skipped", reason="not_billed_to_consumer")
    if totals.due <= 0:
        return _outcome(occupancy, "skipped", reason="nothing_to_bill")
    with transaction.atomic():
        standing = _standing(occupancy, solution, stake.start, stake.end)
        if standing is not None:
            if standing.state != InvoiceState.DRAFT or standing.basis_id == basis.pk:
                return _kept(occupancy, standing, (stake.start, stake.end))
            standing.delete()
        try:
            with transaction.atomic():
                invoice = _create(run, solution, basis, occupancy, (stake.start, stake.end), totals, now)
        except IntegrityError:
            return _outcome(occupancy, "skipped", reason="billed_elsewhere")
        invoice.figures = figures
        _store_lines(invoice, calculation, number, lines, occupancy.account.language)
    return _outcome(occupancy, "billed", invoice=invoice)


def _standing(occupancy: Occupancy, solution: Solution, start: date, end: date) -> Invoice | None:
    return (
        Invoice.objects.select_for_update(of=("self",))
        .filter(occupancy=occupancy, solution=solution, period__overlap=DateRange(start, end))
        .exclude(kind=InvoiceKind.CREDIT_NOTE)
        .exclude(state=InvoiceState.CANCELLED)
        .order_by("pk")
        .first()
    )


def _kept(occupancy: Occupancy, standing: Invoice, days: tuple[date, date]) -> Outcome:
    if (standing.period.lower, standing.period.upper) == days:
        return _outcome(occupancy, "kept", reason="already_billed", invoice=standing)
    return _outcome(
        occupancy, "skipped", reason="billed_elsewhere", detail=standing.label or f"#{standing.pk}"
    )


def _totals(solution: Solution, lines: Sequence[PricedLine]) -> DocumentTotals:
    organization = Organization.objects.get(pk=solution.organization_id)
    return totals_of(
        ((line.amount, line.component.vat_rate) for line in lines),
        five_rappen=organization.round_to_five_rappen and organization.currency == "CHF",
    )


def _create(
    run: BillingRun | None,
    solution: Solution,
    basis: RunBasis,
    occupancy: Occupancy,
    days: tuple[date, date],
    totals: DocumentTotals,
    now: datetime,
) -> Invoice:
    statements = solution.operating_method == OperatingMethod.STATEMENTS
    return Invoice.objects.create(
        kind=InvoiceKind.STATEMENT if statements else InvoiceKind.INVOICE,
        state_changed_at=now,
        run=run,
        site_id=solution.site_id,
        solution=solution,
        occupancy=occupancy,
        billing_point_id=occupancy.billing_point_id,
        account_id=occupancy.account_id,
        period=DateRange(*days),
        basis=basis,
        currency=Organization.objects.get(pk=solution.organization_id).currency,
        net=totals.net,
        vat=totals.vat,
        rounding=totals.rounding,
        total=totals.due,
        created_at=now,
    )


def _store_lines(
    invoice: Invoice, calculation: Calculation, number: int, lines: Sequence[PricedLine], language: str
) -> None:
    told = [calculation.explanation(number, line) for line in lines]
    rows = InvoiceLine.objects.bulk_create(
        _line_row(invoice, position, story, language) for position, story in enumerate(told, 1)
    )
    LineEvidence.objects.bulk_create(
        _evidence_row(row, story, meter)
        for row, story in zip(rows, told, strict=True)
        for meter in story.meters
    )
    invoice.estimated = any(story.estimated for story in told)
    invoice.save()
    assert sum((row.amount for row in rows), Decimal(0)) == invoice.net, "The lines do not add up."


def _line_row(invoice: Invoice, position: int, story: Explanation, language: str) -> InvoiceLine:
    line, component = story.line, story.line.component
    return InvoiceLine(
        organization_id=invoice.organization_id,
        invoice=invoice,
        position=position,
        component_id=component.component_id,
        section=invoice.solution.label,
        title=component.title(language) or _fallback_title(component.part, component.unit, language),
        period=DateRange(line.start, line.end),
        part=component.part,
        slot=component.slot,
        unit=component.unit,
        quantity=line.quantity,
        energy_wh=line.energy_wh,
        unit_price=line.unit_price,
        amount=line.amount,
        vat_rule=component.vat_rule,
        vat_rate=component.vat_rate,
        estimated=story.estimated,
    )


def _fallback_title(part: str, unit: str, language: str) -> str:
    with translation.override(language):
        if unit != "kWh":
            return _("Fee")
        return {"solar": _("Solar energy"), "grid": _("Grid energy")}.get(part, _("Energy"))


def _evidence_row(row: InvoiceLine, story: Explanation, meter: MeterUse) -> LineEvidence:
    return LineEvidence(
        organization_id=row.organization_id,
        line=row,
        register_id=meter.register_id,
        meter_number=meter.meter_number,
        obis=meter.obis,
        start_at=meter.start_at,
        end_at=meter.end_at,
        slots=meter.slots,
        estimated_slots=meter.estimated_slots + meter.missing_slots,
        consumption_wh=meter.consumption_wh,
        share_wh=story.line.energy_wh or 0,
        of_wh=story.consumption_wh,
        method=_method(meter),
        revisions={day.isoformat(): revision for day, revision in meter.revisions},
    )


def _method(meter: MeterUse) -> str:
    if meter.register_id is None:
        return "residual"
    if meter.missing_slots:
        return "missing"
    return "estimated" if meter.estimated_slots else "measured"


def _outcome(
    occupancy: Occupancy, result: str, *, reason: str = "", detail: str = "", invoice: Invoice | None = None
) -> Outcome:
    return Outcome(
        occupancy_id=occupancy.pk,
        billing_point_id=occupancy.billing_point_id,
        point=occupancy.billing_point.name,
        account=occupancy.account.name,
        result=result,
        reason=reason,
        detail=detail,
        invoice_id=invoice.pk if invoice else None,
        total=str(invoice.total) if invoice else "",
    )
