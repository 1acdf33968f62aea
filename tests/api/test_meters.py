# SPDX-License-Identifier: Apache-2.0
"""Meters, readings, quarter hours and sums are read by those they belong to, page by page."""

from datetime import UTC, date, datetime, timedelta
from itertools import chain
from typing import Any

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test import Client

from accounts.rights import Role
from accounts.scope import organization_scope
from metering.models import MeterAssignment, MeterFactor
from metering.services.ingest import BatchKey, IndexReading, record_readings
from tests.api.client import ApiClient
from tests.api.conftest import Desk
from tests.metering.world import NOW, make_meter, make_register

START = datetime(2025, 3, 10, 10, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


def record(register_id: int, values: list[int], method: str = "gateway") -> None:
    record_readings(
        batch=BatchKey("gateway", f"{register_id} {method} {len(values)}"),
        readings=[IndexReading(register_id, START + n * QUARTER, value) for n, value in enumerate(values)],
        method=method,
        now=NOW,
    )


def get(desk: Desk, path: str, status: int = 200, **query: Any) -> Any:
    asked = {name.rstrip("_"): value for name, value in query.items()}
    answer = desk.client.get(f"/api/v1/{path}/", asked)
    assert answer.status_code == status, answer.content
    return answer.json()


def test_meters_come_with_their_registers_and_are_filtered(desk: Desk) -> None:
    side = desk.cast.lindenhof
    with organization_scope(side.id):
        other = make_meter(side, "M-2", mode="production")
        MeterAssignment.objects.create(
            meter=desk.register.meter,
            billing_point=side.points["flat 1"],
            period=DateRange(date(2025, 1, 1), None),
        )
    rows = get(desk, "meters")["results"]
    assert [(row["number"], len(row["registers"])) for row in rows] == [("M-1", 1), ("M-2", 0)]
    assert (rows[0]["medium"], rows[0]["unit"], rows[0]["registers"][0]["obis"]) == (
        "electricity", "Wh", "1-0:1.8.0",
    )  # fmt: skip

    def found(**query: Any) -> list[str]:
        return [row["number"] for row in get(desk, "meters", **query)["results"]]

    assert found(mode="production") == found(number=other.number) == ["M-2"]
    assert found(billing_point=side.points["flat 1"].pk) == ["M-1"]
    assert found(site=side.site.pk) == ["M-1", "M-2"]
    seeblick = desk.cast.seeblick
    assert found(site=seeblick.site.pk) == found(billing_point=seeblick.points["flat 1"].pk) == []
    detail = get(desk, f"meters/{desk.register.meter_id}")
    assert detail["assignments"][0]["period"] == {"from": "2025-01-01", "to": None}


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("meters", {"site": "abc"}), ("meters", {"site": "1e999999"}), ("meters", {"site": str(10**30)}),
        ("meters", {"mode": "x"}), ("meters", {"number": "\0"}), ("readings", {"from": "2025-03-10"}),
        ("readings", {"to": "0001-01-01T00:00:00+14:00"}), ("invoices", {"account": "\0"}),
        ("invoices", {"issued_from": "x"}), ("intervals", {"register": "x"}), ("totals", {"by": "year"}),
    ],
)  # fmt: skip
def test_a_bad_filter_is_named(desk: Desk, path: str, query: dict[str, str]) -> None:
    answer = desk.client.get(f"/api/v1/{path}/", query)
    assert answer.status_code == 400
    assert set(query) <= {error["field"] for error in answer.json()["errors"]}


def test_foreign_and_absent_are_the_same_404(desk: Desk) -> None:
    window = {"from": "2025-03-10T10:00:00Z", "to": "2025-03-10T11:00:00Z"}
    days = {"from": "2025-03-10", "to": "2025-03-11"}
    pairs = [
        (f"meters/{desk.foreign.meter_id}", "meters/999999", {}),
        ("intervals", "intervals", window),
        ("totals", "totals", days),
    ]
    for foreign_path, absent_path, query in pairs:
        foreign = desk.client.get(f"/api/v1/{foreign_path}/", query | {"register": desk.foreign.pk})
        absent = desk.client.get(f"/api/v1/{absent_path}/", query | {"register": 999_999})
        assert (foreign.status_code, absent.status_code) == (404, 404)
        assert foreign.content == absent.content
    with organization_scope(desk.cast.seeblick.id):
        record(desk.foreign.pk, [1, 2])
    assert get(desk, "readings")["results"] == []
    assert get(desk, "readings", register=desk.foreign.pk)["results"] == []


def test_a_token_of_one_site_reads_no_other(desk: Desk) -> None:
    desk.client = ApiClient(desk.cast.lindenhof, site_ids=[desk.cast.lindenhof.site.pk + 1000])
    assert get(desk, "meters")["results"] == []
    get(desk, f"meters/{desk.register.meter_id}", status=404)
    window = {"from_": "2025-03-10T10:00:00Z", "to": "2025-03-10T11:00:00Z"}
    get(desk, "intervals", status=404, register=desk.register.pk, **window)


def test_a_resident_reads_no_meter_by_rest(desk: Desk) -> None:
    client = Client()
    client.force_login(
        desk.cast.lindenhof.users[Role.RESIDENT], backend="django.contrib.auth.backends.ModelBackend"
    )
    for path in ("meters", "readings", "intervals", "totals"):
        assert client.get(f"/api/v1/{path}/").status_code == 403


# ---------------------------------------------------------------- pages of readings


def test_readings_come_in_stable_pages_forwards_and_back(desk: Desk) -> None:
    with organization_scope(desk.cast.lindenhof.id):
        second = make_register(desk.cast.lindenhof, "M-2")
        for register in (desk.register, second):
            record(register.pk, [10, 20, 30])
            record(register.pk, [10, 20], method="manual")
    whole = get(desk, "readings")["results"]
    assert len(whole) == 10
    assert whole == sorted(whole, key=lambda row: (row["register"], row["at"]))
    pages, answer = [], get(desk, "readings", page_size=3)
    while True:
        pages.append(answer["results"])
        if answer["next"] is None:
            break
        answer = desk.client.get(answer["next"]).json()
    assert [len(page) for page in pages] == [3, 3, 3, 1]
    assert list(chain.from_iterable(pages)) == whole
    assert desk.client.get(answer["previous"]).json()["results"] == pages[2]


def test_readings_are_cut_to_a_window(desk: Desk) -> None:
    with organization_scope(desk.cast.lindenhof.id):
        record(desk.register.pk, [10, 20, 30, 40])
    window = {"from_": "2025-03-10T11:15:00+01:00", "to": "2025-03-10T10:45:00Z"}
    rows = get(desk, "readings", register=desk.register.pk, **window)["results"]
    assert [row["value"] for row in rows] == [20, 30]
    assert get(desk, "readings", meter=desk.register.meter_id, page_size=1)["next"] is not None
    assert get(desk, "readings", site=desk.cast.seeblick.site.pk)["results"] == []


@pytest.mark.parametrize("path", ["sites", "billing-points", "meters", "readings", "invoices"])
@pytest.mark.parametrize(
    "cursor", ["x", "cD1hYmM=", "cD0xMjM0NTY3ODkwMTIzNDU2Nzg5MDEy", "cD1bMSwyLDMsNF0=", "é"]
)
def test_a_made_up_cursor_is_not_found(desk: Desk, path: str, cursor: str) -> None:
    get(desk, path, status=404, cursor=cursor)


def test_a_page_has_a_thousand_rows_at_most(desk: Desk) -> None:
    with organization_scope(desk.cast.lindenhof.id):
        record(desk.register.pk, list(range(1005)))
    assert len(get(desk, "readings", page_size=5000)["results"]) == 1000
    assert len(get(desk, "readings", page_size="nonsense")["results"]) == 100


# ---------------------------------------------------------------- quarter hours and sums


def test_quarter_hours_have_a_quality_and_gaps_are_null(desk: Desk) -> None:
    with organization_scope(desk.cast.lindenhof.id):
        record(desk.register.pk, [100, 103, 110])
        MeterFactor.objects.create(
            meter=desk.register.meter, factor=20, period=DateRange(date(2025, 1, 1), None)
        )
    window = {"from_": "2025-03-10T09:45:00Z", "to": "2025-03-10T10:45:00Z"}
    said = get(desk, "intervals", register=desk.register.pk, **window)
    assert said["values"] == [None, 60, 140, None]
    assert said["quality"] == ["missing", "measured", "measured", "missing"]
    assert (said["unit"], said["step_seconds"], said["from"]) == ("Wh", 900, "2025-03-10T09:45:00Z")


@pytest.mark.parametrize(
    ("start", "end", "field"),
    [
        ("2025-03-10T10:00:00Z", "2025-03-10T10:00:00Z", "to"),
        ("2025-03-10T10:00:00Z", "2025-03-10T09:00:00Z", "to"),
        ("2025-03-10T10:00:00Z", "2025-04-10T11:15:00Z", "to"),
        ("2025-03-10T10:01:00Z", "2025-03-10T11:01:00Z", "from"),
        ("2025-03-10T10:00:00", "2025-03-10T11:00:00Z", "from"),
        ("2025-03-10T10:00:00Z", "2025-03-10T11:00:00.5Z", "to"),
    ],
)
def test_a_window_of_quarter_hours_is_whole_and_short(desk: Desk, start: str, end: str, field: str) -> None:
    answer = desk.client.get("/api/v1/intervals/", {"register": desk.register.pk, "from": start, "to": end})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] in {field, "from"}


def test_the_month_in_which_clocks_change_is_one_window(desk: Desk) -> None:
    window = {"from_": "2025-09-30T22:00:00Z", "to": "2025-10-31T23:00:00Z"}
    assert len(get(desk, "intervals", register=desk.register.pk, **window)["values"]) == 31 * 96 + 4


def test_sums_say_how_complete_they_are(desk: Desk) -> None:
    with organization_scope(desk.cast.lindenhof.id):
        record(desk.register.pk, [100, 103, 110])
    days = get(desk, "totals", register=desk.register.pk, from_="2025-03-10", to="2025-04-01")["results"]
    assert len(days) == 22
    assert days[0] == {"period": "2025-03-10", "total": 10, "slots": 2, "expected": 96, "peak": 7}
    assert days[20] == {"period": "2025-03-30", "total": 0, "slots": 0, "expected": 92, "peak": None}
    months = get(desk, "totals", register=desk.register.pk, from_="2025-02-01", to="2025-04-01", by="month")[
        "results"
    ]
    assert [(m["period"], m["total"], m["slots"], m["expected"]) for m in months] == [
        ("2025-02", 0, 0, 28 * 96), ("2025-03", 10, 2, 31 * 96 - 4),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("start", "end"),
    [("2025-01-01", "2025-01-01"), ("2025-01-01", "2026-06-01"), ("0001-01-01", "0001-01-01"),
     ("9999-12-01", "9999-12-31"), ("2025-01-01", "0001-01-01")],
)  # fmt: skip
def test_a_window_of_sums_has_limits(desk: Desk, start: str, end: str) -> None:
    get(desk, "totals", status=400, register=desk.register.pk, from_=start, to=end)


@pytest.mark.parametrize("path", ["meters", "readings", "totals"])
def test_unchanged_content_is_answered_with_304(desk: Desk, path: str) -> None:
    query = (
        {"register": desk.register.pk, "from": "2025-03-10", "to": "2025-03-11"} if path == "totals" else {}
    )
    address = f"/api/v1/{path}/"
    etag = desk.client.get(address, query).headers["ETag"]
    again = desk.client.get(address, query, headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    with organization_scope(desk.cast.lindenhof.id):
        make_register(desk.cast.lindenhof, "M-9")
        record(desk.register.pk, [100, 103])
    assert desk.client.get(address, query, headers={"If-None-Match": etag}).status_code == 200
