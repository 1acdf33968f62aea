# SPDX-License-Identifier: Apache-2.0
"""A delivery with anything wrong in it: every place named, nothing taken in, never a crash."""

import json
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.rights import Role
from accounts.scope import organization_scope
from metering.models import MeterEvent, Reading, ReadingBatch
from metering.services import record_readings as services
from sites.models import Site
from tests.api.conftest import Desk
from tests.api.test_push import READINGS, at, body, push
from tests.metering.world import make_meter, make_register

GOOD = {"at": at(0), "value": 1}


def refused(answer: Any) -> dict[str, str]:
    assert answer.status_code == 400, answer.content
    assert answer.headers["Content-Type"] == "application/problem+json"
    return {error["field"]: error["detail"] for error in answer.json()["errors"]}


def nothing_was_written(desk: Desk) -> bool:
    with organization_scope(desk.cast.lindenhof.id):
        return not (Reading.objects.exists() or ReadingBatch.objects.exists() or MeterEvent.objects.exists())


def test_every_bad_place_is_named_and_the_good_rows_wait_too(desk: Desk) -> None:
    delivery = body(desk, *range(10))
    rows = delivery["readings"]
    rows[1]["at"] = "2025-03-10T10:15:00"
    rows[2]["at"] = "yesterday"
    rows[3]["value"] = 1.5
    rows[4] = "nonsense"
    rows[5]["register"] = "five"
    rows[6]["method"] = "gateway"
    rows[7]["value"] = {"value": "12,5", "unit": "kWh"}
    del rows[8]["register"]
    found = refused(push(desk, delivery))
    assert sorted(found) == [
        "readings.1.at", "readings.2.at", "readings.3.value", "readings.4.", "readings.5.register",
        "readings.6.", "readings.7.value", "readings.8.register",
    ]  # fmt: skip
    assert "%2B" in found["readings.1.at"]
    assert nothing_was_written(desk)


def test_what_the_register_cannot_show_is_named(desk: Desk) -> None:
    with organization_scope(desk.cast.lindenhof.id):
        coarse = make_register(desk.cast.lindenhof, "M-2", resolution=3)
    rows = [
        {"register": coarse.pk, "at": at(0), "value": 1500},
        {"register": coarse.pk, "at": at(1), "value": {"value": "2.0", "unit": "kWh"}},
        {"register": coarse.pk, "at": at(2), "value": {"value": "2.5", "unit": "kWh"}},
        {"register": coarse.pk, "at": at(3), "value": {"value": "2", "unit": "m3"}},
    ]
    found = refused(push(desk, {"batch": "x", "readings": rows}))
    assert sorted(found) == ["readings.0.value", "readings.2.value", "readings.3.value"]
    assert "steps of 1000 Wh" in found["readings.0.value"]
    assert nothing_was_written(desk)


def test_a_number_that_several_meters_carry_is_refused_with_the_candidates(desk: Desk) -> None:
    side = desk.cast.lindenhof
    with organization_scope(side.id):
        other = Site.objects.create(
            reference="LIN-2",
            name="Ostweg 3",
            street="Ostweg",
            house_number="3",
            postcode="8000",
            town="Zürich",
        )
        twin = make_register(side, meter=make_meter(side, "M-1", site=other))
        second = make_register(side, meter=twin.meter, obis="1-0:2.8.0", direction="export")
    by_number = {"meter": "M-1"} | GOOD
    found = refused(push(desk, {"batch": "x", "readings": [by_number]}))["readings.0.meter"]
    assert all(str(register.pk) in found for register in (desk.register, twin, second))
    assert "Ostweg 3" in found
    found = refused(push(desk, {"batch": "x", "readings": [by_number | {"obis": "1-0:1.8.0"}]}))
    assert str(second.pk) not in found["readings.0.meter"].replace(str(other.pk), "")
    found = refused(push(desk, {"batch": "x", "readings": [by_number | {"obis": "9.9"}]}))
    assert "1-0:2.8.0" in found["readings.0.obis"]
    clear = by_number | {"site": other.pk, "obis": "1-0:1.8.0"}
    assert push(desk, {"batch": "x", "readings": [clear]}).json()["written"] == 1


def test_one_instant_with_two_values_is_refused(desk: Desk) -> None:
    row = {"register": desk.register.pk} | GOOD
    same_instant = datetime.fromisoformat(at(0)).astimezone(UTC).isoformat().replace("+00:00", "Z")
    found = refused(push(desk, {"batch": "x", "readings": [row, row | {"at": same_instant, "value": 2}]}))
    assert found == {"readings.1.value": "Reading 0 has another value of the same register and instant."}
    assert nothing_was_written(desk)


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"nonsense", b"[]", b'"x"', b"null", b"NaN", b'{"batch": NaN}',
        b"\xff\xfe\x00", b"1" * 5000,
        b"[" * 100_000, b'{"batch": "x", "readings": {}}', b'{"batch": "x", "readings": []}',
        b'{"batch": "\\u0000", "readings": [1]}', b'{"batch": "\\ud800", "readings": [1]}',
        b'{"batch": 5, "readings": [1]}', b'{"batch": "x", "readings": [1], "method": "gateway"}',
        b'{"batch": "x", "readings": [{"\\ud800": 1}]}',
    ],
)  # fmt: skip
def test_what_is_not_a_delivery_is_refused_in_words(desk: Desk, content: bytes) -> None:
    refused(desk.client.post(READINGS, content, content_type="application/json"))
    assert nothing_was_written(desk)


@pytest.mark.parametrize("charset", ["utf-16", "rot13", "zlib", "base64", "nonsense"])
def test_the_body_is_utf_8_whatever_its_header_says(desk: Desk, charset: str) -> None:
    answer = desk.client.generic(
        "POST",
        READINGS,
        json.dumps(body(desk, 5)).encode(),
        content_type=f"application/json; charset={charset}",
    )
    assert answer.status_code == 200


def test_other_content_and_other_methods_are_refused(desk: Desk) -> None:
    assert desk.client.post(READINGS, {"batch": "x"}).status_code == 415
    for method in ("put", "patch", "delete"):
        answer = getattr(desk.client, method)(READINGS, body(desk, 5), content_type="application/json")
        assert answer.status_code in {403, 405}
    assert desk.client.options(READINGS).status_code in {200, 403}


def test_what_breaks_half_way_leaves_nothing_behind(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_given: Any) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(services, "derive_slots", broken)
    desk.client.raise_request_exception = False
    answer = push(desk, body(desk, 5, 6), **{"Idempotency-Key": "half"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (500, "application/problem+json")
    assert b"disk" not in answer.content
    assert nothing_was_written(desk)
    monkeypatch.undo()
    assert push(desk, body(desk, 5, 6), **{"Idempotency-Key": "half"}).json()["written"] == 2


def test_a_session_pushes_only_with_its_proof_against_forgery(desk: Desk) -> None:
    side = desk.cast.lindenhof
    for strict, status in ((True, 403), (False, 200)):
        client = Client(enforce_csrf_checks=strict)
        client.force_login(side.users[Role.COORDINATOR], backend="django.contrib.auth.backends.ModelBackend")
        answer = client.post(READINGS, body(desk, 5), content_type="application/json")
        assert answer.status_code == status, answer.content


# ---------------------------------------------------------------- anything at all

instants = st.one_of(
    st.datetimes(datetime(2024, 12, 1), datetime(2025, 2, 1)).map(lambda d: f"{d.isoformat()}Z"),
    st.datetimes(timezones=st.timezones()).map(lambda d: d.isoformat()),
    st.text(max_size=30),
)  # fmt: skip
numbers = st.one_of(
    st.integers(),
    st.integers(0, 10_000),
    st.integers(-(10**16), 10**16),
    st.floats(allow_nan=False),
    st.none(),
)
values = st.one_of(
    numbers,
    st.fixed_dictionaries(
        {
            "value": st.one_of(st.decimals(allow_nan=True).map(str), st.text(max_size=8), numbers),
            "unit": st.one_of(st.sampled_from(["Wh", "kWh", "MWh", "m3", "l", "ml"]), st.text(max_size=4)),
        }
    ),
)
anything = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, st.text(max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)


def deliveries(register_id: int) -> st.SearchStrategy[Any]:
    row = st.fixed_dictionaries(
        {"at": instants, "value": values},
        optional={
            "register": st.one_of(st.just(register_id), numbers),
            "meter": st.one_of(st.just("M-1"), st.text(max_size=5)),
            "site": numbers,
            "obis": st.one_of(st.just("1-0:1.8.0"), st.text(max_size=5)),
        },
    )
    good = st.fixed_dictionaries(
        {"register": st.just(register_id), "at": instants.filter(lambda t: t.endswith("Z")),
         "value": st.integers(-(10**15), 10**15)}
    )  # fmt: skip
    rows = st.one_of(
        st.lists(good, min_size=1, max_size=6), st.lists(st.one_of(row, good, anything), max_size=6)
    )
    whole = st.fixed_dictionaries({"batch": st.one_of(st.just("x"), st.text(max_size=5)), "readings": rows})
    return st.one_of(whole, anything)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_delivery_whatever_it_says_breaks_the_api(desk: Desk, data: st.DataObject) -> None:
    content = data.draw(deliveries(desk.register.pk))
    answer = desk.client.post(READINGS, json.dumps(content), content_type="application/json")
    assert answer.status_code in {200, 400, 409}, (content, answer.content)
    if answer.status_code != 200:
        assert answer.json()["errors"]


queries = st.dictionaries(
    st.sampled_from(
        ["register", "meter", "site", "from", "to", "by", "cursor", "page_size", "mode", "number", "account",
         "issued_from", "state", "kind", "billing_point", "building", "is_activated", "format"]
    ),
    st.one_of(
        st.text(max_size=12), st.integers().map(str), st.floats().map(str), instants, st.dates().map(str),
        st.binary(max_size=20).map(lambda raw: b64encode(b"p=" + raw).decode()),
    ),
    max_size=4,
)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    path=st.sampled_from(
        ["sites", "billing-points", "meters", "readings", "intervals", "totals", "invoices"]
    ),
    query=queries,
    known=st.booleans(),
)
def test_no_question_whatever_it_asks_breaks_the_api(
    desk: Desk, path: str, query: dict[str, str], known: bool
) -> None:
    asked = {name: value.encode("utf-8", "replace").decode() for name, value in query.items()}
    if known:
        asked["register"] = str(desk.register.pk)
    answer = desk.client.get(f"/api/v1/{path}/", asked)
    assert answer.status_code in {200, 400, 404}, (path, asked, answer.content)
