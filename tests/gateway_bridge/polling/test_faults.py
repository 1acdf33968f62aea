# SPDX-License-Identifier: Apache-2.0
"""Devices that misbehave: no wrong value is ever stored, the others are read, and the fault has its name."""

from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType

import pytest

from accounts import clock
from gateway_bridge import selectors
from gateway_bridge.models import DeviceBinding, DeviceHealth, EndpointHealth
from gateway_bridge.polling.backoff import BREAKER_AFTER
from gateway_bridge.profiles import shipped
from tests.gateway_bridge.polling.house import PAIRS, House
from tests.gateway_bridge.worlds import NOON

pytestmark = pytest.mark.services

SLOT = timedelta(minutes=15)


def _quantity(name: str) -> str:
    return "heat_energy" if name.startswith("heat") else "energy_import"


FAULTS = [
    ("silent", {}, {"device_silent"}),
    ("slow", {"seconds": 0.38}, {"device_silent", "bad_frame"}),
    ("late", {"seconds": 0.38}, {"device_silent", "bad_frame"}),
    ("garbage", {}, {"bad_frame"}),
    ("wrong_identity", {}, {"wrong_identity"}),
    ("crc_error", {}, {"bad_frame"}),
    ("short_answer", {}, {"bad_frame"}),
    ("wrong_function", {}, {"bad_frame", "decode_error"}),
    ("wrong_unit", {}, {"bad_frame"}),
]


@pytest.mark.parametrize(("kind", "more", "names"), FAULTS, ids=[fault[0] for fault in FAULTS])
def test_a_faulty_device_stores_nothing_wrong_and_disturbs_nobody(
    house: House, kind: str, more: dict[str, float], names: set[str]
) -> None:
    for faulty, _healthy in PAIRS.values():
        house.fault(faulty, kind, **more)
    house.poll()
    for bus_name, (faulty, healthy) in PAIRS.items():
        assert house.readings(faulty) == []
        assert house.readings(healthy) == [(NOON, house.truth(healthy, _quantity(healthy)))]
        assert house.health(faulty).error_kind in names, bus_name
        assert house.health(faulty).consecutive_errors == 1
        assert house.health(faulty).last_ok_at is None
        assert house.health(healthy).error_kind == ""
        assert house.endpoint_health(bus_name).error_kind == ""


@pytest.mark.parametrize("kind", ["exception", "transaction_zero"])
def test_faults_of_modbus_tcp_have_their_names(house: House, kind: str) -> None:
    house.fault("grid", kind)
    house.poll("tcp")
    wanted = {"exception": {"modbus_exception"}, "transaction_zero": {"bad_frame"}}[kind]
    assert house.readings("grid") == [] and house.health("grid").error_kind in wanted
    assert len(house.readings("grid-02")) == 1


def test_a_value_that_the_device_does_not_vouch_for_is_no_reading(house: House) -> None:
    """Sentinels and invalid digits: the visit succeeds, the register has no value."""
    house.fault("heat-01", "bad_values")
    house.poll("heat")
    assert house.readings("heat-01") == []
    health = house.health("heat-01")
    assert (health.error_kind, health.last_ok_at, health.last_value_at) == ("", NOON, None)


def test_a_device_that_recovers_is_read_again(house: House) -> None:
    house.fault("flat-01", "silent")
    house.poll("rtu")
    house.clear()
    house.set_clock(NOON + SLOT)
    house.poll("rtu")
    assert house.readings("flat-01") == [(NOON + SLOT, house.truth("flat-01"))]
    assert house.health("flat-01").consecutive_errors == 0


def test_a_failed_device_is_tried_again_within_its_slot_when_its_time_has_come(house: House) -> None:
    house.fault("flat-01", "silent", count=1)
    house.poll("rtu")
    assert house.readings("flat-01") == []
    again = house.health("flat-01").next_try_at
    assert again is not None and timedelta(seconds=50) < again - NOON < timedelta(seconds=70)
    assert house.endpoint_health("rtu").next_try_at == again
    assert selectors.behind_endpoint_ids(NOON, again - timedelta(seconds=1)) == [
        house.endpoints["tcp"].pk,
        house.endpoints["heat"].pk,
    ]
    house.set_clock(again)
    assert house.endpoints["rtu"].pk in selectors.behind_endpoint_ids(NOON, clock.now())
    house.poll("rtu")
    assert house.readings("flat-01") == [(again.replace(microsecond=0), house.truth("flat-01"))]
    assert len(house.readings("flat-02")) == 1
    assert house.endpoint_health("rtu").next_try_at is None


def test_a_device_that_waits_is_left_alone_between_slots_and_probed_at_the_next(house: House) -> None:
    house.fault("flat-01", "silent")
    house.poll("rtu")
    asked = house.simulator.control(cmd="stats")["buses"]["rtu"]["flat-01"]["requests"]
    house.poll("rtu")
    assert house.simulator.control(cmd="stats")["buses"]["rtu"]["flat-01"]["requests"] == asked
    house.set_clock(NOON + SLOT)
    house.poll("rtu")
    assert house.simulator.control(cmd="stats")["buses"]["rtu"]["flat-01"]["requests"] > asked
    assert house.health("flat-01").consecutive_errors == 2


def test_nobody_at_the_address_is_the_connections_fault_not_the_devices(house: House) -> None:
    house.simulator.control(cmd="fault", bus="tcp", kind="down")
    house.poll()
    assert house.endpoint_health("tcp").error_kind == "endpoint_down"
    assert house.health("grid").error_kind == "endpoint_down"
    assert house.health("grid").consecutive_errors == 0
    assert len(house.readings("flat-01")) == 1


def test_a_silent_bus_is_told_from_a_silent_device(house: House) -> None:
    for name in PAIRS["rtu"]:
        house.fault(name, "silent")
    house.poll("rtu")
    assert house.endpoint_health("rtu").error_kind == "bus_silent"
    assert house.health("flat-01").error_kind == "bus_silent"


def test_once_a_bus_was_silent_only_one_device_is_asked_until_it_answers(house: House) -> None:
    house.poll("rtu")
    house.simulator.control(cmd="fault", bus="rtu", kind="silent")
    at = NOON
    for _ in range(2):
        at += SLOT
        house.set_clock(at)
        before = house.simulator.control(cmd="stats")["buses"]["rtu"]
        house.poll("rtu")
    after = house.simulator.control(cmd="stats")["buses"]["rtu"]
    assert sum(after[name]["requests"] - before[name]["requests"] for name in PAIRS["rtu"]) == 1
    assert house.endpoint_health("rtu").consecutive_failures == 2
    house.clear()
    house.set_clock(at + SLOT)
    house.poll("rtu")
    assert [len(house.readings(name)) for name in PAIRS["rtu"]] == [2, 2]
    assert house.endpoint_health("rtu").consecutive_failures == 0


def test_after_five_failures_the_breaker_is_open_and_a_success_closes_it(house: House) -> None:
    EndpointHealth.objects.filter(endpoint=house.endpoints["tcp"]).update(consecutive_failures=BREAKER_AFTER)
    (plan,) = selectors.load_plans({house.endpoints["tcp"].pk: 1}, slot=NOON, now=NOON)
    assert plan.breaker_open
    house.poll("tcp")
    assert [len(house.readings(name)) for name in PAIRS["tcp"]] == [1, 1]
    assert house.endpoint_health("tcp").consecutive_failures == 0


# ---------------------------------------------------------------- the late answer


@pytest.fixture
def nameless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Meters without a serial number to ask for: nothing but the settle rule protects them."""
    profiles = {name: replace(profile, identity=None) for name, profile in shipped().items()}
    for module in ("selectors", "services.bind_device", "services.store_cycle"):
        monkeypatch.setattr(f"gateway_bridge.{module}.shipped", lambda: MappingProxyType(profiles))


def _late_then_next(house: House) -> tuple[int, int]:
    """An answer of 12:00 comes too late, 12:15 is polled at once; what is stored, and what is true."""
    house.fault("flat-01", "late", seconds=1.1, count=1)
    house.poll("rtu")
    DeviceHealth.objects.update(consecutive_errors=0)  # the second try is as patient as the first
    house.set_clock(NOON + SLOT)
    house.poll("rtu")
    (_at, stored) = house.readings("flat-01")[-1]
    return stored, house.truth("flat-01")


def _settle(house: House, milliseconds: int) -> None:
    endpoint = house.endpoints["rtu"]
    endpoint.settle_ms, endpoint.answer_ms = milliseconds, 600
    endpoint.save(update_fields=["settle_ms", "answer_ms"])
    # Alone on its bus: the other meter's questions would only take time.
    DeviceBinding.objects.filter(pk=house.bindings["flat-02"].pk).update(is_enabled=False)


def test_a_late_answer_is_nobodys_reading(house: House, nameless: None) -> None:
    _settle(house, 1000)
    stored, truth = _late_then_next(house)
    assert stored == truth


def test_the_known_bad_twin_without_the_settle_rule_stores_a_wrong_value(
    house: House, nameless: None
) -> None:
    _settle(house, 0)
    stored, truth = _late_then_next(house)
    assert stored != truth
