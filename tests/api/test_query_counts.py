# SPDX-License-Identifier: Apache-2.0
"""A list costs the same number of statements however long it is, and never more than it did."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, get_resolver

from accounts.scope import organization_scope
from billing.models import Invoice, Solution
from metering.models import Meter
from metering.services.ingest import BatchKey, IndexReading, record_readings
from sites.models import BillingPoint, Building, Occupancy, Site
from tests.api.client import ApiClient
from tests.cast import START, Cast, Side
from tests.metering.world import NOW, make_meter, make_register

COUNTS = Path(__file__).with_name("query_counts.json")
COMMITTED: dict[str, int] = json.loads(COUNTS.read_text(encoding="utf-8"))
BEGIN = datetime(2025, 3, 10, tzinfo=UTC)


def add_rows(side: Side, number: int) -> None:
    """One more of everything that a list shows, each with a neighbour of its own."""
    with organization_scope(side.id):
        site = Site.objects.create(
            reference=f"N-{number}", name=f"Neuweg {number}", street="Neuweg", house_number=str(number),
            postcode="8000", town="Zürich",
        )  # fmt: skip
        building = Building.objects.create(site=site, name=f"Haus {number}")
        point = BillingPoint.objects.create(
            building=building, name=f"Wohnung {number}", position=1, existence=DateRange(START, None)
        )
        register = make_register(side, meter=make_meter(side, f"N-{number}", site=site))
        make_register(side, meter=Meter.objects.get(pk=register.meter_id), obis="1-0:2.8.0")
        record_readings(
            batch=BatchKey("gateway", f"batch {number}"),
            readings=[IndexReading(register.pk, BEGIN + n * timedelta(hours=1), n) for n in range(3)],
            method="gateway",
            now=NOW,
        )
        _add_invoice(side, site, point)


def _add_invoice(side: Side, site: Site, point: BillingPoint) -> None:
    occupancy = Occupancy.objects.create(
        billing_point=point, account=side.accounts["resident"], period=DateRange(START, None)
    )
    solution = Solution.objects.create(site=site, label="Electricity", period=DateRange(START, None))
    Invoice.objects.create(
        kind="invoice", state="draft", state_changed_at=NOW, site=site, solution=solution,
        occupancy=occupancy, billing_point=point, account=occupancy.account,
        period=DateRange(date(2025, 3, 1), date(2025, 4, 1)),
        currency="CHF", net=0, vat=0, rounding=0, total=0, created_at=NOW,
    )  # fmt: skip


def cost(client: ApiClient, name: str) -> tuple[int, int]:
    """Rows and statements of a list."""
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(f"/api/v1/{name}/")
    assert answer.status_code == 200
    return len(answer.json()["results"]), len(queries)


@pytest.mark.parametrize("name", sorted(COMMITTED))
def test_a_list_costs_the_same_for_one_row_and_for_five(cast: Cast, name: str) -> None:
    client = ApiClient(cast.lindenhof)
    add_rows(cast.lindenhof, 1)
    client.get(f"/api/v1/{name}/")  # notes the token's last use and fills the throttle's row
    few, short = cost(client, name)
    for number in range(2, 6):
        add_rows(cast.lindenhof, number)
    many, long = cost(client, name)
    assert many > few > 0
    assert (short, long) == (COMMITTED[name], COMMITTED[name]), f"{name} cost {short} and {long} statements"


def test_every_list_has_its_count() -> None:
    lists = {
        str(pattern.pattern).strip("/")
        for included in get_resolver("config.api").url_patterns
        for pattern in getattr(included, "url_patterns", [])
        if isinstance(pattern, URLPattern) and hasattr(pattern.callback.view_class, "filterset_class")  # type: ignore[attr-defined]
    }
    assert lists == set(COMMITTED)
