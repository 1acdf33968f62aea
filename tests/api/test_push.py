# SPDX-License-Identifier: Apache-2.0
"""Readings come in by the API: taken in whole and once, and seen again in quarter hours and sums."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import override_settings

from accounts.api.throttling import TokenThrottle
from accounts.rights import Role
from accounts.scope import organization_scope
from metering.models import MeterEvent, Reading, ReadingBatch
from metering.services.take_back import take_back
from tests.api.client import ApiClient
from tests.api.conftest import Desk
from tests.metering.world import make_register

READINGS = "/api/v1/readings/"
START = datetime(2025, 3, 10, 10, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


def at(quarters: int) -> str:
    return (START + quarters * QUARTER).isoformat()


def body(desk: Desk, *values: int, batch: str = "telegram 1") -> dict[str, Any]:
    rows = [{"register": desk.register.pk, "at": at(n), "value": value} for n, value in enumerate(values)]
    return {"batch": batch, "readings": rows}


def push(desk: Desk, content: Any, **headers: str) -> Any:
    return desk.client.post(READINGS, content, content_type="application/json", headers=headers)


def slots(desk: Desk, quarters: int) -> list[int | None]:
    window = {"register": desk.register.pk, "from": at(0), "to": at(quarters)}
    answer = desk.client.get("/api/v1/intervals/", window)
    assert answer.status_code == 200, answer.content
    values: list[int | None] = answer.json()["values"]
    return values


def figures(answer: Any) -> tuple[int, int, int, int]:
    assert answer.status_code == 200, answer.content
    said = answer.json()
    return said["written"], said["unchanged"], said["corrected"], said["quarantined"]


def test_pushed_readings_become_the_energy_between_them(desk: Desk) -> None:
    assert figures(push(desk, body(desk, 1000, 1007, 1019, 1020))) == (4, 0, 0, 0)
    assert slots(desk, 4) == [7, 12, 1, None]
    totals = desk.client.get(
        "/api/v1/totals/", {"register": desk.register.pk, "from": "2025-03-10", "to": "2025-03-11"}
    )
    assert totals.json()["results"] == [
        {"period": "2025-03-10", "total": 1020 - 1000, "slots": 3, "expected": 96, "peak": 12}
    ]
    with organization_scope(desk.cast.lindenhof.id):
        batch = ReadingBatch.objects.get()
    assert (batch.kind, batch.key, batch.created_by_id) == (
        "api",
        "telegram 1",
        desk.client.token.created_by_id,
    )


def test_the_same_delivery_again_changes_nothing(desk: Desk) -> None:
    push(desk, body(desk, 1000, 1007))
    assert figures(push(desk, body(desk, 1000, 1007))) == (0, 2, 0, 0)
    with organization_scope(desk.cast.lindenhof.id):
        assert Reading.objects.count() == 2


def test_a_late_and_a_corrected_value_are_carried_through(desk: Desk) -> None:
    late = body(desk, 1000, 1007, 1019)
    middle = late["readings"].pop(1)
    push(desk, late)
    assert slots(desk, 2) == [9, 10]  # between near readings, until the one between them comes
    assert figures(push(desk, {"batch": "late", "readings": [middle]})) == (1, 0, 0, 0)
    assert slots(desk, 2) == [7, 12]
    assert figures(push(desk, {"batch": "right", "readings": [middle | {"value": 1009}]})) == (0, 0, 1, 0)
    assert slots(desk, 2) == [9, 10]
    assert figures(push(desk, {"batch": "far", "readings": [middle | {"at": at(20), "value": 1300}]}))[0] == 1
    assert slots(desk, 4) == [9, 10, None, None]


def test_a_decimal_with_its_unit_is_taken_exactly(desk: Desk) -> None:
    rows = body(desk, 0, 0)
    rows["readings"][0]["value"] = {"value": "1234.567", "unit": "kWh"}
    rows["readings"][1]["value"] = {"value": "1.234568", "unit": "MWh"}
    assert figures(push(desk, rows)) == (2, 0, 0, 0)
    assert slots(desk, 1) == [1]
    results = desk.client.get(READINGS).json()["results"]
    assert [(row["value"], row["unit"]) for row in results] == [(1_234_567, "Wh"), (1_234_568, "Wh")]


def test_a_meter_is_found_by_the_number_printed_on_it(desk: Desk) -> None:
    row = {"meter": "M-1", "site": desk.cast.lindenhof.site.pk, "obis": "1-0:1.8.0", "at": at(0), "value": 5}
    assert figures(push(desk, {"batch": "by number", "readings": [row]})) == (1, 0, 0, 0)
    short = {"meter": "M-1", "at": at(0), "value": 5}
    assert figures(push(desk, {"batch": "short", "readings": [short]})) == (0, 1, 0, 0)


def test_what_cannot_be_is_set_aside_and_named(desk: Desk) -> None:
    answer = push(desk, body(desk, 1000, -4, 1_000_000_000, 1007))
    assert figures(answer) == (2, 0, 0, 2)
    assert answer.json()["set_aside"] == [
        {"reading": 1, "reason": "negative"},
        {"reading": 2, "reason": "beyond the digits"},
    ]
    with organization_scope(desk.cast.lindenhof.id):
        assert MeterEvent.objects.filter(kind="quarantine").count() == 2


def test_a_batch_that_was_taken_back_takes_no_more(desk: Desk) -> None:
    push(desk, body(desk, 1000, 1007))
    with organization_scope(desk.cast.lindenhof.id):
        take_back(batch_id=ReadingBatch.objects.get().pk, now=datetime.now(UTC))
    again = push(desk, body(desk, 1000, 1007))
    assert (again.status_code, again.json()["errors"][0]["code"]) == (409, "batch_taken_back")
    assert figures(push(desk, body(desk, 1000, 1007, batch="second try"))) == (2, 0, 0, 0)
    assert slots(desk, 1) == [7]


# ---------------------------------------------------------------- once


def test_a_repeated_key_gets_the_first_answer_and_acts_once(desk: Desk) -> None:
    key = {"Idempotency-Key": "a1"}
    first = push(desk, body(desk, 1000, 1007), **key)
    second = push(desk, body(desk, 1000, 1007), **key)
    assert second.json() == first.json()
    assert (first.headers.get("Idempotent-Replayed"), second.headers["Idempotent-Replayed"]) == (None, "true")
    other = push(desk, body(desk, 1000, 1008), **key)
    assert (other.status_code, other.json()["errors"][0]["code"]) == (422, "idempotency_key_reused")
    assert other.headers["Content-Type"] == "application/problem+json"


def test_a_refused_request_leaves_its_key_free(desk: Desk) -> None:
    key = {"Idempotency-Key": "a2"}
    assert push(desk, {"batch": "x", "readings": []}, **key).status_code == 400
    assert figures(push(desk, body(desk, 1000), **key)) == (1, 0, 0, 0)


# ---------------------------------------------------------------- who may


def test_a_token_that_only_reads_cannot_push(desk: Desk) -> None:
    desk.client = ApiClient(desk.cast.lindenhof, read_only=True)
    answer = push(desk, body(desk, 1000))
    assert (answer.status_code, answer.json()["title"]) == (403, "Not allowed")
    assert desk.client.get(READINGS).status_code == 200


@pytest.mark.parametrize(
    ("role", "status"),
    [(Role.COORDINATOR, 200), (Role.ADMINISTRATOR, 200), (Role.ACCOUNTANT, 403), (Role.SUPPORT, 403)],
)
def test_pushing_is_a_right_of_its_own(desk: Desk, role: Role, status: int) -> None:
    desk.client = ApiClient(desk.cast.lindenhof, role=role)
    assert push(desk, body(desk, 1000)).status_code == status


def test_a_foreign_register_is_refused_like_an_unknown_one(desk: Desk) -> None:
    details = []
    for register_id in (desk.foreign.pk, 999_999):
        answer = push(desk, {"batch": "x", "readings": [{"register": register_id, "at": at(0), "value": 1}]})
        assert answer.status_code == 400
        details.append(answer.json()["errors"])
    assert details[0] == details[1]
    assert details[0][0]["field"] == "readings.0.register"
    foreign = push(desk, {"batch": "x", "readings": [{"meter": "M-77", "at": at(0), "value": 1}]})
    assert foreign.json()["errors"][0]["detail"] == "There is no such meter here."


def test_a_token_of_one_site_writes_to_no_other(desk: Desk) -> None:
    desk.client = ApiClient(desk.cast.lindenhof, site_ids=[desk.cast.lindenhof.site.pk + 1000])
    answer = push(desk, body(desk, 1000))
    assert answer.json()["errors"][0]["detail"] == "There is no such register here."
    desk.client = ApiClient(desk.cast.lindenhof, site_ids=[desk.cast.lindenhof.site.pk])
    assert figures(push(desk, body(desk, 1000))) == (1, 0, 0, 0)


# ---------------------------------------------------------------- how much


def test_too_many_calls_are_slowed_down_and_refused_ones_count(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TokenThrottle, "THROTTLE_RATES", {"token": "3/min"})
    cache.clear()
    answers = [push(desk, {"nonsense": 1}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [400, 400, 400, 429]
    assert answers[-1].headers["Content-Type"] == "application/problem+json"
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60
    assert answers[-1].json()["title"] == "Too many requests"
    assert ApiClient(desk.cast.lindenhof).get(READINGS).status_code == 200


def test_a_body_beyond_the_limit_is_refused_in_the_same_shape(desk: Desk) -> None:
    with override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=100):
        answer = push(desk, body(desk, *range(50)))
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (413, "too_large")


def test_ten_thousand_readings_go_in_one_call(desk: Desk) -> None:
    with organization_scope(desk.cast.lindenhof.id):
        registers = [make_register(desk.cast.lindenhof, f"N-{n}") for n in range(100)]
    rows = [
        {"register": register.pk, "at": at(n), "value": 1000 + n}
        for register in registers
        for n in range(100)
    ]
    assert figures(push(desk, {"batch": "much", "readings": rows})) == (10_000, 0, 0, 0)
    beyond = push(desk, {"batch": "more", "readings": [*rows, rows[0]]})
    assert (beyond.status_code, beyond.json()["errors"][0]["field"]) == (400, "readings")
