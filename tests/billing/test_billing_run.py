# SPDX-License-Identifier: Apache-2.0
"""A run from quarter hours to documents: what it bills, skips, and does only once."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from accounts.scope import organization_scope
from billing.models import BillingRun, Invoice, InvoiceLine, RunState
from billing.selectors import explain_line
from billing.services.execute_run import execute_run
from tests.billing.world import NOW, House, QuietJob, build_house, fill, run_of
from tests.cast import Cast

JULY = (date(2026, 7, 1), date(2026, 8, 1))


@pytest.fixture
def house(cast: Cast) -> House:
    with organization_scope(cast.lindenhof.id):
        house = build_house(cast.lindenhof)
        fill(house, datetime(2026, 6, 30, 22, tzinfo=UTC), datetime(2026, 7, 31, 22, tzinfo=UTC))
    return house


def execute(house: House, **options: object) -> BillingRun:
    run = run_of(house, *JULY, **options)
    job = QuietJob({"organization_id": house.side.id, "run_id": run.pk})
    execute_run(job, now=NOW)
    return BillingRun.objects.get(pk=run.pk)


def test_a_run_bills_every_occupancy_and_its_control_difference_is_nought(house: House) -> None:
    with organization_scope(house.side.id):
        run = execute(house, issue_at_once=True)
        assert run.state == RunState.DONE
        assert (run.report["billed"], run.report["skipped"]) == (3, 0)
        assert run.control_difference_wh == 0
        assert sorted(Invoice.objects.values_list("label", flat=True)) == [
            "2026-00001",
            "2026-00002",
            "2026-00003",
        ]


def test_every_line_is_explained_to_the_cent(house: House) -> None:
    with organization_scope(house.side.id):
        execute(house)
        lines = list(InvoiceLine.objects.all())
        assert len(lines) == 12
        for line in lines:
            story = explain_line(line)
            assert story.explanation.line.amount == line.amount
            assert sum(m.use.consumption_wh for m in story.meters) == story.explanation.consumption_wh


def test_the_lines_add_up_to_the_total(house: House) -> None:
    with organization_scope(house.side.id):
        execute(house)
        for invoice in Invoice.objects.all():
            assert sum((line.amount for line in invoice.lines.all()), Decimal(0)) == invoice.net
            assert invoice.net + invoice.vat + invoice.rounding == invoice.total
