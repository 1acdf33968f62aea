# SPDX-License-Identifier: Apache-2.0
"""What must hold when the demo is done, asked of the database and not of the demo's own memory."""

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.db.models import Sum

from accounts.scope import organization_scope
from billing.models import BillingRun, Invoice, InvoiceDocument, InvoiceLine
from config.demo.dataset import Year
from config.demo.devices import devices, resolutions
from config.demo.house import House
from config.demo.people import Firm
from metering.series.vectors import MISSING
from metering.store import load_matrix

CENT = Decimal("0.01")


def check(
    summary: dict[str, Any], firm: Firm, house: House, run: BillingRun, year: Year, end: datetime
) -> list[str]:
    """Fill the summary and return what does not hold, in words."""
    with organization_scope(firm.organization.pk):
        run.refresh_from_db()
        faults = _energy(summary, house, year, end)
        faults += _money(summary, run)
        faults += _documents(summary, run)
    expected = len(house.registers) * summary["quarter_hours"]
    if summary["readings_polled"] != expected:
        faults.append(
            f"{expected - summary['readings_polled']} of {expected} readings did not arrive over the wire"
        )
    return faults


def _energy(summary: dict[str, Any], house: House, year: Year, end: datetime) -> list[str]:
    """Consumption + export = production + import in every quarter hour, and each value is the simulator's."""
    names = [*resolutions(), "pv", "grid_in", "grid_out"]
    start = end - timedelta(days=365)
    matrix = load_matrix(register_ids=[house.registers[name] for name in names], start=start, end=end)
    rows = dict(zip(names, matrix.values.astype(np.int64), strict=True))
    missing = int((matrix.values == MISSING).sum())
    consumption = sum(rows[name] for name in resolutions())
    balance = consumption + rows["grid_out"] - rows["pv"] - rows["grid_in"]
    first, last = year.position(start), year.position(end)
    wrong = sum(int((rows[name] != year.deltas(name)[first:last]).sum()) for name in names)
    summary |= {
        "energy_balance_wh": int(np.abs(balance).sum()),
        "consumption_kwh": int(np.sum(consumption)) // 1000,
        "production_kwh": int(rows["pv"].sum()) // 1000,
        "self_consumption_kwh": int((rows["pv"] - rows["grid_out"]).sum()) // 1000,
        "quarter_hours_missing": missing,
        "quarter_hours_wrong": wrong,
        "meters": len(devices()),
    }
    faults = []
    if summary["energy_balance_wh"]:
        faults.append(f"the energy balance is off by {summary['energy_balance_wh']} Wh")
    if missing or wrong:
        faults.append(f"{missing} quarter hours are missing and {wrong} differ from the meters")
    return faults


def _money(summary: dict[str, Any], run: BillingRun) -> list[str]:
    invoices = Invoice.objects.filter(run=run).exclude(state="draft")
    sums = invoices.aggregate(total=Sum("total"), vat=Sum("vat"), rounding=Sum("rounding"))
    lines = InvoiceLine.objects.filter(invoice__in=invoices).aggregate(amount=Sum("amount"))[
        "amount"
    ] or Decimal(0)
    lines_total = (lines + (sums["vat"] or 0) + (sums["rounding"] or 0)).quantize(CENT)
    invoices_total = (sums["total"] or Decimal(0)).quantize(CENT)
    numbers = sorted(invoices.values_list("number", flat=True))
    summary |= {
        "invoices": invoices.count(),
        "lines_total": str(lines_total),
        "invoices_total": str(invoices_total),
        "control_difference_wh": run.control_difference_wh,
        "skipped": run.report.get("skipped", 0),
    }
    faults = []
    if lines_total != invoices_total:
        faults.append(f"the lines add up to {lines_total}, the invoices to {invoices_total}")
    if numbers != list(range(1, len(numbers) + 1)):
        faults.append(f"the invoice numbers have gaps: {numbers}")
    if not numbers:
        faults.append("no invoice was issued")
    if run.control_difference_wh:
        faults.append(f"the run bills {run.control_difference_wh} Wh more or less than was used")
    return faults


def _documents(summary: dict[str, Any], run: BillingRun) -> list[str]:
    folder = Path(settings.VAR_DIR) / "demo" / "invoices"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.pdf"):
        old.unlink()
    documents = InvoiceDocument.objects.filter(invoice__run=run).select_related("invoice")
    broken = []
    for document in documents:
        content = bytes(document.content)
        (folder / f"{document.invoice.label}.pdf").write_bytes(content)
        if not content.startswith(b"%PDF-"):
            broken.append(document.invoice.label)
    summary["pdf_folder"] = str(folder)
    return [f"no PDF: {', '.join(broken)}"] if broken else []
