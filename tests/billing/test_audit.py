# SPDX-License-Identifier: Apache-2.0
"""The nightly look at everything issued: quiet while all is well, loud when somebody passed the triggers."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from django.db import connections

from accounts.scope import organization_scope
from billing.documents.isolated import render_invoice_isolated
from billing.documents.snapshot import InvoiceSnapshot
from billing.models import Invoice, InvoiceDocument
from billing.selectors.audit import audit_documents
from billing.services.cancel_invoice import cancel_invoice
from billing.services.execute_run import execute_run
from billing.services.render_documents import render_document
from billing.tasks import DocumentsChanged, audit, audit_every_night
from jobs.models import Job
from tests import database
from tests.billing.world import NOW, House, QuietJob, build_house, fill, run_of
from tests.cast import Cast


def bill(house: House) -> Invoice:
    fill(house, datetime(2026, 6, 30, 22, tzinfo=UTC), datetime(2026, 7, 2, 22, tzinfo=UTC))
    run = run_of(house, date(2026, 7, 1), date(2026, 7, 3), issue_at_once=True)
    execute_run(QuietJob({"organization_id": house.side.id, "run_id": run.pk}), now=NOW)
    first = Invoice.objects.order_by("number").first()
    assert first is not None
    render_document(invoice_id=first.pk, now=NOW)
    return first


@pytest.fixture
def issued(cast: Cast) -> Iterator[Invoice]:
    with organization_scope(cast.lindenhof.id):
        yield bill(build_house(cast.lindenhof))


def test_a_sound_archive_is_silent(issued: Invoice) -> None:
    cancel_invoice(invoice_id=issued.pk, reason="Test", now=NOW)
    assert audit_documents() == []
    audit_every_night(NOW)
    job = Job.objects.get(kind="billing.audit")
    assert audit(QuietJob(job.params)) == {"problems": 0}


def test_the_same_snapshot_gives_the_same_bytes(issued: Invoice) -> None:
    again = render_invoice_isolated(InvoiceSnapshot.from_json(issued.snapshot))
    assert again == bytes(InvoiceDocument.objects.get(invoice=issued).content)


def test_the_known_bad_twin_whoever_goes_past_the_triggers_is_found(committed_cast: Cast) -> None:
    side = committed_cast.lindenhof
    with organization_scope(side.id):
        issued = bill(build_house(side))
    tampered = {
        "UPDATE billing_invoice SET snapshot = replace(snapshot, '2026', '2025') WHERE id = %s": "snapshot",
        "UPDATE billing_invoicedocument SET content = 'other' WHERE invoice_id = %s": "PDF",
        "UPDATE billing_invoiceline SET amount = amount + 1 WHERE invoice_id = %s": "add up",
        "UPDATE billing_invoice SET number = 7 WHERE id = %s": "numbers",
    }
    connections.close_all()
    with database.as_owner() as owner:
        owner.execute("SELECT set_config('app.organization', %s, true)", [str(side.id)])
        for table in ("billing_invoice", "billing_invoicedocument", "billing_invoiceline"):
            owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for statement in tampered:
            assert owner.execute(statement, [issued.pk]).rowcount
    with database.as_owner() as owner:
        for table in ("billing_invoice", "billing_invoicedocument", "billing_invoiceline"):
            owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    with organization_scope(side.id):
        problems = audit_documents()
        for word in tampered.values():
            assert any(word in problem for problem in problems), word
    job = QuietJob({"organization_id": side.id})
    with pytest.raises(DocumentsChanged):
        audit(job)
    assert len(job.lines) == len(problems)
