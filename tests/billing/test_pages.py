# SPDX-License-Identifier: Apache-2.0
"""The billing pages: a coordinator goes from the first tariff to the explanation of a line."""

from datetime import UTC, date, datetime

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.rights import Role
from accounts.scope import organization_scope
from billing.models import (
    BillingRun,
    Invoice,
    InvoiceLine,
    InvoiceState,
    SlotCalendarVersion,
    Solution,
    Tariff,
)
from billing.services.execute_run import execute_run
from billing.services.render_documents import render_document
from billing.services.validate_invoices import validate_invoice
from tests.billing.world import NOW, House, QuietJob, build_house, fill, run_of
from tests.cast import Cast, Side


def signed_in(side: Side, role: Role) -> Client:
    User.objects.filter(pk=side.users[role].pk).update(language="en")
    side.users[role].refresh_from_db()
    client = Client()
    client.force_login(side.users[role])
    return client


def page(client: Client, name: str, *arguments: object, status: int = 200, **query: str) -> str:
    answer = client.get(reverse(f"billing:{name}", args=arguments), query)
    assert answer.status_code == status, answer.content[:2000]
    return answer.content.decode()


@pytest.fixture
def house(cast: Cast) -> House:
    with organization_scope(cast.lindenhof.id):
        house = build_house(cast.lindenhof)
        fill(house, datetime(2026, 6, 30, 22, tzinfo=UTC), datetime(2026, 7, 31, 22, tzinfo=UTC))
    return house


@pytest.fixture
def billed(house: House) -> House:
    with organization_scope(house.side.id):
        run = run_of(house, date(2026, 7, 1), date(2026, 8, 1))
        execute_run(QuietJob({"organization_id": house.side.id, "run_id": run.pk}), now=NOW)
    return house


def test_a_tariff_is_drawn_up_and_approved_in_the_browser(cast: Cast) -> None:
    side = cast.lindenhof
    client = signed_in(side, Role.COORDINATOR)
    assert "Nothing is billed here yet" in page(client, "site-tariffs", side.site.pk)
    answer = client.post(
        reverse("billing:new-solution", args=[side.site.pk]),
        {
            "label": "Electricity", "start": "2026-01-01", "community": "zev",
            "frequency": "quarterly", "operating_method": "payments",
        },
    )  # fmt: skip
    assert answer.status_code == 302
    client.post(
        reverse("billing:new-calendar"),
        {"name": "Day and night", "canton": "ZH", "weekdays_from": "07:00", "weekdays_to": "20:00"},
    )
    with organization_scope(side.id):
        solution, calendar = Solution.objects.get(), SlotCalendarVersion.objects.get()
    prices = [
        ("solar", "all", "kWh", "0.16"), ("grid", "high", "kWh", "0.2735"), ("grid", "low", "kWh", "0.2112"),
        ("all", "all", "month", "5"),
    ]  # fmt: skip
    form = {
        "solution": solution.pk, "title_de": "Hausstrom", "start": "2026-01-01", "calendar": calendar.pk,
        "points": [point.pk for point in side.points.values()],
        "prices-TOTAL_FORMS": len(prices), "prices-INITIAL_FORMS": 0,
    }  # fmt: skip
    for number, (part, slot, unit, price) in enumerate(prices):
        names = {"title_de": f"Preis {number}", "part": part, "slot": slot, "unit": unit, "price": price}
        form |= {f"prices-{number}-{name}": value for name, value in names.items()}
        form[f"prices-{number}-vat_rule"] = "standard"
    wrong = client.post(reverse("billing:new-tariff", args=[side.site.pk]), form | {"prices-1-slot": "noon"})
    assert wrong.status_code == 422
    assert "noon" in wrong.content.decode()
    answer = client.post(reverse("billing:new-tariff", args=[side.site.pk]), form)
    assert answer.status_code == 302, answer.content.decode()[:3000]
    with organization_scope(side.id):
        tariff = Tariff.objects.get()
        assert tariff.components.count() == 4
    page(client, "tariff", tariff.pk)
    page(client, "edit-tariff", tariff.pk)
    client.post(reverse("billing:approve-tariff", args=[tariff.pk]))
    with organization_scope(side.id):
        assert Tariff.objects.get().is_approved
    assert client.get(reverse("billing:edit-tariff", args=[tariff.pk])).status_code == 302
    copied = client.post(reverse("billing:copy-tariff", args=[tariff.pk]), {"start": "2027-01-01"})
    assert copied.status_code == 302
    for name in ("tariffs", "calendars", "runs", "invoices"):
        page(client, name)


def test_a_run_is_planned_started_and_read(house: House) -> None:
    side = house.side
    client = signed_in(side, Role.ACCOUNTANT)
    page(client, "new-run", side.site.pk)
    answer = client.post(
        reverse("billing:new-run", args=[side.site.pk]),
        {"start": "2026-07-01", "last": "2026-07-31", "solutions": [house.solution.pk]},
    )
    assert answer.status_code == 302, answer.content.decode()[:2000]
    with organization_scope(side.id):
        run = BillingRun.objects.get()
    assert "Nothing found" in page(client, "run", run.pk)
    assert client.post(reverse("billing:start-run", args=[run.pk]), {}).status_code == 302
    assert "Waiting for a worker" in page(client, "run", run.pk)
    with organization_scope(side.id):
        execute_run(QuietJob({"organization_id": side.id, "run_id": run.pk}), now=NOW)
        run.refresh_from_db()
        type(run.job).objects.update(state="done")
    assert "Control difference" in page(client, "run", run.pk)
    assert client.post(reverse("billing:issue-run", args=[run.pk])).status_code == 302
    page(client, "site-billing", side.site.pk)
    assert client.post(reverse("billing:check-run", args=[run.pk])).status_code == 302


def test_findings_stop_a_run_until_they_are_passed_over_with_a_reason(house: House) -> None:
    side = house.side
    client = signed_in(side, Role.ACCOUNTANT)
    client.post(
        reverse("billing:new-run", args=[side.site.pk]),
        {"start": "2026-07-01", "last": "2026-08-05", "solutions": [house.solution.pk]},
    )
    with organization_scope(side.id):
        run = BillingRun.objects.get()
    assert "quarter hours are missing" in page(client, "run", run.pk)
    start = reverse("billing:start-run", args=[run.pk])
    assert client.post(start, {}).status_code == 422
    assert client.post(start, {"skip_checks": "on"}).status_code == 422
    answer = client.post(start, {"skip_checks": "on", "skip_reason": "The residents agreed."})
    assert answer.status_code == 302
    with organization_scope(side.id):
        run.refresh_from_db()
        assert (run.skip_checks, run.skip_reason) == (True, "The residents agreed.")
        assert run.skipped_by == side.users[Role.ACCOUNTANT]


def test_a_document_is_issued_opened_explained_and_cancelled(billed: House) -> None:
    side = billed.side
    client = signed_in(side, Role.ACCOUNTANT)
    with organization_scope(side.id):
        draft = Invoice.objects.first()
        other = Invoice.objects.last()
        lines = list(draft.lines.all())
    page(client, "invoice", draft.pk)
    page(client, "invoice-pdf", draft.pk, status=404)
    assert client.post(reverse("billing:validate-invoice", args=[draft.pk])).status_code == 302
    with organization_scope(side.id):
        render_document(invoice_id=draft.pk, now=NOW)
    answer = client.get(reverse("billing:invoice-pdf", args=[draft.pk]))
    assert answer.content.startswith(b"%PDF")
    assert "2026-00001" in page(client, "invoice", draft.pk)
    for row in lines:
        told = page(client, "line", row.pk)
        assert ("Own consumption" in told) == (row.unit == "kWh")
    answer = client.post(reverse("billing:cancel-invoice", args=[draft.pk]), {"reason": "Wrong tariff"})
    assert answer.status_code == 302
    with organization_scope(side.id):
        draft.refresh_from_db()
        assert draft.state == InvoiceState.CANCELLED
        note = Invoice.objects.get(kind="credit_note")
        back = note.lines.first()
    page(client, "invoice", note.pk)
    page(client, "line", back.pk)
    assert client.post(reverse("billing:discard-invoice", args=[other.pk])).status_code == 302
    assert "C2026-00001" in page(client, "invoices", q="C2026")
    assert client.get(reverse("billing:invoices"), {"export": "csv"}).status_code == 200


def test_a_resident_sees_the_own_issued_documents_and_nothing_else(billed: House) -> None:
    side = billed.side
    with organization_scope(side.id):
        own = Invoice.objects.get(account=side.accounts["resident"])
        foreign = Invoice.objects.get(account=side.accounts["neighbour"])
        own_line, foreign_line = own.lines.first(), foreign.lines.first()
    client = signed_in(side, Role.RESIDENT)
    page(client, "invoice", own.pk, status=404)
    with organization_scope(side.id):
        validate_invoice(invoice_id=own.pk, now=NOW)
        validate_invoice(invoice_id=foreign.pk, now=NOW)
    page(client, "invoice", own.pk)
    page(client, "line", own_line.pk)
    page(client, "invoice", foreign.pk, status=404)
    page(client, "line", foreign_line.pk, status=404)
    page(client, "run", own.run_id, status=403)
    page(client, "tariffs", status=403)


def test_the_other_organization_is_told_that_nothing_is_there(billed: House, cast: Cast) -> None:
    with organization_scope(billed.side.id):
        invoice, run = Invoice.objects.first(), BillingRun.objects.first()
        line = InvoiceLine.objects.first()
    client = signed_in(cast.seeblick, Role.ADMINISTRATOR)
    page(client, "invoice", invoice.pk, status=404)
    page(client, "run", run.pk, status=404)
    page(client, "line", line.pk, status=404)
    page(client, "tariff", billed.tariff.pk, status=404)
    page(client, "site-billing", billed.side.site.pk, status=404)


def test_an_owner_runs_individual_statements_and_nothing_else(billed: House) -> None:
    side = billed.side
    client = signed_in(side, Role.OWNER)
    form = {"start": "2026-06-01", "last": "2026-06-30", "solutions": [billed.solution.pk]}
    assert client.post(reverse("billing:new-run", args=[side.site.pk]), form).status_code == 422
    with organization_scope(side.id):
        Solution.objects.update(operating_method="statements")
        run = BillingRun.objects.get()
    assert client.post(reverse("billing:new-run", args=[side.site.pk]), form).status_code == 302
    page(client, "run", run.pk)
    page(client, "site-billing", side.site.pk)


def test_an_approved_tariff_gets_points_and_an_end_but_loses_nothing_billed(billed: House) -> None:
    side, tariff = billed.side, billed.tariff
    client = signed_in(side, Role.COORDINATOR)
    two = [side.points["flat 1"].pk, side.points["flat 2"].pk]
    page(client, "tariff-points", tariff.pk)
    assert client.post(reverse("billing:tariff-points", args=[tariff.pk]), {"points": two}).status_code == 422
    three = [point.pk for point in side.points.values()]
    assert (
        client.post(reverse("billing:tariff-points", args=[tariff.pk]), {"points": three}).status_code == 302
    )
    page(client, "end-tariff", tariff.pk)
    early = client.post(reverse("billing:end-tariff", args=[tariff.pk]), {"last": "2026-07-20"})
    assert early.status_code == 422
    late = client.post(reverse("billing:end-tariff", args=[tariff.pk]), {"last": "2026-12-31"})
    assert late.status_code == 302
    with organization_scope(side.id):
        assert Tariff.objects.get().period.upper == date(2027, 1, 1)
