# SPDX-License-Identifier: Apache-2.0
"""What simulated meters show, and that the world file is checked."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

import gateway_bridge.simulator
from gateway_bridge.simulator.clock import ClockFile, write_clock
from gateway_bridge.simulator.errors import UnableToSimulate
from gateway_bridge.simulator.meter import Meter
from gateway_bridge.simulator.series import SeriesStore, load_series
from gateway_bridge.simulator.serve import Simulator
from gateway_bridge.simulator.world import load_world
from tests.gateway_bridge.worlds import FLAT, HEAT_METER, NOON, SDM, START, bus, make_world

STORE = SeriesStore(
    {"flat": np.array([1000, 1003, 1003, 1010], dtype=np.int64)}, start=START, step=timedelta(minutes=15)
)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (-1, 1000),
        (0, 1000),
        (299, 1000),
        (300, 1001),
        (899.999999, 1002),
        (900, 1003),
        (1799, 1003),
        (1800, 1003),
        (2250, 1006),
        (2700, 1010),
        (9999, 1010),
    ],
)
def test_a_counter_is_exact_on_boundaries_and_rounds_down_in_between(seconds, shown):
    assert STORE.index("flat", START + timedelta(seconds=seconds)) == shown


def test_power_follows_the_slope():
    assert STORE.per_hour("flat", START) == 12
    assert STORE.per_hour("flat", START + timedelta(hours=5)) == 0


def meter(folder, **quantities):
    world = load_world(make_world(folder, bus("modbus-tcp", SDM | {"quantities": quantities})))
    return Meter(world.buses[0].devices[0], world.series)


def shown(meter, name, at=NOON):
    return meter.value(meter.spec.profile.quantity(name), at)


def test_a_counter_may_start_elsewhere_and_roll_over(tmp_path):
    rolling = meter(tmp_path, energy_import={"series": "flat", "offset": 500, "modulo": 1_000_000})

    assert shown(rolling, "energy_import") == (int(FLAT[48]) + 500) % 1_000_000


def test_quantities_that_are_not_named_go_with_those_that_are(tmp_path):
    both = meter(tmp_path, energy_import="flat", energy_export=40)

    assert shown(both, "energy_total") == int(FLAT[48]) + 40
    assert shown(both, "energy_import_l1") == int(FLAT[48]) // 3
    assert shown(both, "power") == 137 * 4
    assert 225 < shown(both, "voltage_l1") < 235
    assert shown(both, "voltage_l1") == shown(both, "voltage_l1")


def test_the_clock_file_is_read_again_when_it_changes(tmp_path):
    clock = ClockFile(tmp_path / "clock.json")
    write_clock(tmp_path / "clock.json", base=NOON, factor=0)
    assert clock.now() == NOON

    write_clock(tmp_path / "clock.json", base=NOON + timedelta(minutes=15), factor=0)
    assert clock.now() == NOON + timedelta(minutes=15)

    write_clock(tmp_path / "clock.json", base=NOON, factor=3600)
    assert clock.now() > NOON


def test_without_a_clock_file_time_is_real():
    assert abs(ClockFile(None).now() - datetime.now(UTC)) < timedelta(seconds=5)


@pytest.mark.parametrize(
    "text", ["", "[]", '{"base": "2026-11-21T10:00:00", "at": 0, "factor": 1}', '{"base": 5}']
)
def test_a_broken_clock_file_is_named(tmp_path, text):
    (tmp_path / "clock.json").write_text(text)
    with pytest.raises(UnableToSimulate, match=r"clock file clock\.json"):
        ClockFile(tmp_path / "clock.json").now()


def test_series_must_be_vectors_of_int64(tmp_path):
    np.savez(tmp_path / "bad.npz", x=np.array([1.5]))
    (tmp_path / "none.npz").write_bytes(b"no archive")

    for name in ("bad.npz", "none.npz", "absent.npz"):
        with pytest.raises(UnableToSimulate, match="series file"):
            load_series(tmp_path / name, start=START, step=timedelta(minutes=15))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"unit": 0}, "world.buses[0].devices[0].unit: must be 1 to 247"),
        ({"unit": "1"}, "unit: '1' is of the wrong kind"),
        ({"profile": "nothing"}, "profile: 'nothing' is none of"),
        ({"profile": "heat-meter"}, "is not spoken on this bus"),
        ({"profile": "absent.yaml"}, "absent.yaml: cannot be read"),
        ({"quantities": {"energy": 5}}, "has no such quantity"),
        ({"quantities": {"energy_import": "flut"}}, "no 'flut'"),
        ({"quantities": {"energy_import": True}}, "wrong kind"),
        ({"colour": "red"}, "colour: unknown key"),
        ({"faults": [{"kind": "sad"}]}, "kind must be one of"),
        ({"faults": [{"kind": "slow", "speed": 1}]}, "unknown key 'speed'"),
        ({"faults": [{"kind": "slow", "seconds": "x"}]}, "could not convert"),
    ],
)
def test_a_mistake_in_a_device_is_named_with_its_place(tmp_path, change, reason):
    with pytest.raises(UnableToSimulate) as refused:
        load_world(make_world(tmp_path, bus("modbus-tcp", SDM | change)))

    assert reason in str(refused.value)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"serial": "123456789"}, "serial"),
        ({"primary": 251}, "primary"),
        ({"manufacturer": "Kam"}, "manufacturer"),
    ],
)
def test_a_mistake_in_an_mbus_device_is_named(tmp_path, change, reason):
    with pytest.raises(UnableToSimulate, match=reason):
        load_world(make_world(tmp_path, bus("mbus-tcp", HEAT_METER | change)))


def test_names_are_unique_and_transports_known(tmp_path):
    for buses, reason in (
        ([bus("modbus-tcp", SDM, SDM)], "two devices"),
        ([bus("modbus-tcp"), bus("modbus-tcp")], "two buses"),
        ([bus("can-bus")], "'can-bus' is none of"),
    ):
        with pytest.raises(UnableToSimulate, match=reason):
            load_world(make_world(tmp_path, *buses))


@pytest.mark.parametrize("text", ["", "[]", '{"version": 2}', '{"version": 1}', '{"version": 1, "buses": 5}'])
def test_a_file_that_is_no_world_is_refused(tmp_path, text):
    (tmp_path / "world.json").write_text(text)
    with pytest.raises(UnableToSimulate, match="world"):
        load_world(tmp_path / "world.json")


def test_only_loopback_addresses_are_bound(tmp_path):
    world = load_world(make_world(tmp_path, bus("modbus-tcp", SDM, host="0.0.0.0")))

    with pytest.raises(UnableToSimulate, match="not a loopback address"):
        Simulator(world)
    Simulator(world, allow_public=True)


def test_the_example_in_the_read_me_is_a_world(tmp_path):
    page = Path(gateway_bridge.simulator.__file__).with_name("README.md").read_text(encoding="utf-8")
    example = page.split("```json\n")[1].split("```")[0]
    names = ("flat01", "pv_in", "pv_out", "grid_in", "grid_out", "heat01", "heat01_volume")
    np.savez(tmp_path / "series.npz", **{name: np.arange(4, dtype=np.int64) for name in names})
    write_clock(tmp_path / "clock.json", base=START, factor=0)
    (tmp_path / "world.json").write_text(example)

    world = load_world(tmp_path / "world.json")

    assert json.loads(example)["version"] == 1
    assert [spec.name for spec in world.buses] == ["west", "grid", "heat"]
