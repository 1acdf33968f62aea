# SPDX-License-Identifier: Apache-2.0
"""Reading M-Bus meters: addresses, frame count bit, several telegrams, collisions, and every fault."""

import asyncio
from dataclasses import replace

import pytest

from gateway_bridge.drivers.decode import decode_stored, decode_telegrams
from gateway_bridge.drivers.errors import BadFrame, DeviceSilent, UnableToDecode, WrongIdentity
from gateway_bridge.drivers.mbus import decode_part, encode
from gateway_bridge.drivers.mbus.header import Header
from gateway_bridge.drivers.mbus_driver import MBusDriver, secondary_identification
from gateway_bridge.drivers.mbus_link import MAX_TELEGRAMS, MBusTcpLink
from gateway_bridge.drivers.samples import Device, Quality
from gateway_bridge.profiles import shipped
from gateway_bridge.simulator.faults import Fault
from gateway_bridge.simulator.serve import Simulator
from gateway_bridge.simulator.world import load_world
from tests.gateway_bridge.recordings import telegram
from tests.gateway_bridge.wire import NOW, TIMING, SerialServer, dial, now, outcome, run
from tests.gateway_bridge.worlds import HEAT, HEAT_METER, VOLUME, bus, make_world

HEAT_PROFILE = shipped()["heat-meter"]
BY_PRIMARY = Device("heat-01", "12345678", primary=1)
BY_SECONDARY = Device("heat-01", "12345678", manufacturer="KAM", version=8, medium=4)
SECOND = HEAT_METER | {"name": "heat-02", "serial": "12345699", "primary": 2}
RECORD = bytes.fromhex("0C0678563412")


def visit(folder, device, *specs, fault=None, quantities=None):
    async def scenario():
        world = load_world(make_world(folder, bus("mbus-tcp", *(specs or (HEAT_METER,)))))
        async with Simulator(world) as simulator:
            if fault is not None:
                simulator.buses[0].faults.add(None, fault)
            link = MBusTcpLink(dial(simulator.buses[0].spec.port), timing=TIMING)
            driver = MBusDriver(link, now=now)
            found = await outcome(driver.read(device, driver.plan(HEAT_PROFILE, quantities)))
            link._drop()
            return found, link

    return run(scenario())


@pytest.mark.parametrize("device", [BY_PRIMARY, BY_SECONDARY], ids=["primary", "secondary"])
@pytest.mark.parametrize("telegrams", [1, 3])
def test_a_meter_is_read_by_either_address_in_one_or_more_telegrams(tmp_path, device, telegrams):
    found, link = visit(tmp_path, device, HEAT_METER | {"telegrams": telegrams}, SECOND)

    assert found.sample("heat_energy").value == HEAT[48]
    assert found.sample("volume").value == VOLUME[48]
    assert found.identity == "12345678"
    assert found.sample("volume").device_time.isoformat() == "2026-11-19T13:00:00"
    # One exchange to reset or select, one for each telegram.
    assert link.counters.exchanges == 1 + telegrams


def test_what_was_stored_decodes_to_the_same_samples_again(tmp_path):
    found, _ = visit(tmp_path, BY_PRIMARY, HEAT_METER | {"telegrams": 3}, quantities=HEAT_PROFILE.quantities)

    assert decode_stored(found.telegram, HEAT_PROFILE, read_at=NOW) == found.samples


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault("silent"), DeviceSilent),
        (Fault("late", seconds=0.6), DeviceSilent),
        (Fault("drip", seconds=18), BadFrame),
        (Fault("garbage"), BadFrame),
        (Fault("crc_error"), BadFrame),
        (Fault("short_answer"), BadFrame),
        (Fault("wrong_unit"), BadFrame),
        (Fault("wrong_function"), UnableToDecode),
        (Fault("exception"), UnableToDecode),
        (Fault("wrong_identity"), WrongIdentity),
    ],
    ids=lambda item: getattr(item, "kind", None),
)
def test_every_fault_has_its_own_error_and_gives_no_value(tmp_path, fault, error):
    found, _ = visit(tmp_path, BY_PRIMARY, fault=fault)

    assert isinstance(found, error)


def test_a_telegram_that_makes_no_sense_is_handed_on_with_its_bytes(tmp_path):
    found, _ = visit(tmp_path, BY_PRIMARY, fault=Fault("wrong_function"))

    assert isinstance(found, UnableToDecode)
    assert found.telegram.startswith(b"\x68")
    assert found.read_at == NOW


def test_invalid_digits_are_missing_values(tmp_path):
    found, _ = visit(tmp_path, BY_PRIMARY, fault=Fault("bad_values"))

    assert found.sample("heat_energy").quality is Quality.MISSING
    assert found.sample("heat_energy").value is None


def test_two_meters_with_one_primary_address_collide_and_give_nothing(tmp_path):
    found, _ = visit(tmp_path, BY_PRIMARY, HEAT_METER, SECOND | {"primary": 1})

    assert isinstance(found, BadFrame)


def test_a_wildcard_that_fits_two_meters_collides_and_a_narrower_one_does_not(tmp_path):
    async def scenario():
        world = load_world(make_world(tmp_path, bus("mbus-tcp", HEAT_METER, SECOND)))
        async with Simulator(world) as simulator:
            link = MBusTcpLink(dial(simulator.buses[0].spec.port), timing=TIMING)
            results = []
            for wildcard in ("123456FF", "1234567F", "99FFFFFF"):
                results.append(await outcome(select_and_read(link, wildcard)))
            link._drop()
            return results

    async def select_and_read(link, wildcard):
        await link.select(wildcard)
        return decode_part((await link.telegrams(0xFD))[0]).header.identification

    both, one, none = run(scenario())
    assert isinstance(both, BadFrame)
    assert one == "12345678"
    assert isinstance(none, DeviceSilent)


def test_a_meter_of_another_kind_is_not_taken_for_the_enrolled_one(tmp_path):
    for device in (
        replace(BY_PRIMARY, serial="12345679"),
        replace(BY_PRIMARY, manufacturer="ELS"),
    ):
        found, _ = visit(tmp_path, device)
        assert isinstance(found, WrongIdentity)

    water, _ = visit(tmp_path, BY_PRIMARY, HEAT_METER | {"medium": 7})
    assert isinstance(water, WrongIdentity)


class Slave:
    """A meter with a chain of telegrams that keeps the rules of the frame count bit."""

    def __init__(self, count: int, *, spoil: int | None = None) -> None:
        header = Header("12345678", "KAM", 8, 4, 1, 0, 0)
        self.chain = [
            encode.answer(address=1, header=header, records=RECORD, more_follow=n < count - 1)
            for n in range(count)
        ]
        self.asked: list[int] = []
        self._fcb: bool | None = None
        self._next = 0
        self._spoil = spoil

    def __call__(self, octets: bytes):
        if octets[1] == 0x40:
            self._fcb, self._next = None, 0
            return [(0.0, b"\xe5")]
        self.asked.append(octets[1])
        fcb = bool(octets[1] & 0x20)
        if fcb != self._fcb:
            self._fcb, self._next = fcb, self._next + 1
        answer = self.chain[min(self._next, len(self.chain)) - 1]
        return [(0.0, answer[:-2] + b"\x00\x16" if len(self.asked) == self._spoil else answer)]


async def read_chain(slave: Slave):
    async with SerialServer(slave) as server:
        link = MBusTcpLink(dial(server.port), timing=TIMING)
        await link.reset(1)
        frames = await outcome(link.telegrams(1))
        link._drop()
        return frames


def test_the_frame_count_bit_toggles_with_every_valid_answer():
    slave = Slave(4)
    frames = run(read_chain(slave))

    assert frames == slave.chain
    assert slave.asked == [0x7B, 0x5B, 0x7B, 0x5B]


def test_known_bad_without_toggling_the_same_telegram_comes_again():
    async def scenario():
        slave = Slave(2)
        async with SerialServer(slave) as server:
            link = MBusTcpLink(dial(server.port), timing=TIMING)
            await link.reset(1)
            answers = [
                await link.exchange(encode.request(1, fcb=True), length=lambda octets: octets[1] + 6)
                for _ in range(2)
            ]
            link._drop()
            return answers, slave.chain

    answers, chain = run(scenario())
    assert answers == [chain[0], chain[0]]


def test_a_broken_telegram_in_the_middle_voids_the_whole_reading():
    assert isinstance(run(read_chain(Slave(3, spoil=2))), BadFrame)


def test_a_meter_that_never_ends_is_stopped():
    frames = run(read_chain(Slave(MAX_TELEGRAMS + 5)))

    assert isinstance(frames, BadFrame)
    assert "32" in str(frames)


def test_telegrams_of_two_meters_are_not_mixed():
    other = encode.answer(address=1, header=Header("87654321", "KAM", 8, 4, 1, 0, 0), records=RECORD)

    async def scenario():
        slave = Slave(2)
        slave.chain[1] = other
        async with SerialServer(slave) as server:
            driver = MBusDriver(MBusTcpLink(dial(server.port), timing=TIMING), now=now)
            found = await outcome(driver.read(BY_PRIMARY, driver.plan(HEAT_PROFILE)))
            driver.link._drop()
            return found

    found = run(scenario())
    assert isinstance(found, WrongIdentity)
    assert "87654321" in found.seen


@pytest.mark.parametrize("pieces", [1, 3])
def test_an_echo_of_the_converter_is_cut_off(pieces):
    def echoing(octets):
        echo = [(0.01, octets[at : at + pieces]) for at in range(0, len(octets), pieces)]
        return [*echo, *slave(octets)]

    slave = Slave(1)

    async def scenario():
        async with SerialServer(echoing) as server:
            link = MBusTcpLink(dial(server.port), timing=TIMING)
            await link.reset(1)
            frames = await link.telegrams(1)
            link._drop()
            return frames

    assert run(scenario()) == slave.chain


def test_the_echo_of_a_selection_is_cut_off_too():
    async def scenario():
        async with SerialServer(lambda octets: [(0, octets), (0.02, b"\xe5")]) as server:
            link = MBusTcpLink(dial(server.port), timing=TIMING)
            await link.select("12345678")
            link._drop()
            return link.counters

    counters = run(scenario())
    assert (counters.exchanges, counters.failures) == (1, 0)


@pytest.mark.parametrize(
    "answer",
    [
        lambda octets: [(0, b"\xe5\xe5")],
        lambda octets: [(0, b"\x68\x03\x04\x68")],
        lambda octets: [(0, b"\x68\x03\x03\x68\x08\x01")],
        lambda octets: [(0, b"\x10\x00\x01\x01\x16")],
        lambda octets: [(0, b"\x00")],
    ],
)
def test_anything_but_one_acknowledge_is_refused_and_taints_the_link(answer):
    async def scenario():
        async with SerialServer(answer) as server:
            link = MBusTcpLink(dial(server.port), timing=TIMING)
            refusal = await outcome(link.reset(1))
            return refusal, link.is_open

    refusal, is_open = run(scenario())
    assert isinstance(refusal, BadFrame)
    assert not is_open


def test_an_acknowledge_where_a_telegram_belongs_is_refused():
    async def scenario():
        async with SerialServer(lambda octets: [(0, b"\xe5")]) as server:
            return await outcome(MBusTcpLink(dial(server.port), timing=TIMING).telegrams(1))

    assert isinstance(run(scenario()), BadFrame)


def test_a_late_telegram_never_becomes_the_next_meter_s():
    async def scenario():
        first, second = (
            encode.answer(address=1, header=Header(serial, "KAM", 8, 4, 1, 0, 0), records=RECORD)
            for serial in ("11111111", "22222222")
        )
        asked = []

        def answer(octets):
            asked.append(octets)
            return [(0.5, first)] if len(asked) == 1 else [(0.02, second)]

        async with SerialServer(answer) as server:
            link = MBusTcpLink(dial(server.port), timing=TIMING)
            silent = await outcome(link.telegrams(1))
            frames = await link.telegrams(1)
            link._drop()
            return silent, decode_part(frames[0]).header.identification

    silent, identification = run(scenario())
    assert isinstance(silent, DeviceSilent)
    assert identification == "22222222"


def test_cancelling_between_two_telegrams_taints_the_link():
    async def scenario():
        async with SerialServer(lambda octets: []) as server:
            link = MBusTcpLink(dial(server.port), timing=replace(TIMING, answer=5))
            task = asyncio.create_task(link.telegrams(1))
            await asyncio.sleep(0.1)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            return link.is_open, link.counters.failures

    assert run(scenario()) == (False, 1)


def test_values_are_found_by_key_wherever_they_stand():
    octets = telegram("itron_cf_55")
    swapped = decode_part(octets)
    mixed = replace(swapped, items=tuple(reversed(swapped.items)))

    plain = decode_telegrams([swapped], HEAT_PROFILE.quantities, read_at=NOW)
    assert decode_telegrams([mixed], HEAT_PROFILE.quantities, read_at=NOW) == plain


def test_a_value_in_error_state_is_shown_as_such_and_has_no_number():
    samples = decode_telegrams([decode_part(telegram("itron_cf_55"))], HEAT_PROFILE.quantities, read_at=NOW)
    power = next(sample for sample in samples if sample.quantity == "power")

    assert (power.quality, power.value) == (Quality.ERROR_STATE, None)


def test_two_records_with_one_key_and_two_values_are_not_guessed_between():
    profile = shipped()["electricity-meter-mbus"]
    header = Header("12345678", "GMC", 1, 2, 1, 0, 0)
    records = bytes.fromhex("042BE0000000" + "042B36FFFFFF" + "040305000000")
    samples = decode_telegrams(
        [decode_part(encode.answer(address=1, header=header, records=records))],
        profile.quantities,
        read_at=NOW,
    )
    by_name = {sample.quantity: sample for sample in samples}

    assert (by_name["power"].quality, by_name["power"].value) == (Quality.AMBIGUOUS, None)
    assert by_name["energy_import"].value == 5


def test_a_secondary_address_is_the_serial_number_backwards():
    assert secondary_identification("2 010 03") == "00201003"
    assert encode.select("04990254").hex(" ") == "68 0b 0b 68 53 fd 52 54 02 99 04 ff ff ff ff 91 16"
    for serial in ("123456789", "12X45678"):
        with pytest.raises(UnableToDecode):
            secondary_identification(serial)
