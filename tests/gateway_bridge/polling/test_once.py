# SPDX-License-Identifier: Apache-2.0
"""Workers that race, die or come back late: every value is stored exactly once."""

import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, connections

from accounts.scope import organization_scope
from gateway_bridge.models import Endpoint, RawTelegram
from gateway_bridge.polling.runner import run_cycle
from gateway_bridge.polling.shapes import EndpointOutcome
from gateway_bridge.selectors import load_plans
from gateway_bridge.services import lease
from gateway_bridge.services import poll_shard as polling
from gateway_bridge.services import store_cycle as storing
from tests.gateway_bridge.polling.house import PAIRS, House
from tests.gateway_bridge.worlds import NOON
from tests.jobs.engine import ROOT, Engine, wait_for

pytestmark = pytest.mark.services

SLOT = timedelta(minutes=15)
EACH = 4 * 2 + 2
WORKER = """
import sys, django
django.setup()
from datetime import datetime
from accounts import clock
from gateway_bridge.services.poll_shard import poll_shard
print("polling", flush=True)
poll_shard(organization_id=int(sys.argv[1]), endpoint_ids=[int(n) for n in sys.argv[3:]],
           slot=datetime.fromisoformat(sys.argv[2]), now=clock.now)
"""


def _stored(house: House) -> tuple[int, int]:
    with organization_scope(house.side.id):
        return RawTelegram.objects.count(), house.all_readings()


def _each_device_once(house: House) -> None:
    assert _stored(house) == (6, EACH)
    with organization_scope(house.side.id):
        for bus_name, pair in PAIRS.items():
            for name in pair:
                truth = house.truth(name, "heat_energy" if bus_name == "heat" else "energy_import")
                assert house.readings(name) == [(NOON, truth)]


def test_two_workers_with_the_same_message_store_every_value_once(committed_house: House) -> None:
    house = committed_house
    start = threading.Barrier(2)

    def work() -> None:
        start.wait()
        house.poll()
        connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    _each_device_once(house)
    house.poll()  # and the message is delivered a third time
    _each_device_once(house)


def _environment() -> dict[str, str]:
    engine = Engine()
    engine.stack.close()
    return engine.environment() | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "GATEWAY_LOOPBACK_ALLOWED": "1",
        "ZAEHLWERK_CLOCK_FILE": settings.CLOCK_FILE,
        "REDIS_URL": "redis://127.0.0.1:1/0",
    }


def test_after_a_worker_was_killed_the_next_one_completes_the_slot(committed_house: House) -> None:
    """SIGKILL in the middle of two buses; one of them had been stored, the others had not."""
    house = committed_house
    for name in ("flat-01", "heat-01"):
        house.fault(name, "slow", seconds=4, count=1)
    with organization_scope(house.side.id):
        Endpoint.objects.update(answer_ms=10_000)
    before = _answers(house)
    ids = [str(endpoint.pk) for endpoint in house.endpoints.values()]
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(house.side.id), NOON.isoformat(), *ids],
        cwd=ROOT,
        env=_environment(),
        start_new_session=True,
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_for(lambda: _stored(house) == (2, 4), "the healthy bus is stored", seconds=30)
    finally:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
    assert house.poll().busy == 2, "the dead worker's buses are taken until its leases end"
    with organization_scope(house.side.id):
        _expire()
        Endpoint.objects.update(answer_ms=250)
    # As in a house, the question that the dead worker asked keeps the bus busy for a while.
    wait_for(lambda: _answers(house) == [count + 1 for count in before], "the late answers have passed")
    house.poll()
    _each_device_once(house)


def _answers(house: House) -> list[int]:
    buses = house.simulator.control(cmd="stats")["buses"]
    return [buses["rtu"]["flat-01"]["answers"], buses["heat"]["heat-01"]["answers"]]


def _outcome(house: House, owner: str) -> EndpointOutcome:
    """A cycle over the RTU bus by `owner`, polled but not stored."""
    endpoint_id = house.endpoints["rtu"].pk
    epochs = lease.acquire([endpoint_id], owner=owner)
    plans = load_plans(epochs, slot=NOON, now=NOON)
    (outcome,) = [each for each in run_cycle(plans, seconds=5, now=lambda: NOON, tick=5) if each]
    return outcome


def _store(house: House, outcome: EndpointOutcome, owner: str) -> int:
    return storing.store_cycle(outcome, organization_id=house.side.id, owner=owner, slot=NOON, now=NOON)


def _expire() -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE gateway_bridge_endpoint SET lease_until = clock_timestamp() - interval '1 s'")


def test_an_owner_that_comes_back_late_stores_nothing(house: House) -> None:
    """A worker that was stopped and goes on after another one has taken its bus."""
    outcome = _outcome(house, "stopped")
    _expire()
    assert lease.acquire([house.endpoints["rtu"].pk], owner="next")
    with pytest.raises(lease.LeaseLost):
        _store(house, outcome, "stopped")
    assert (RawTelegram.objects.count(), house.all_readings()) == (0, 0)
    assert house.endpoint_health("rtu").last_slot is None


def test_the_known_bad_twin_without_the_fence_stores_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = _outcome(house, "stopped")
    _expire()
    assert lease.acquire([house.endpoints["rtu"].pk], owner="next")
    monkeypatch.setattr(storing.lease, "hold", lambda *args, **more: None)
    _store(house, outcome, "stopped")
    assert RawTelegram.objects.count() == 2


def test_storing_the_same_cycle_twice_adds_nothing(house: House) -> None:
    outcome = _outcome(house, "one")
    assert _store(house, outcome, "one") == 4
    again = lease.acquire([house.endpoints["rtu"].pk], owner="one")
    retaken = _with_epoch(outcome, again[house.endpoints["rtu"].pk])
    assert _store(house, retaken, "one") == 0
    assert (RawTelegram.objects.count(), house.all_readings()) == (2, 4)


def _with_epoch(outcome: EndpointOutcome, epoch: int) -> EndpointOutcome:
    return replace(outcome, plan=replace(outcome.plan, epoch=epoch))


def test_a_failure_while_storing_leaves_nothing_behind(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Telegram, reading and health are one transaction; the next try repeats all of it."""

    def fail(*args: object, **more: object) -> None:
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(storing.health, "note_endpoint", fail)
        report = house.poll("rtu")
        assert (report.readings, report.lost) == (0, 1)
        assert (RawTelegram.objects.count(), house.all_readings()) == (0, 0)
    house.poll("rtu")
    assert (RawTelegram.objects.count(), house.all_readings()) == (2, 4)


def test_what_was_read_survives_a_database_that_goes_away(
    committed_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection breaks when the cycle is to be stored; it is stored again on a new one."""
    house = committed_house
    hold, broken = storing.lease.hold, []

    def break_once(*args: Any, **more: Any) -> None:
        if not broken:
            broken.append(True)
            other = connections.create_connection("default")
            with other.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
            other.close()
        hold(*args, **more)

    monkeypatch.setattr(polling, "PATIENCE_SECONDS", (0.1, 0.2, 0.4))
    monkeypatch.setattr(storing.lease, "hold", break_once)
    report = house.poll()
    assert (report.polled, report.lost, len(broken)) == (3, 0, 1)
    _each_device_once(house)


def test_leaving_a_cycle_early_cancels_it_and_leaves_no_thread(house: House) -> None:
    house.fault("flat-01", "silent")
    epochs = lease.acquire([house.endpoints["rtu"].pk, house.endpoints["tcp"].pk], owner="one")
    plans = load_plans(epochs, slot=NOON, now=NOON)
    cycle = run_cycle(plans, seconds=30, now=lambda: NOON, tick=1)
    assert next(cycle) is not None
    cycle.close()  # type: ignore[attr-defined]
    assert [thread for thread in threading.enumerate() if thread.name == "polling"] == []
