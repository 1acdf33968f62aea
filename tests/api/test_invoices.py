# SPDX-License-Identifier: Apache-2.0
"""Invoices are read by those they belong to, and their documents byte for byte."""

import hashlib
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.rights import Role
from accounts.scope import organization_scope
from billing.models import Invoice, InvoiceDocument
from billing.services.execute_run import execute_run
from billing.services.validate_invoices import validate_invoice
from tests.api.client import ApiClient
from tests.billing.world import NOW, House, QuietJob, build_house, fill, run_of
from tests.cast import Cast

INVOICES = "/api/v1/invoices/"


@pytest.fixture
def billed(cast: Cast) -> House:
    """A month of the house as drafts; the first one is issued and has its document."""
    with organization_scope(cast.lindenhof.id):
        house = build_house(cast.lindenhof)
        fill(house, datetime(2026, 6, 30, 22, tzinfo=UTC), datetime(2026, 7, 31, 22, tzinfo=UTC))
        run = run_of(house, date(2026, 7, 1), date(2026, 8, 1))
        execute_run(QuietJob({"organization_id": house.side.id, "run_id": run.pk}), now=NOW)
        first = Invoice.objects.order_by("pk")[0]
        validate_invoice(invoice_id=first.pk, now=NOW)
        content = b"%PDF-1.7 as it was issued"
        InvoiceDocument.objects.create(
            invoice_id=first.pk, content=content, sha256=hashlib.sha256(content).hexdigest(), created_at=NOW
        )
    return house


def test_invoices_come_in_pages_with_their_lines(billed: House) -> None:
    client = ApiClient(billed.side)
    rows: list[dict[str, Any]] = client.get(INVOICES).json()["results"]
    assert len(rows) == 3
    assert [row["has_document"] for row in rows] == [True, False, False]
    detail = client.get(f"{INVOICES}{rows[0]['id']}/").json()
    assert detail["lines"]
    assert detail["number"]
    drafts = client.get(INVOICES, {"state": "draft"}).json()["results"]
    assert [row["id"] for row in drafts] == [row["id"] for row in rows[1:]]
    assert client.get(INVOICES, {"site": billed.side.site.pk + 1000}).json()["results"] == []


def test_a_list_never_reads_the_documents(billed: House) -> None:
    client = ApiClient(billed.side)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(INVOICES).status_code == 200
    asked = " ".join(query["sql"] for query in queries)
    assert 'FROM "billing_invoice"' in asked
    assert '"content"' not in asked
    assert '"snapshot"' not in asked


def test_the_document_comes_as_it_was_issued(billed: House) -> None:
    client = ApiClient(billed.side)
    first, second = (row["id"] for row in client.get(INVOICES).json()["results"][:2])
    answer = client.get(f"{INVOICES}{first}/pdf/")
    assert (answer.status_code, answer.content) == (200, b"%PDF-1.7 as it was issued")
    assert answer.headers["Content-Type"] == "application/pdf"
    etag = answer.headers["ETag"]
    assert client.get(f"{INVOICES}{first}/pdf/", headers={"If-None-Match": etag}).status_code == 304
    draft = client.get(f"{INVOICES}{second}/pdf/")
    assert (draft.status_code, draft.headers["Content-Type"]) == (404, "application/problem+json")


def test_foreign_invoices_are_the_same_404_as_absent_ones(cast: Cast, billed: House) -> None:
    with organization_scope(billed.side.id):
        first = Invoice.objects.order_by("pk")[0].pk
    client = ApiClient(cast.seeblick)
    assert client.get(INVOICES).json()["results"] == []
    for path in ("", "pdf/"):
        foreign = client.get(f"{INVOICES}{first}/{path}")
        absent = client.get(f"{INVOICES}999999/{path}")
        assert (foreign.status_code, absent.status_code) == (404, 404)
        assert foreign.content == absent.content


def test_a_token_of_another_site_sees_no_invoice(billed: House) -> None:
    client = ApiClient(billed.side, site_ids=[billed.side.site.pk + 1000])
    assert client.get(INVOICES).json()["results"] == []


def test_a_resident_sees_only_the_own_issued_ones(billed: House) -> None:
    client = Client()
    client.force_login(billed.side.users[Role.RESIDENT], backend="django.contrib.auth.backends.ModelBackend")
    seen = client.get(INVOICES).json()["results"]
    assert {row["account"] for row in seen} <= {billed.side.accounts["resident"].code}
    assert "draft" not in {row["state"] for row in seen}
