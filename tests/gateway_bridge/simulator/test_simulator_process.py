# SPDX-License-Identifier: Apache-2.0
"""The simulator as a command: starts, says so, obeys, stops; an independent client reads it."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import warnings
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gateway_bridge.drivers.errors import DeviceSilent, EndpointDown
from gateway_bridge.drivers.mbus_driver import MBusDriver
from gateway_bridge.drivers.mbus_link import MBusTcpLink
from gateway_bridge.drivers.modbus_driver import ModbusDriver
from gateway_bridge.drivers.modbus_link import ModbusTcpLink, RtuOverTcpLink
from gateway_bridge.drivers.samples import Device
from gateway_bridge.profiles import shipped
from gateway_bridge.simulator.clock import write_clock
from gateway_bridge.simulator.errors import UnableToSimulate
from gateway_bridge.simulator.process import SimulatorProcess
from tests.gateway_bridge.wire import TIMING, dial, now, outcome, run
from tests.gateway_bridge.worlds import FLAT, HEAT, HEAT_METER, IEM, NOON, SDM, bus, make_world

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from pymodbus import FramerType
    from pymodbus.client import AsyncModbusTcpClient

pytestmark = pytest.mark.services
ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    folder = tmp_path_factory.mktemp("world")
    path = make_world(
        folder,
        bus("modbus-rtu-tcp", SDM, name="west"),
        bus("modbus-tcp", IEM, name="grid"),
        bus("mbus-tcp", HEAT_METER, name="heat"),
    )
    with SimulatorProcess(path) as process:
        process.folder = folder
        yield process


@pytest.fixture(autouse=True)
def everything_works(house):
    house.control(cmd="clear")
    write_clock(house.folder / "clock.json", base=NOON, factor=0)


def read(house, where):
    """One visit to the device of a bus."""
    device, profile, link_class, driver_class = {
        "west": (Device("flat-01", "22010001", unit=1), "eastron-sdm630", RtuOverTcpLink, ModbusDriver),
        "grid": (Device("grid", "70012345", unit=1), "schneider-iem3155", ModbusTcpLink, ModbusDriver),
        "heat": (Device("heat-01", "12345678", primary=1), "heat-meter", MBusTcpLink, MBusDriver),
    }[where]

    async def scenario():
        link = link_class(dial(house.ports[where]), timing=replace(TIMING, answer=0.5))
        driver = driver_class(link, now=now)
        found = await outcome(driver.read(device, driver.plan(shipped()[profile])))
        link._drop()
        return found

    return run(scenario())


def test_all_buses_show_their_series_at_the_simulated_now(house):
    assert read(house, "west").sample("energy_import").value == FLAT[48]
    assert read(house, "grid").sample("energy_import").value == FLAT[48]
    assert read(house, "heat").sample("heat_energy").value == HEAT[48]


def test_stepping_the_clock_steps_the_counters(house):
    for step in (1, 2, 3):
        write_clock(house.folder / "clock.json", base=NOON + step * timedelta(minutes=15), factor=0)
        assert read(house, "west").sample("energy_import").value == FLAT[48 + step]


def test_the_control_port_tells_time_value_and_numbers(house):
    read(house, "west")

    assert house.control(cmd="now") == {"now": "2026-11-19T12:00:00Z"}
    value = house.control(cmd="value", bus="west", device="flat-01", quantity="energy_import")
    assert value == {"value": str(FLAT[48]), "unit": "Wh"}
    assert house.control(cmd="stats")["buses"]["west"]["flat-01"]["requests"] >= 2


def test_a_fault_comes_and_goes(house):
    house.control(cmd="fault", bus="west", device="flat-01", kind="silent", count=1)
    assert isinstance(read(house, "west"), DeviceSilent)
    assert read(house, "west").sample("energy_import").value == FLAT[48]

    house.control(cmd="fault", bus="grid", kind="down")
    assert isinstance(read(house, "grid"), EndpointDown)
    house.control(cmd="clear", bus="grid")
    assert read(house, "grid").sample("energy_import").value == FLAT[48]


def test_a_fault_ends_after_its_time(house):
    house.control(cmd="fault", bus="grid", kind="silent", for_seconds=0.1)
    asyncio.run(asyncio.sleep(0.15))

    assert read(house, "grid").sample("energy_import").value == FLAT[48]


@pytest.mark.parametrize(
    "command",
    [
        {"cmd": "dance"},
        {"cmd": "fault", "bus": "east", "kind": "silent"},
        {"cmd": "fault", "bus": "west", "device": "nobody", "kind": "silent"},
        {"cmd": "fault", "bus": "west", "kind": "sad"},
        {"cmd": "value", "bus": "west", "device": "flat-01", "quantity": "beauty"},
        {"cmd": "value"},
    ],
)
def test_a_wrong_command_is_answered_and_ends_nothing(house, command):
    with pytest.raises(UnableToSimulate):
        house.control(**command)
    assert house.control(cmd="now")


def test_a_line_that_is_no_json_is_answered(house):
    with socket.create_connection(("127.0.0.1", house.ready["control"]["port"]), timeout=5) as connection:
        connection.sendall(b"hello\n[]\n")
        with connection.makefile("rb") as lines:
            assert b'"ok": false' in lines.readline()
            assert b'"ok": false' in lines.readline()


@pytest.mark.parametrize(("where", "framer"), [("grid", FramerType.SOCKET), ("west", FramerType.RTU)])
def test_an_independent_client_reads_the_same_registers(house, where, framer):
    async def scenario():
        client = AsyncModbusTcpClient(
            "127.0.0.1", port=house.ports[where], framer=framer, timeout=1, retries=0
        )
        await client.connect()
        if where == "grid":
            found = await client.read_holding_registers(3203, count=4, device_id=1)
            number = client.convert_from_registers(found.registers, client.DATATYPE.INT64)
        else:
            found = await client.read_input_registers(72, count=2, device_id=1)
            number = round(client.convert_from_registers(found.registers, client.DATATYPE.FLOAT32) * 1000)
        absent = await client.read_input_registers(9999, count=1, device_id=1)
        client.close()
        return number, absent.isError()

    assert run(scenario()) == (FLAT[48], True)


def test_an_unknown_unit_is_silent_on_a_bus_and_an_exception_behind_a_gateway(house):
    async def ask(link_class, where):
        link = link_class(dial(house.ports[where]), timing=TIMING)
        reply = await outcome(link.ask(99, b"\x04\x00\x00\x00\x02"))
        link._drop()
        return reply

    assert isinstance(run(ask(RtuOverTcpLink, "west")), DeviceSilent)
    assert run(ask(ModbusTcpLink, "grid")) == b"\x84\x0b"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_when_told(tmp_path, number):
    process = SimulatorProcess(make_world(tmp_path, bus("modbus-tcp", IEM))).start()
    with socket.create_connection(("127.0.0.1", process.ports["bus"]), timeout=5):
        os.kill(process.ready["pid"], number)
        assert process._process.wait(5) == 0
    process.stop()


def test_a_mistake_in_the_world_ends_it_with_one_sentence(tmp_path):
    path = make_world(tmp_path, bus("modbus-tcp", IEM | {"unit": 300}))
    command = [sys.executable, "-m", "gateway_bridge.simulator", "--world", str(path)]

    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20)

    assert ended.returncode == 2
    assert ended.stderr == "world.buses[0].devices[0].unit: must be 1 to 247\n"
    with pytest.raises(UnableToSimulate, match="must be 1 to 247"):
        SimulatorProcess(path).start()


def test_a_port_that_is_taken_is_named(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        path = make_world(tmp_path, bus("modbus-tcp", IEM, port=taken.getsockname()[1]))
        with pytest.raises(UnableToSimulate, match="cannot listen"):
            SimulatorProcess(path).start()
