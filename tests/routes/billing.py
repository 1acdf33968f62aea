# SPDX-License-Identifier: Apache-2.0
"""Tariffs, runs and documents.  Owners act on what they collect themselves (individual statements)."""

from datetime import UTC, date, datetime
from decimal import Decimal

from django.db.backends.postgresql.psycopg_any import DateRange

from accounts.rights import Right, Role
from billing.models import (
    BillingRun,
    Invoice,
    InvoiceDocument,
    InvoiceLine,
    SlotCalendar,
    Solution,
    Tariff,
    TariffComponent,
)
from billing.services.validate_invoices import validate_invoice
from tests.cast import Side
from tests.route_expectations import needs

NOW = datetime(2026, 10, 5, 8, tzinfo=UTC)
PERIOD = DateRange(date(2026, 7, 1), date(2026, 8, 1))


def site(side: Side) -> int:
    return int(side.site.pk)


def _solution(side: Side) -> Solution:
    found, _new = Solution.objects.get_or_create(
        site=side.site,
        defaults={
            "organization_id": side.id,
            "label": "Electricity",
            "period": DateRange(date(2025, 1, 1), None),
            "operating_method": "statements",
        },
    )
    return found


def solution(side: Side) -> int:
    return int(_solution(side).pk)


def calendar(side: Side) -> int:
    return int(SlotCalendar.objects.get_or_create(name="Hours", organization_id=side.id)[0].pk)


def tariff(side: Side) -> int:
    row = Tariff.objects.create(solution=_solution(side), titles={"en": "Tariff"}, period=PERIOD)
    TariffComponent.objects.create(tariff=row, unit="month", price=5, titles={"en": "Fee"})
    return int(row.pk)


def run(side: Side) -> int:
    row, _new = BillingRun.objects.get_or_create(
        content_key="access",
        defaults={
            "organization_id": side.id,
            "site": side.site,
            "period": PERIOD,
            "solution_ids": [solution(side)],
            "created_at": NOW,
        },
    )
    return int(row.pk)


def draft(side: Side) -> int:
    """A fee for a flat's resident."""
    occupancy = side.occupancies["flat 1"]
    row = Invoice.objects.create(
        kind="statement", state_changed_at=NOW, run_id=run(side), site=side.site, solution=_solution(side),
        occupancy=occupancy, billing_point=occupancy.billing_point, account=occupancy.account, period=PERIOD,
        currency="CHF", net=Decimal("5.00"), vat=Decimal("0.41"), rounding=Decimal("-0.01"),
        total=Decimal("5.40"), created_at=NOW,
    )  # fmt: skip
    InvoiceLine.objects.create(
        invoice=row, position=1, section="Electricity", title="Fee", period=PERIOD, part="all", slot="all",
        unit="month", quantity=1, unit_price=Decimal(5), amount=Decimal("5.00"), vat_rule="standard",
        vat_rate=Decimal("8.1"),
    )  # fmt: skip
    return int(row.pk)


def run_with_draft(side: Side) -> int:
    draft(side)
    return run(side)


def issued(side: Side) -> int:
    row = validate_invoice(invoice_id=draft(side), now=NOW)
    InvoiceDocument.objects.create(invoice=row, content=b"%PDF-", sha256="0" * 64, created_at=NOW)
    return int(row.pk)


def line(side: Side) -> int:
    return int(InvoiceLine.objects.get(invoice_id=issued(side)).pk)


ROUTES = {
    "billing:tariffs": needs(Right.TARIFF_VIEW),
    "billing:tariff": needs(Right.TARIFF_VIEW, pk=tariff),
    "billing:edit-tariff": needs(Right.TARIFF_EDIT, pk=tariff, methods="GET POST"),
    "billing:approve-tariff": needs(Right.TARIFF_EDIT, pk=tariff, methods="POST"),
    "billing:copy-tariff": needs(Right.TARIFF_EDIT, pk=tariff, methods="GET POST"),
    "billing:tariff-points": needs(Right.TARIFF_EDIT, pk=tariff, methods="GET POST"),
    "billing:end-tariff": needs(Right.TARIFF_EDIT, pk=tariff, methods="GET POST"),
    "billing:calendars": needs(Right.TARIFF_VIEW),
    "billing:new-calendar": needs(Right.TARIFF_EDIT, methods="GET POST"),
    "billing:edit-calendar": needs(Right.TARIFF_EDIT, pk=calendar, methods="GET POST"),
    "billing:edit-solution": needs(Right.TARIFF_EDIT, pk=solution, methods="GET POST"),
    "billing:site-tariffs": needs(Right.TARIFF_VIEW, pk=site),
    "billing:new-tariff": needs(Right.TARIFF_EDIT, pk=site, methods="GET POST"),
    "billing:new-solution": needs(Right.TARIFF_EDIT, pk=site, methods="GET POST"),
    "billing:site-billing": needs(Right.INVOICE_VIEW, pk=site, hidden_from=(Role.RESIDENT,)),
    "billing:new-run": needs(Right.INVOICE_RUN, pk=site, methods="GET POST"),
    "billing:runs": needs(Right.INVOICE_RUN),
    "billing:run": needs(Right.INVOICE_RUN, pk=run),
    "billing:check-run": needs(Right.INVOICE_RUN, pk=run, methods="POST"),
    "billing:start-run": needs(Right.INVOICE_RUN, pk=run, methods="POST"),
    "billing:issue-run": needs(Right.INVOICE_RUN, pk=run_with_draft, methods="POST"),
    "billing:invoices": needs(Right.INVOICE_VIEW),
    "billing:invoice": needs(Right.INVOICE_VIEW, pk=issued),
    "billing:invoice-pdf": needs(Right.INVOICE_VIEW, pk=issued),
    "billing:validate-invoice": needs(Right.INVOICE_RUN, pk=draft, methods="POST"),
    "billing:cancel-invoice": needs(Right.INVOICE_CANCEL, pk=issued, methods="POST"),
    "billing:discard-invoice": needs(Right.INVOICE_RUN, pk=draft, methods="POST"),
    "billing:line": needs(Right.INVOICE_VIEW, pk=line),
}
