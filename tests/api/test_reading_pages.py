# SPDX-License-Identifier: Apache-2.0
"""A page of readings costs what the page costs, and walks over gaps of registers without any."""

from datetime import UTC, datetime, timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.scope import organization_scope
from metering.services.ingest import BatchKey, IndexReading, record_readings
from tests.api.conftest import Desk
from tests.metering.world import NOW, make_register

BEGIN = datetime(2025, 3, 10, tzinfo=UTC)


def test_pages_walk_over_registers_without_readings_in_either_direction(desk: Desk) -> None:
    side = desk.cast.lindenhof
    with organization_scope(side.id):
        registers = [make_register(side, f"N-{number}") for number in range(150)]
        chosen = [registers[number].pk for number in (0, 70, 71, 149)]
        record_readings(
            batch=BatchKey("gateway", "all"),
            readings=[
                IndexReading(register_id, BEGIN + n * timedelta(hours=1), n)
                for register_id in chosen
                for n in range(3)
            ],
            method="gateway",
            now=NOW,
        )
    seen, pages, answer = [], [], desk.client.get("/api/v1/readings/", {"page_size": 5}).json()
    while True:
        pages.append(answer["results"])
        seen += [(row["register"], row["value"]) for row in answer["results"]]
        if answer["next"] is None:
            break
        answer = desk.client.get(answer["next"]).json()
    assert seen == [(register_id, n) for register_id in chosen for n in range(3)]
    back = desk.client.get(answer["previous"]).json()
    assert back["results"] == pages[1]
    assert desk.client.get(back["previous"]).json()["results"] == pages[0]


def test_the_database_never_sorts_more_than_a_page_of_each_register(desk: Desk) -> None:
    with organization_scope(desk.cast.lindenhof.id):
        record_readings(
            batch=BatchKey("gateway", "much"),
            readings=[
                IndexReading(desk.register.pk, BEGIN + n * timedelta(minutes=15), n) for n in range(500)
            ],
            method="gateway",
            now=NOW,
        )
    with CaptureQueriesContext(connection) as queries:
        desk.client.get("/api/v1/readings/", {"page_size": 2})
    search = next(query["sql"] for query in queries if "LATERAL" in query["sql"])
    with organization_scope(desk.cast.lindenhof.id), connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON, COSTS OFF, TIMING OFF) " + search)
        plan = str(cursor.fetchone()[0])
    assert "'Actual Rows': 500" not in plan
    assert "Index" in plan
