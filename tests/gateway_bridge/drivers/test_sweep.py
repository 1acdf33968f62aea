# SPDX-License-Identifier: Apache-2.0
"""All devices of a bus in turn: the dead cost little, the living lose nothing."""

import asyncio
import socket

from gateway_bridge.drivers.errors import BadFrame, BusSilent, DeadlinePassed, DeviceSilent, EndpointDown
from gateway_bridge.drivers.link import Deadline
from gateway_bridge.drivers.modbus_driver import ModbusDriver
from gateway_bridge.drivers.modbus_link import RtuOverTcpLink
from gateway_bridge.drivers.samples import Device
from gateway_bridge.drivers.sweep import Order, sweep
from gateway_bridge.profiles import shipped
from gateway_bridge.simulator.faults import Fault
from gateway_bridge.simulator.serve import Simulator
from gateway_bridge.simulator.world import load_world
from tests.gateway_bridge.wire import TIMING, dial, now, run
from tests.gateway_bridge.worlds import SDM, bus, make_world

PROFILE = shipped()["eastron-sdm630"]


def house(count: int) -> list[dict]:
    return [SDM | {"name": f"flat-{n}", "unit": n, "serial": str(22010000 + n)} for n in range(1, count + 1)]


def sweep_house(folder, specs, *, faults=(), suspects=(), seconds=9.0):
    """The outcomes by device name, the seconds it took, the requests each device got."""

    async def scenario():
        async with Simulator(load_world(make_world(folder, bus("modbus-rtu-tcp", *specs)))) as simulator:
            served = simulator.buses[0]
            for name, fault in faults:
                served.faults.add(name, fault)
            link = RtuOverTcpLink(dial(served.spec.port), timing=TIMING)
            driver = ModbusDriver(link, now=now)
            plan = driver.plan(PROFILE)
            orders = [
                Order(Device(s["name"], s["serial"], unit=s["unit"]), plan, s["name"] in suspects)
                for s in specs
            ]
            started = asyncio.get_running_loop().time()
            reported = []
            found = await sweep(
                driver, orders, patience=TIMING.answer, deadline=Deadline(seconds), report=reported.append
            )
            took = asyncio.get_running_loop().time() - started
            link._drop()
            assert {id(each) for each in reported} == {id(each) for each in found}
            return found, took, served.requests

    return run(scenario())


def by_name(found):
    return {each.order.device.name: each for each in found}


def test_one_dead_device_of_thirty_two_costs_one_time_out(tmp_path):
    found, took, requests = sweep_house(tmp_path, house(32), faults=[("flat-7", Fault("silent"))])
    outcomes = by_name(found)

    assert isinstance(outcomes["flat-7"].error, DeviceSilent)
    assert sum(each.visit is not None for each in found) == 31
    assert requests["flat-7"] == 1
    assert took < TIMING.answer + TIMING.silence + 1.0


def test_a_late_device_never_harms_the_one_after_it(tmp_path):
    specs = house(4)
    specs[2]["quantities"] = {"energy_import": 777, "energy_export": 0}
    found, _, _ = sweep_house(tmp_path, specs, faults=[("flat-2", Fault("late", seconds=0.5, count=1))])

    assert isinstance(by_name(found)["flat-2"].error, DeviceSilent)
    assert by_name(found)["flat-3"].visit.sample("energy_import").value == 777


def test_a_damaged_frame_is_asked_for_once_more(tmp_path):
    found, _, requests = sweep_house(tmp_path, house(1), faults=[("flat-1", Fault("crc_error", count=1))])

    assert found[0].visit is not None
    assert requests["flat-1"] == 3


def test_a_frame_damaged_twice_is_given_up(tmp_path):
    found, _, requests = sweep_house(tmp_path, house(1), faults=[("flat-1", Fault("crc_error"))])

    assert isinstance(found[0].error, BadFrame)
    assert requests["flat-1"] == 2


def test_devices_that_were_dead_before_come_last(tmp_path):
    found, _, _ = sweep_house(tmp_path, house(3), suspects={"flat-1"})

    assert [each.order.device.name for each in found] == ["flat-2", "flat-3", "flat-1"]


def test_if_nobody_answers_it_is_the_bus(tmp_path):
    found, _, _ = sweep_house(tmp_path, house(2), faults=[(None, Fault("silent"))])

    assert all(isinstance(each.error, BusSilent) for each in found)


def test_a_single_silent_device_is_not_a_silent_bus(tmp_path):
    found, _, _ = sweep_house(tmp_path, house(1), faults=[(None, Fault("silent"))])

    assert isinstance(found[0].error, DeviceSilent)


def test_the_deadline_ends_the_sweep_and_keeps_what_was_read(tmp_path):
    found, took, _ = sweep_house(tmp_path, house(4), faults=[("flat-2", Fault("silent"))], seconds=0.3)
    outcomes = by_name(found)

    assert outcomes["flat-1"].visit is not None
    assert isinstance(outcomes["flat-4"].error, DeadlinePassed)
    assert took < 0.5


def test_an_endpoint_that_is_down_is_tried_once():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    attempts = []

    async def connect():
        attempts.append(1)
        return await dial(port)()

    async def scenario():
        driver = ModbusDriver(RtuOverTcpLink(connect, timing=TIMING), now=now)
        plan = driver.plan(PROFILE)
        orders = [Order(Device(str(n), None, unit=n), plan) for n in (1, 2, 3)]
        return await sweep(driver, orders, patience=0.2, deadline=Deadline(5))

    found = run(scenario())
    assert [type(each.error) for each in found] == [EndpointDown] * 3
    assert len(attempts) == 1
