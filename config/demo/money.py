# SPDX-License-Identifier: Apache-2.0
"""Tariffs of the demo, and the run over its last quarter."""

import time
from datetime import date, datetime
from decimal import Decimal

from django.db.backends.postgresql.psycopg_any import DateRange

from accounts.scope import organization_scope
from billing.models import BillingRun, Invoice, InvoiceDocument, Solution
from billing.services.plan_run import plan_run, start_run
from billing.services.tariffs import ComponentData, approve_tariff, create_tariff, save_calendar
from config.demo.house import House
from jobs.models import Job, JobState

# High tariff on weekdays 7 to 20 and Saturday 7 to 13, as the design notes quote it from a Swiss grid operator.
HOURS = {
    "default": "low",
    "windows": [
        {"slot": "high", "begin": "07:00", "end": "20:00", "weekdays": [0, 1, 2, 3, 4]},
        {"slot": "high", "begin": "07:00", "end": "13:00", "weekdays": [5]},
    ],
}
PRICES = (
    ("solar", "all", "kWh", "0.18500", ("Solarstrom vom Dach", "Courant solaire du toit", "Corrente solare dal tetto", "Solar power from the roof")),
    ("grid", "high", "kWh", "0.29400", ("Netzstrom", "Courant du réseau", "Corrente di rete", "Grid power")),
    ("grid", "low", "kWh", "0.23100", ("Netzstrom", "Courant du réseau", "Corrente di rete", "Grid power")),
    ("all", "all", "month", "6.50000", ("Messung und Abrechnung", "Mesure et décompte", "Misurazione e conteggio", "Metering and billing")),
)  # fmt: skip


def set_prices(house: House, *, since: date, until: date | None, approved_by: int, now: datetime) -> Solution:
    """One solution, one calendar, last year's tariff and this year's, approved."""
    solution = Solution.objects.create(
        site=house.site,
        label="Strom ZEV",
        period=DateRange(since, None),
        residual_point=house.points["common"],
    )
    calendar = save_calendar(name="HT/NT", windows=HOURS, now=now, user_id=approved_by)
    turn = date(now.year, 1, 1)
    for start, end, factor in ((since, turn, Decimal("0.96")), (turn, until, Decimal(1))):
        tariff = create_tariff(
            solution=solution,
            titles=dict.fromkeys(("de", "fr", "it", "en"), f"ZEV {start.year}"),
            start=start,
            end=end,
            components=[_component(row, factor) for row in PRICES],
            points=house.points.values(),
            calendar=calendar,
        )
        approve_tariff(tariff=tariff, user_id=approved_by, now=now)
    return solution


def bill(
    *,
    organization_id: int,
    house: House,
    solution: Solution,
    start: date,
    end: date,
    user_id: int,
    now: datetime,
) -> BillingRun:
    """Plan and start the run over [start, end); the workers do it."""
    with organization_scope(organization_id):
        run = plan_run(site=house.site, start=start, end=end, solutions=[solution], user_id=user_id, now=now)
        start_run(
            run=run, user_id=user_id, now=now, skip_checks=bool(run.checks),
            skip_reason="Demonstration" if run.checks else "", issue_at_once=True,
        )  # fmt: skip
    return run


def wait_for_documents(organization_id: int, run: BillingRun, *, seconds: float) -> None:
    """
    Until the run is done and every issued invoice has its PDF.

    :raises TimeoutError: naming what is missing after `seconds`.
    """
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        with organization_scope(organization_id):
            run.refresh_from_db()
            job = Job.objects.get(pk=run.job_id)
            invoices = Invoice.objects.filter(run=run).exclude(state="draft").count()
            documents = InvoiceDocument.objects.filter(invoice__run=run).count()
        if job.state == JobState.FAILED:
            raise TimeoutError(f"The run failed: {job.error}")
        if job.state == JobState.DONE and documents >= invoices > 0:
            return
        time.sleep(0.2)
    raise TimeoutError(
        f"After {seconds:.0f} s {documents} of {invoices} documents stand; run {run.state}, job {job.state}."
    )


def last_quarter(day: date) -> tuple[date, date]:
    """The last whole calendar quarter before `day`, half-open."""
    first_month = (day.month - 1) // 3 * 3 + 1
    end = date(day.year, first_month, 1)
    start = date(end.year - 1, 10, 1) if end.month == 1 else date(end.year, end.month - 3, 1)
    return start, end


def _component(row: tuple[str, str, str, str, tuple[str, str, str, str]], factor: Decimal) -> ComponentData:
    part, slot, unit, price, (de, fr, it, en) = row
    worth = (Decimal(price) * factor).quantize(Decimal("0.00001"))
    return ComponentData(
        part=part, slot=slot, unit=unit, price=worth, titles={"de": de, "fr": fr, "it": it, "en": en}
    )
