# SPDX-License-Identifier: Apache-2.0
"""Drafting, issuing and cancelling, killed before and after each SQL statement: nothing is half done."""

from datetime import UTC, date, datetime
from decimal import Decimal

from accounts.scope import organization_scope
from billing.models import BillingRun, Invoice, InvoiceState, NumberSeries, RunState
from billing.services import draft_invoices
from billing.services.cancel_invoice import cancel_invoice
from billing.services.execute_run import Prepared, execute_run, prepare
from billing.services.plan_run import plan_run
from billing.services.validate_invoices import validate_invoice
from tests.billing.test_numbers import draft_documents
from tests.billing.world import NOW, QuietJob, build_house, fill
from tests.cast import Cast, Side
from tests.crash import crashes

START, END = date(2026, 7, 1), date(2026, 7, 2)


def small_run(side: Side) -> BillingRun:
    """One flat, one day."""
    with organization_scope(side.id):
        house = build_house(side)
        fill(house, datetime(2026, 6, 30, 22, tzinfo=UTC), datetime(2026, 7, 1, 22, tzinfo=UTC))
        return plan_run(
            site=side.site,
            start=START,
            end=END,
            solutions=[house.solution],
            points=[side.points["flat 1"]],
            user_id=None,
            now=NOW,
        )


def whole_documents() -> list[Invoice]:
    """Every document is complete: its lines add up, and it has all or nothing of what issue gives."""
    documents = list(Invoice.objects.all())
    for invoice in documents:
        lines = list(invoice.lines.all())
        assert lines
        assert sum((line.amount for line in lines), Decimal(0)) == invoice.net
        assert all(line.evidence.exists() for line in lines if line.energy_wh)
        given = [bool(invoice.number), bool(invoice.label), bool(invoice.snapshot), invoice.is_issued]
        assert len(set(given)) == 1
    return documents


def assert_gapless() -> None:
    for series in NumberSeries.objects.all():
        numbers = Invoice.objects.filter(kind=series.kind, year=series.year, number__isnull=False)
        assert sorted(numbers.values_list("number", flat=True)) == list(range(1, series.last + 1))


def prepared_run(side: Side) -> tuple[BillingRun, Prepared]:
    run = small_run(side)
    with organization_scope(side.id):
        prepared = prepare(
            solution=run.site.solutions.get(),
            start=START,
            end=END,
            point_ids=run.billing_point_ids,
            now=NOW,
        )
    return run, prepared


def test_a_run_killed_anywhere_leaves_whole_drafts_and_goes_on(committed_cast: Cast) -> None:
    side = committed_cast.lindenhof
    run, prepared = prepared_run(side)
    job = QuietJob({"organization_id": side.id, "run_id": run.pk})
    occupancy = prepared.occupancies[0]

    def draft() -> None:
        with organization_scope(side.id):
            draft_invoices.draft_invoice(
                run=run,
                solution=prepared.solution,
                basis=prepared.basis,
                calculation=prepared.calculation,
                occupancy=occupancy,
                figures=prepared.figures[occupancy.pk],
                now=NOW,
            )

    def forget() -> None:
        with organization_scope(side.id):
            Invoice.objects.all().delete()

    places = 0
    for crash in crashes(draft, setup=forget):
        places += 1
        with organization_scope(side.id):
            assert len(whole_documents()) <= 1, crash
        if places % 6 == 0:
            execute_run(job, now=NOW)
            with organization_scope(side.id):
                assert len(whole_documents()) == 1, crash
                assert BillingRun.objects.get().state == RunState.DONE
    assert places > 20


def test_the_known_bad_twin_without_one_transaction_leaves_a_draft_without_lines(
    committed_cast: Cast,
) -> None:
    side = committed_cast.lindenhof
    run, prepared = prepared_run(side)
    occupancy, calculation = prepared.occupancies[0], prepared.calculation
    number = calculation.number_of(occupancy.pk)
    lines = calculation.lines(number)

    def in_two_transactions() -> None:
        with organization_scope(side.id):
            totals = draft_invoices._totals(prepared.solution, lines)
            invoice = draft_invoices._create(
                run, prepared.solution, prepared.basis, occupancy, (START, END), totals, NOW
            )
        with organization_scope(side.id):
            draft_invoices._store_lines(invoice, calculation, number, lines, "de")

    def forget() -> None:
        with organization_scope(side.id):
            Invoice.objects.all().delete()

    broken = 0
    for _crash in crashes(in_two_transactions, setup=forget):
        with organization_scope(side.id):
            broken += any(not invoice.lines.exists() for invoice in Invoice.objects.all())
    assert broken > 0


def test_issuing_and_cancelling_killed_anywhere_leave_no_gap(
    committed_cast: Cast,
) -> None:
    side = committed_cast.lindenhof
    ids = iter(draft_documents(side, 150))
    current = [0]

    def next_draft() -> None:
        current[0] = next(ids)

    def issue_and_cancel() -> None:
        with organization_scope(side.id):
            validate_invoice(invoice_id=current[0], now=NOW)
        with organization_scope(side.id):
            cancel_invoice(invoice_id=current[0], reason="Test", now=NOW)

    for crash in crashes(issue_and_cancel, setup=next_draft):
        with organization_scope(side.id):
            invoice = Invoice.objects.get(pk=current[0])
            notes = list(Invoice.objects.filter(cancels=invoice))
            assert (invoice.state == InvoiceState.CANCELLED) == bool(notes), crash
            assert all(note.total == -invoice.total and note.is_issued for note in notes), crash
            assert_gapless()
