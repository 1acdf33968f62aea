# SPDX-License-Identifier: Apache-2.0
"""Issued documents never change: not by the ORM, not in bulk, not by SQL, not by the tables' owner."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from accounts.scope import organization_scope
from billing.models import (
    Invoice,
    InvoiceDocument,
    InvoiceLine,
    InvoiceState,
    LineEvidence,
    NumberSeries,
    RunBasis,
    TariffComponent,
)
from billing.services.cancel_invoice import cancel_invoice, discard_draft
from billing.services.execute_run import execute_run
from billing.services.render_documents import render_document
from billing.services.tariffs import TariffRefused, replace_components
from billing.services.validate_invoices import IssueRefused, validate_invoice
from tests import database
from tests.billing.world import NOW, QuietJob, build_house, fill, run_of
from tests.cast import Cast

TABLES = [
    model._meta.db_table
    for model in (Invoice, InvoiceLine, LineEvidence, InvoiceDocument, NumberSeries, RunBasis)
]


@pytest.fixture
def issued(cast: Cast) -> Iterator[Invoice]:
    with organization_scope(cast.lindenhof.id):
        house = build_house(cast.lindenhof)
        fill(house, datetime(2026, 6, 30, 22, tzinfo=UTC), datetime(2026, 7, 3, 22, tzinfo=UTC))
        run = run_of(house, date(2026, 7, 1), date(2026, 7, 4), issue_at_once=True)
        execute_run(QuietJob({"organization_id": house.side.id, "run_id": run.pk}), now=NOW)
        invoice = Invoice.objects.order_by("number").first()
        assert invoice is not None
        render_document(invoice_id=invoice.pk, now=NOW)
        yield invoice


def refused(act: Callable[[], object], match: str) -> None:
    with pytest.raises(IntegrityError, match=match), transaction.atomic():
        act()


def sql(statement: str, *params: object) -> Callable[[], object]:
    def act() -> object:
        with connection.cursor() as cursor:
            return cursor.execute(statement, params)

    return act


def test_an_issued_invoice_is_not_saved_with_other_content(issued: Invoice) -> None:
    issued.total += 1
    issued.net += 1
    refused(issued.save, "does not change")


@pytest.mark.parametrize(
    "change",
    [
        {"snapshot": "{}"},
        {"number": 99},
        {"label": "2026-00099"},
        {"reference": "x"},
        {"account_id": None},
        {"run_id": None},
        {"figures": ""},
        {"state": "draft"},
    ],
)
def test_queryset_update_is_refused(issued: Invoice, change: dict[str, object]) -> None:
    refused(lambda: Invoice.objects.filter(pk=issued.pk).update(**change), "document")


def test_it_is_not_deleted(issued: Invoice) -> None:
    refused(issued.delete, "no longer changes|issued and stays|protected")
    refused(Invoice.objects.filter(pk=issued.pk).delete, "no longer changes|issued and stays|protected")
    refused(sql("DELETE FROM billing_invoice WHERE id = %s", issued.pk), "issued and stays|violates foreign")


def test_its_lines_and_evidence_stay_and_nothing_joins_them(issued: Invoice) -> None:
    line = issued.lines.first()
    refused(lambda: issued.lines.update(amount=0), "no longer changes")
    refused(lambda: issued.lines.all().delete(), "no longer changes")
    refused(lambda: LineEvidence.objects.filter(line=line).update(consumption_wh=0), "no longer changes")
    refused(lambda: LineEvidence.objects.filter(line=line).delete(), "no longer changes")
    line.pk, line.position = None, 77
    refused(line.save, "no longer changes")
    refused(sql("UPDATE billing_invoiceline SET amount = 0 WHERE invoice_id = %s", issued.pk), "no longer")


def test_the_pdf_and_the_basis_are_written_once(issued: Invoice) -> None:
    for statement in (
        "UPDATE billing_invoicedocument SET content = ''",
        "DELETE FROM billing_invoicedocument",
        "UPDATE billing_runbasis SET content = '{}'",
    ):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            sql(statement)()
    again = InvoiceDocument(invoice=issued, content=b"other", sha256="0" * 64, created_at=NOW)
    refused(again.save, "unique|duplicate")


@pytest.mark.parametrize("table", TABLES)
def test_the_runtime_role_may_not_truncate(issued: Invoice, table: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        sql(f"TRUNCATE {table} CASCADE")()


@pytest.mark.parametrize("table", TABLES)
def test_not_even_the_owner_truncates_or_rewrites(db: None, table: str) -> None:
    with (
        database.as_owner() as owner,
        pytest.raises(Exception, match="are kept"),
    ):
        owner.execute(f"TRUNCATE {table} CASCADE")


def test_the_known_bad_twin_without_a_statement_trigger_is_emptied(db: None) -> None:
    """A row trigger alone does not see TRUNCATE."""
    with database.as_owner() as owner:
        owner.execute("CREATE TEMP TABLE twin (id integer)")
        owner.execute("INSERT INTO twin VALUES (1)")
        owner.execute(
            "CREATE FUNCTION pg_temp.refuse() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'kept'; END $$"
        )
        owner.execute(
            "CREATE TRIGGER keep BEFORE DELETE ON twin FOR EACH ROW EXECUTE FUNCTION pg_temp.refuse()"
        )
        owner.execute("TRUNCATE twin")
        assert owner.execute("SELECT count(*) FROM twin").fetchone() == (0,)


def test_a_number_is_neither_skipped_nor_set_back(issued: Invoice) -> None:
    refused(lambda: NumberSeries.objects.update(last=1), "goes on by one")
    refused(lambda: NumberSeries.objects.update(last=50), "goes on by one")
    refused(NumberSeries.objects.all().delete, "goes on by one")


def test_a_document_cannot_be_born_issued(issued: Invoice) -> None:
    issued.pk, issued.number = None, 4
    issued._state.adding = True
    refused(issued.save, "begin as drafts")


def test_states_follow_their_graph(issued: Invoice) -> None:
    Invoice.objects.filter(pk=issued.pk).update(state=InvoiceState.SENT)
    refused(lambda: Invoice.objects.filter(pk=issued.pk).update(state=InvoiceState.VALIDATED), "does not go")
    Invoice.objects.filter(pk=issued.pk).update(state=InvoiceState.SETTLED, reminder_level=1)


def test_a_credit_note_brings_the_pair_to_nought(issued: Invoice) -> None:
    refused(
        lambda: Invoice.objects.filter(pk=issued.pk).update(state=InvoiceState.CANCELLED), "no credit note"
    )
    note = cancel_invoice(invoice_id=issued.pk, reason="Wrong flat", now=NOW)
    assert cancel_invoice(invoice_id=issued.pk, reason="again", now=NOW).pk == note.pk
    issued.refresh_from_db()
    assert issued.state == InvoiceState.CANCELLED
    assert note.label == "C2026-00001"
    assert note.total + issued.total == 0
    pairs = zip(issued.lines.order_by("position"), note.lines.order_by("position"), strict=True)
    assert all(line.amount + back.amount == 0 and line.quantity + back.quantity == 0 for line, back in pairs)
    with pytest.raises(IssueRefused):
        cancel_invoice(invoice_id=note.pk, reason="", now=NOW)


def test_a_draft_is_discarded_and_an_issued_document_is_not(issued: Invoice) -> None:
    with pytest.raises(IssueRefused):
        discard_draft(invoice_id=issued.pk)
    assert validate_invoice(invoice_id=issued.pk, now=NOW).label == issued.label


def test_prices_of_an_approved_tariff_stay(issued: Invoice) -> None:
    refused(lambda: TariffComponent.objects.update(price=0), "approved")
    refused(TariffComponent.objects.all().delete, "approved|protected")
    component = issued.lines.first().component
    with pytest.raises(TariffRefused):
        replace_components(tariff=component.tariff, components=[])
