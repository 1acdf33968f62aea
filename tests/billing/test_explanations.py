# SPDX-License-Identifier: Apache-2.0
"""A line is explained from what it rested on, not from what stands now; screens show the bill's figures."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange

from accounts.rights import Role
from accounts.scope import organization_scope
from billing.models import Invoice, InvoiceLine, LineEvidence, RunBasis
from billing.selectors import explain_line, resident_costs
from billing.selectors.explanation import calculation_of
from billing.selectors.readings import readings_of
from billing.selectors.visible import invoices_for
from billing.services.execute_run import execute_run
from billing.services.plan_run import start_run
from billing.services.render_documents import missing_documents, render_document
from billing.services.validate_invoices import validate_invoice
from billing.tasks import look_for_missing_documents, render_documents, render_invoices, run_billing
from jobs.models import Job
from metering.models import IntervalDayRevision, MeterFactor
from metering.services.batches import BatchKey
from metering.services.catalogues import ensure_catalogues
from metering.services.record_readings import IndexReading, record_readings
from tests.billing.world import NOW, House, QuietJob, build_house, fill, record, run_of
from tests.cast import Cast

MIDNIGHT = (datetime(2026, 6, 30, 22, tzinfo=UTC), datetime(2026, 7, 31, 22, tzinfo=UTC))
JULY = (date(2026, 7, 1), date(2026, 8, 1))


@pytest.fixture
def house(cast: Cast) -> Iterator[House]:
    with organization_scope(cast.lindenhof.id):
        house = build_house(cast.lindenhof)
        fill(house, *MIDNIGHT)
        run = run_of(house, *JULY)
        execute_run(QuietJob({"organization_id": house.side.id, "run_id": run.pk}), now=NOW)
        yield house


def test_a_correction_after_the_bill_changes_nothing_in_its_explanation(house: House) -> None:
    lines = list(InvoiceLine.objects.order_by("pk"))
    before = [explain_line(line).explanation for line in lines]
    noon = datetime(2026, 7, 8, 10, tzinfo=UTC)
    record(house.registers["flat 1"], 99_999, noon, noon + timedelta(hours=1), key="corrected")
    assert IntervalDayRevision.objects.exists()
    assert [explain_line(line).explanation for line in lines] == before


def test_values_that_come_late_change_nothing_in_the_explanation_either(house: House) -> None:
    run = run_of(house, date(2026, 8, 1), date(2026, 8, 3))
    execute_run(QuietJob({"organization_id": house.side.id, "run_id": run.pk}), now=NOW)
    august = list(InvoiceLine.objects.filter(invoice__run=run))
    before = [explain_line(line).explanation for line in august]
    fill(house, MIDNIGHT[1], MIDNIGHT[1] + timedelta(days=2))
    assert [explain_line(line).explanation for line in august] == before
    # The bill to come reads what is there now.
    execute_run(QuietJob({"organization_id": house.side.id, "run_id": run.pk}), now=NOW)
    assert InvoiceLine.objects.filter(invoice__run=run, unit="kWh").exists()


def test_the_evidence_says_what_each_register_counted(house: House) -> None:
    for line in InvoiceLine.objects.filter(unit="kWh"):
        rows = list(LineEvidence.objects.filter(line=line))
        story = explain_line(line)
        assert sum(row.consumption_wh for row in rows) == story.explanation.consumption_wh
        assert {row.share_wh for row in rows} == {line.energy_wh}
        assert {row.method for row in rows} == {"measured"}
    assert RunBasis.objects.count() == 1


def test_residents_costs_are_the_bills_costs(house: House) -> None:
    occupancy = house.side.occupancies["flat 1"]
    invoice = Invoice.objects.get(occupancy=occupancy)
    month = resident_costs(occupancy=occupancy, start=JULY[0], end=JULY[1])
    assert month is not None
    assert month.provisional
    assert month.costs.total == invoice.net + invoice.vat
    validate_invoice(invoice_id=invoice.pk, now=NOW)
    days = resident_costs(occupancy=occupancy, start=JULY[0], end=JULY[1], by_day=True)
    assert days is not None
    assert not days.provisional
    assert len(days.costs.buckets) == 31
    assert sum((bucket.cost or Decimal(0) for bucket in days.costs.buckets), Decimal(0)) == days.costs.total
    single = resident_costs(occupancy=occupancy, start=JULY[0], end=date(2026, 7, 2), by_day=True)
    assert single is not None
    assert len(single.slots) == 96
    nothing = resident_costs(occupancy=occupancy, start=date(2020, 1, 1), end=date(2020, 2, 1))
    assert nothing is None


def test_the_snapshot_has_the_consumption_of_the_own_months_only(house: House) -> None:
    invoice = Invoice.objects.get(occupancy=house.side.occupancies["flat 1"])
    issued = validate_invoice(invoice_id=invoice.pk, now=NOW)
    assert '"month":"2026-07-01"' in issued.snapshot
    assert issued.reference.endswith(tuple("0123456789"))
    assert issued.due_on == issued.issued_on + timedelta(days=30)


def test_the_job_runs_and_its_documents_are_made_once(house: House) -> None:
    run = run_of(house, *JULY)
    job = start_run(run=run, user_id=None, now=NOW, issue_at_once=True)
    again = start_run(run=run, user_id=None, now=NOW, issue_at_once=True)
    assert again.pk == job.pk
    result = run_billing(QuietJob(job.params))
    assert result == {"billed": 0, "kept": 3, "skipped": 0, "issued": 3}
    rendering = Job.objects.get(kind="pdf.invoices")
    assert len(rendering.params["invoice_ids"]) == 3
    first = render_document(invoice_id=rendering.params["invoice_ids"][0], now=NOW)
    assert render_invoices(QuietJob(rendering.params)) == {"rendered": 3}
    render_documents.run(house.side.id, rendering.params["invoice_ids"])
    assert render_document(invoice_id=first.invoice_id, now=NOW).sha256 == first.sha256
    assert missing_documents() == []
    look_for_missing_documents(NOW)


def test_a_person_sees_documents_according_to_role(house: House) -> None:
    side = house.side
    for role in (Role.ADMINISTRATOR, Role.COORDINATOR, Role.ACCOUNTANT, Role.SUPPORT, Role.OWNER):
        assert invoices_for(side.actor(role)).count() == 3
    assert invoices_for(side.actor(Role.RESIDENT)).count() == 0
    assert invoices_for(side.actor(Role.INSTALLER)).count() == 0
    own = Invoice.objects.get(account=side.accounts["resident"])
    validate_invoice(invoice_id=own.pk, now=NOW)
    assert list(invoices_for(side.actor(Role.RESIDENT))) == [own]


def test_indexes_read_at_the_borders_stand_on_the_document(house: House) -> None:
    ensure_catalogues()
    register = house.registers["flat 1"]
    readings = [
        IndexReading(register.pk, MIDNIGHT[0], 1_000_000),
        IndexReading(register.pk, MIDNIGHT[1], 1_623_000),
    ]
    record_readings(batch=BatchKey("manual", "round"), readings=readings, method="gateway", now=NOW)
    MeterFactor.objects.create(meter=register.meter, factor=20, period=DateRange(date(2020, 1, 1), None))
    basis = calculation_of(RunBasis.objects.get().content).basis
    stake = next(stake for stake in basis.stakes if stake.name == "Lindenhof flat 1")
    (row,) = readings_of(basis, stake)
    assert (row.start_index, row.end_index) == (Decimal("1000.000"), Decimal("1623.000"))
    assert (row.label, row.quantity) == ("× 20", Decimal("12460.000"))
    assert (row.start_on, row.end_on) == JULY
