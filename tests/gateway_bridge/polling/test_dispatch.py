# SPDX-License-Identifier: Apache-2.0
"""Who is sent out when: slots, classes, repairs, and a real worker at a real broker."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import kombu.pools
import pytest
from celery import current_app
from django.conf import settings
from kombu.exceptions import OperationalError

from accounts.scope import organization_scope
from gateway_bridge import tasks
from gateway_bridge.models import EndpointHealth, Gateway
from gateway_bridge.polling.slots import is_due, slot_of
from gateway_bridge.selectors import behind_endpoint_ids, due_endpoint_ids
from gateway_bridge.services import dispatch
from tests.gateway_bridge.polling.house import House
from tests.gateway_bridge.worlds import NOON
from tests.jobs.engine import Engine, wait_for

SLOT = timedelta(minutes=15)
ZURICH = ZoneInfo("Europe/Zurich")

Sent = list[tuple[int, list[int], str]]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """What went to the broker."""
    messages: Sent = []

    def keep(task: str, *, args: list[Any], queue: str, expires: float, retry: bool) -> None:
        assert (task, queue, retry) == ("gateway_bridge.tasks.poll_shard", "poll", False)
        messages.append((args[0], args[1], args[2]))

    monkeypatch.setattr(current_app, "send_task", keep)
    return messages


@pytest.mark.parametrize(
    ("polling_class", "instant", "due"),
    [
        ("quarter", "2026-07-01T10:15+00:00", True),
        ("hour", "2026-07-01T10:15+00:00", False),
        ("hour", "2026-07-01T10:00+00:00", True),
        ("day", "2026-07-01T00:00+00:00", False),
        ("day", "2026-06-30T22:00+00:00", True),  # midnight of the site in summer
        ("day", "2026-12-31T23:00+00:00", True),  # and in winter
    ],
)
def test_hours_and_midnight_are_the_sites(polling_class: str, instant: str, due: bool) -> None:
    assert is_due(polling_class, datetime.fromisoformat(instant), ZURICH) is due


def test_a_slot_begins_at_its_quarter_hour() -> None:
    assert slot_of(datetime(2026, 3, 1, 10, 0, tzinfo=UTC)).minute == 0
    assert slot_of(datetime(2026, 3, 1, 10, 59, 59, tzinfo=UTC)).minute == 45


def test_a_slot_goes_out_in_shards_after_the_commit(
    house: House, sent: Sent, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    monkeypatch.setattr(dispatch, "SHARD", 2)
    with django_capture_on_commit_callbacks(execute=True):
        assert dispatch.dispatch_slot(NOON) == 3
        assert sent == []
    assert [(organization, len(ids)) for organization, ids, _slot in sent] == [
        (house.side.id, 2),
        (house.side.id, 1),
    ]
    assert {slot for _organization, _ids, slot in sent} == {NOON.isoformat()}


def test_a_broker_out_of_reach_is_no_reason_to_fail(
    house: House, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    def refuse(*args: object, **more: object) -> None:
        raise OperationalError("no broker")

    monkeypatch.setattr(current_app, "send_task", refuse)
    with django_capture_on_commit_callbacks(execute=True):
        assert dispatch.dispatch_slot(NOON) == 3
    assert len(behind_endpoint_ids(NOON, NOON + timedelta(minutes=1))) == 3


def test_paused_and_empty_gateways_are_not_sent_out(house: House) -> None:
    Gateway.objects.filter(pk=house.endpoints["tcp"].gateway_id).update(is_paused=True)
    house.bindings["heat-01"].endpoint.bindings.update(is_enabled=False)
    assert due_endpoint_ids(NOON) == [house.endpoints["rtu"].pk]


def test_what_was_lost_is_behind_and_sent_again_until_it_is_stored(
    house: House, sent: Sent, django_capture_on_commit_callbacks: Any
) -> None:
    """The message, the worker or its result: what is missing is the stored cycle, whatever the cause."""
    with django_capture_on_commit_callbacks(execute=True):
        tasks.retry(NOON + timedelta(minutes=1))
    assert len(sent[0][1]) == 3
    EndpointHealth.objects.update(last_slot=NOON)
    sent.clear()
    with django_capture_on_commit_callbacks(execute=True):
        tasks.retry(NOON + timedelta(minutes=2))
        tasks.retry(NOON)  # the slot's own minute: all is on its way
    assert sent == []


def test_housekeeping_is_sent_once_an_hour_and_does_both_things(
    house: House, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    sent: list[tuple[str, list[int]]] = []
    monkeypatch.setattr(current_app, "send_task", lambda task, *, args, **more: sent.append((task, args)))
    with django_capture_on_commit_callbacks(execute=True):
        tasks.keep_house_hourly(NOON)
    assert sent == [("gateway_bridge.tasks.keep_house", [house.side.id])]
    done: list[str] = []
    monkeypatch.setattr(tasks, "drain_undecoded", lambda *, now: done.append("drained"))
    monkeypatch.setattr(tasks, "forget_old_telegrams", lambda: done.append("forgotten"))
    tasks.keep_house(house.side.id)
    assert done == ["drained", "forgotten"]


@pytest.fixture
def engine(committed_house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.setenv("GATEWAY_LOOPBACK_ALLOWED", "1")
    monkeypatch.setenv("ZAEHLWERK_CLOCK_FILE", settings.CLOCK_FILE)
    with Engine() as running:
        url = running.redis_url.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")
        monkeypatch.setattr(current_app.conf, "broker_url", url)
        _forget_connections()
        yield running
    _forget_connections()


def _forget_connections() -> None:
    kombu.pools.reset()
    current_app._pool = None
    current_app.amqp._producer_pool = None


@pytest.mark.services
def test_a_real_worker_polls_two_accelerated_quarter_hours(committed_house: House, engine: Engine) -> None:
    house = committed_house
    engine.start_worker("poll")
    for step in (0, 1):
        slot = NOON + step * SLOT
        house.set_clock(slot)
        with organization_scope(house.side.id):
            dispatch.dispatch_slot(slot)
            # Delivered twice, as a broker may.
            dispatch.dispatch_slot(slot)
        wait_for(lambda: _slots(house) == step + 1, "the slot is stored", seconds=30)  # noqa: B023
    with organization_scope(house.side.id):
        assert house.readings("flat-01")[-1] == (NOON + SLOT, house.truth("flat-01"))
        assert house.all_readings() == 2 * (4 * 2 + 2)


def _slots(house: House) -> int:
    with organization_scope(house.side.id):
        return min(len(house.readings(name)) for name in house.bindings)
