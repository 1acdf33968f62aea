# SPDX-License-Identifier: Apache-2.0
"""A visit to a Modbus device: identity first, joined blocks, everything or nothing."""

from decimal import Decimal

import pytest

from gateway_bridge.drivers.decode import decode_stored
from gateway_bridge.drivers.errors import (
    BadFrame,
    DeviceSilent,
    ModbusException,
    UnableToDecode,
    WrongIdentity,
)
from gateway_bridge.drivers.modbus_driver import ModbusDriver
from gateway_bridge.drivers.modbus_link import ModbusTcpLink, RtuOverTcpLink
from gateway_bridge.drivers.modbus_plan import Block, coalesce, plan_reads
from gateway_bridge.drivers.profile import Registers
from gateway_bridge.drivers.recording import pack_exchanges, split_frames, unpack_exchanges
from gateway_bridge.drivers.samples import Device, Quality
from gateway_bridge.profiles import shipped
from gateway_bridge.simulator.faults import Fault
from gateway_bridge.simulator.serve import Simulator
from gateway_bridge.simulator.world import load_world
from tests.gateway_bridge.wire import NOW, TIMING, dial, now, outcome, run
from tests.gateway_bridge.worlds import FLAT, IEM, SDM, bus, make_world

SDM630 = shipped()["eastron-sdm630"]
FLAT_01 = Device("flat-01", "22010001", unit=1)
# Noon is the 48th quarter hour.
AT_NOON = int(FLAT[48])


def visit(folder, device=FLAT_01, *, spec=SDM, transport="modbus-rtu-tcp", fault=None, names=None, times=1):
    """Visit a simulated device; the last outcome and the numbers of requests and answers."""

    async def scenario():
        async with Simulator(load_world(make_world(folder, bus(transport, spec)))) as simulator:
            served = simulator.buses[0]
            if fault is not None:
                served.faults.add(None, fault)
            link_class = ModbusTcpLink if transport == "modbus-tcp" else RtuOverTcpLink
            link = link_class(dial(served.spec.port), timing=TIMING)
            driver = ModbusDriver(link, now=now)
            profile = served.meters[0].spec.profile
            wanted = None if names is None else tuple(profile.quantity(name) for name in names)
            for _ in range(times):
                result = await outcome(driver.read(device, driver.plan(profile, wanted)))
            link._drop()
            return result, served.requests[spec["name"]]

    return run(scenario())


def test_a_visit_brings_exact_counters_in_watt_hours(tmp_path):
    found, requests = visit(tmp_path)

    assert found.sample("energy_import").value == AT_NOON
    assert found.sample("energy_import").unit == "Wh"
    assert found.sample("energy_import").obis == "1-0:1.8.0"
    assert (found.identity, found.read_at, requests) == ("22010001", NOW, 2)


def test_modbus_tcp_brings_the_same(tmp_path):
    found, _ = visit(tmp_path, Device("grid", "70012345", unit=1), spec=IEM, transport="modbus-tcp")

    assert found.sample("energy_import").value == AT_NOON


def test_what_was_stored_decodes_to_the_same_samples_again(tmp_path):
    found, _ = visit(tmp_path)
    wanted = tuple(sample.quantity for sample in found.samples)

    again = decode_stored(
        found.telegram, SDM630, read_at=NOW, quantities=[SDM630.quantity(name) for name in wanted]
    )

    assert again == found.samples


def test_a_quantity_that_was_not_read_is_not_offered(tmp_path):
    found, _ = visit(tmp_path)

    again = {sample.quantity: sample for sample in decode_stored(found.telegram, SDM630, read_at=NOW)}

    assert again["voltage_l1"].quality is Quality.NOT_OFFERED
    assert again["voltage_l1"].value is None


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault("silent"), DeviceSilent),
        (Fault("slow", seconds=0.6), DeviceSilent),
        (Fault("late", seconds=0.6), DeviceSilent),
        (Fault("drip", seconds=4.5), BadFrame),
        (Fault("garbage"), BadFrame),
        (Fault("crc_error"), BadFrame),
        (Fault("short_answer"), BadFrame),
        (Fault("wrong_function"), BadFrame),
        (Fault("wrong_unit"), BadFrame),
        (Fault("wrong_identity"), WrongIdentity),
        (Fault("exception", code=4), ModbusException),
        (Fault("exception", code=6), ModbusException),
        (Fault("exception", code=11), DeviceSilent),
    ],
    ids=lambda item: getattr(item, "kind", None),
)
@pytest.mark.parametrize("transport", ["modbus-rtu-tcp", "modbus-tcp"])
def test_every_fault_has_its_own_error_and_gives_no_value(tmp_path, transport, fault, error):
    spec = SDM | {"profile": "carlo-gavazzi-em340", "serial": "AB12345"}
    found, _ = visit(tmp_path, Device("x", "AB12345", unit=1), spec=spec, transport=transport, fault=fault)

    assert isinstance(found, error)
    assert found.kind == error.kind


def test_number_0_from_a_gateway_voids_the_visit(tmp_path):
    found, _ = visit(
        tmp_path,
        Device("grid", "70012345", unit=1),
        spec=IEM,
        transport="modbus-tcp",
        fault=Fault("transaction_zero"),
    )

    assert isinstance(found, BadFrame)


def test_a_fault_in_the_second_block_gives_nothing_at_all(tmp_path):
    spec = SDM | {"faults": [{"kind": "slow", "seconds": 0.0, "count": 1}, {"kind": "crc_error", "count": 0}]}
    found, _ = visit(tmp_path, spec=spec)
    assert found.sample("energy_import").value == AT_NOON

    async def scenario():
        async with Simulator(load_world(make_world(tmp_path, bus("modbus-rtu-tcp", SDM)))) as simulator:
            link = RtuOverTcpLink(dial(simulator.buses[0].spec.port), timing=TIMING)
            driver = ModbusDriver(link, now=now)
            plan = driver.plan(SDM630, (SDM630.quantity("voltage_l1"), SDM630.quantity("energy_import_l1")))
            assert len(plan.blocks) == 2
            await driver.identify(FLAT_01, SDM630)
            ask = driver.link.ask
            asked = []

            async def third_fails(*arguments, **options):
                asked.append(arguments)
                if len(asked) == 3:
                    simulator.buses[0].faults.add(None, Fault("short_answer", count=1))
                return await ask(*arguments, **options)

            link.ask = third_fails
            found = await outcome(driver.read(FLAT_01, plan))
            link._drop()
            return found

    assert isinstance(run(scenario()), BadFrame)


def test_without_an_enrolled_serial_number_the_meter_says_who_it_is(tmp_path):
    found, _ = visit(tmp_path, Device("new", None, unit=1))

    assert found.identity == "22010001"


def test_leading_zeros_and_blanks_of_a_printed_serial_number_do_not_matter(tmp_path):
    found, _ = visit(tmp_path, Device("flat", "0 22010001", unit=1))

    assert found.identity == "22010001"


def test_a_text_serial_number_is_compared_as_text(tmp_path):
    spec = SDM | {"profile": "carlo-gavazzi-em340", "serial": "BG1234567"}

    right, _ = visit(tmp_path, Device("x", "BG1234567", unit=1), spec=spec)
    wrong, _ = visit(tmp_path, Device("x", "BG1234568", unit=1), spec=spec)

    assert right.sample("energy_import").value == AT_NOON // 100 * 100
    assert isinstance(wrong, WrongIdentity)


def test_sentinels_are_missing_values_not_numbers(tmp_path):
    spec = SDM | {"profile": "abb-b23"}
    found, _ = visit(tmp_path, spec=spec, fault=Fault("bad_values"))

    assert found.sample("energy_import").value is None
    assert found.sample("energy_import").quality is Quality.MISSING


def test_a_refused_block_is_read_register_by_register_and_remembered(tmp_path):
    names = ("reactive_power", "power_factor", "frequency", "energy_import")
    strict = SDM | {"strict": True}

    lenient, joined = visit(tmp_path, names=names)
    found, separate = visit(tmp_path, spec=strict, names=names)
    _, later = visit(tmp_path, spec=strict, names=names, times=2)

    # Identity and block; identity, refused block, four registers; the second time without the refused block.
    assert (joined, separate, later - separate) == (2, 6, 5)
    assert [sample.quality for sample in found.samples] == [Quality.GOOD] * 4
    assert found.sample("energy_import").value == lenient.sample("energy_import").value == AT_NOON


def test_registers_are_joined_over_small_gaps_only_and_within_the_device_s_limit():
    at = lambda *addresses: [Registers(4, address, "f32", 2) for address in addresses]  # noqa: E731

    assert coalesce(at(0, 2, 18, 36), max_gap=16, max_words=80) == [Block(4, 0, 38)]
    assert coalesce(at(0, 19), max_gap=16, max_words=80) == [Block(4, 0, 2), Block(4, 19, 2)]
    assert coalesce(at(0, 2, 4), max_gap=16, max_words=4) == [Block(4, 0, 4), Block(4, 4, 2)]
    assert coalesce(at(2, 0, 2), max_gap=16, max_words=80) == [Block(4, 0, 4)]


def test_function_codes_are_never_joined():
    assert (
        len(coalesce([Registers(3, 0, "u16", 1), Registers(4, 1, "u16", 1)], max_gap=16, max_words=80)) == 2
    )


@pytest.mark.parametrize(
    "profile", [p for p in shipped().values() if p.protocol == "modbus"], ids=lambda p: p.name
)
def test_counters_for_a_bill_come_in_blocks_unlike_the_identity(profile):
    plan = plan_reads(profile)

    assert plan.blocks
    assert plan.identity is not None
    assert (plan.identity.fc, plan.identity.count) not in {(block.fc, block.count) for block in plan.blocks}
    assert all(block.count <= profile.max_registers for block in plan.blocks)


def test_a_recording_is_whole_or_refused():
    exchanges = [(b"\x04\x00\x48\x00\x02", b"\x04\x04abcd"), (b"\x03\x00\x00\x00\x01", b"\x83\x02")]
    packed = pack_exchanges(exchanges)

    assert unpack_exchanges(packed) == exchanges
    for cut in (packed[:-1], packed[:7], b"\x05"):
        with pytest.raises(UnableToDecode):
            unpack_exchanges(cut)
    with pytest.raises(UnableToDecode):
        split_frames(b"\x68\x03\x03")


def test_live_values_fit_together(tmp_path):
    found, _ = visit(tmp_path, names=("power", "voltage_l1", "current_l1", "frequency"))

    assert found.sample("power").value == 137 * 4
    assert 220 < found.sample("voltage_l1").value < 240
    assert abs(found.sample("frequency").value - 50) < Decimal("0.1")
