# SPDX-License-Identifier: Apache-2.0
"""The dangerous one: an answer that comes late is never taken for the answer to another question.

Every rule is shown together with a link that lacks it and takes the wrong value.
"""

import asyncio
from dataclasses import replace

import pytest

from gateway_bridge.drivers import modbus_pdu as pdu
from gateway_bridge.drivers.errors import BadFrame, DeadlinePassed, DeviceSilent, WrongIdentity
from gateway_bridge.drivers.link import Deadline, Link
from gateway_bridge.drivers.modbus_driver import ModbusDriver
from gateway_bridge.drivers.modbus_link import ModbusTcpLink, RtuOverTcpLink
from gateway_bridge.drivers.samples import Device
from gateway_bridge.profiles import shipped
from tests.gateway_bridge.wire import TIMING, SerialServer, dial, now, outcome, rtu_answer, run, tcp_answer

LATE = 0.5


class TrustingLink(RtuOverTcpLink):
    """Known bad: keeps its connection after a time-out, as most libraries do."""

    def taint(self, reason: str) -> None:
        self.counters.failures += 1


class HastyLink(RtuOverTcpLink):
    """Known bad: reconnects at once, without silence and without throwing anything away."""

    def taint(self, reason: str) -> None:
        self._drop()

    async def _discard(self) -> None:
        return

    async def _refuse_unsolicited(self, reader: asyncio.StreamReader) -> None:
        return


def question(address: int) -> bytes:
    return pdu.read_request(fc=3, address=address, count=2)


def first_one_late():
    """A bus on which register r holds r; the first answer of all comes after its time-out."""
    asked = []

    def answer(octets: bytes):
        asked.append(octets)
        address = int.from_bytes(octets[2:4], "big")
        return [(LATE if len(asked) == 1 else 0.02, rtu_answer(octets, [0, address]))]

    return answer


async def read_three(link_class: type[RtuOverTcpLink]) -> list[object]:
    async with SerialServer(first_one_late()) as server:
        link = link_class(dial(server.port), timing=TIMING)
        values = []
        for address in (1000, 2000, 3000):
            reply = await outcome(link.ask(7, question(address)))
            values.append(
                reply if isinstance(reply, Exception) else pdu.answer_words(question(address), reply)[1]
            )
        link._drop()
        return values


def test_after_a_time_out_every_later_value_is_right():
    first, second, third = run(read_three(RtuOverTcpLink))

    assert isinstance(first, DeviceSilent)
    assert (second, third) == (2000, 3000)


def test_known_bad_a_link_that_keeps_its_connection_reads_every_value_one_off():
    first, second, third = run(read_three(TrustingLink))

    assert isinstance(first, DeviceSilent)
    assert (second, third) == (1000, 2000)


def test_known_bad_reconnecting_at_once_does_not_help():
    first, second, _ = run(read_three(HastyLink))

    assert isinstance(first, DeviceSilent)
    assert second == 1000


def test_bytes_that_come_right_after_connecting_are_thrown_away_and_known_bad_believed():
    async def scenario(link_class):
        stale = rtu_answer(bytes((7, 3)), [0, 999])
        answer = lambda octets: [(0.02, rtu_answer(octets, [0, 5]))]  # noqa: E731
        async with SerialServer(answer, stale=stale) as server:
            link = link_class(dial(server.port), timing=TIMING)
            reply = await outcome(link.ask(7, question(1)))
            link._drop()
            return reply if isinstance(reply, Exception) else pdu.answer_words(question(1), reply)[1]

    assert run(scenario(RtuOverTcpLink)) == 5
    assert run(scenario(HastyLink)) == 999


def test_an_answer_sent_twice_voids_the_next_question_instead_of_answering_it():
    def answer(octets):
        words = [0, int.from_bytes(octets[2:4], "big")]
        return [(0.0, rtu_answer(octets, words)), (0.05, rtu_answer(octets, words))]

    async def scenario():
        async with SerialServer(answer) as server:
            link = RtuOverTcpLink(dial(server.port), timing=TIMING)
            first = await link.ask(7, question(1000))
            await asyncio.sleep(0.1)
            second = await outcome(link.ask(7, question(2000)))
            link._drop()
            return pdu.answer_words(question(1000), first)[1], second

    first, second = run(scenario())
    assert first == 1000
    assert isinstance(second, BadFrame)
    assert "before the question" in str(second)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda octets: [(0.0, rtu_answer(octets, [1, 2])[:-1] + b"\0")],
        lambda octets: [(0.0, rtu_answer(octets, [1, 2])[:6])],
        lambda octets: [(0.0, rtu_answer(octets, [1]))],
        lambda octets: [(0.0, rtu_answer(octets, [1, 2]) + b"\x07")],
        lambda octets: [(0.0, b"\xff\x00garbage")],
        lambda octets: [],
    ],
    ids=["check sum", "short frame", "fewer registers", "too long", "garbage", "silence"],
)
def test_after_any_failure_the_link_closes_stays_silent_and_reconnects(spoil):
    async def scenario():
        spoiled = []

        def answer(octets):
            spoiled.append(octets)
            return spoil(octets) if len(spoiled) == 1 else [(0.0, rtu_answer(octets, [1, 2]))]

        async with SerialServer(answer) as server:
            link = RtuOverTcpLink(dial(server.port), timing=TIMING)
            await outcome(link.ask(7, question(1)))
            assert not link.is_open
            failed_at = asyncio.get_running_loop().time()
            await link.ask(7, question(1))
            waited = asyncio.get_running_loop().time() - failed_at
            link._drop()
            return waited, server.connections

    waited, connections = run(scenario())
    assert waited >= TIMING.silence
    assert connections == 2


def test_a_cancelled_question_taints_the_link_too():
    async def scenario():
        async with SerialServer(first_one_late()) as server:
            link = RtuOverTcpLink(dial(server.port), timing=replace(TIMING, answer=5.0))
            task = asyncio.create_task(link.ask(7, question(1000)))
            await asyncio.sleep(0.1)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            reply = await link.ask(7, question(2000))
            link._drop()
            return pdu.answer_words(question(2000), reply)[1]

    assert run(scenario()) == 2000


def test_closing_returns_only_when_the_next_owner_may_connect():
    async def scenario():
        async with SerialServer(first_one_late()) as server:
            link = RtuOverTcpLink(dial(server.port), timing=TIMING)
            await outcome(link.ask(7, question(1000)))
            await link.close()
            successor = RtuOverTcpLink(dial(server.port), timing=TIMING)
            reply = await successor.ask(7, question(2000))
            successor._drop()
            return pdu.answer_words(question(2000), reply)[1]

    assert run(scenario()) == 2000


def test_a_settle_time_longer_than_the_deadline_is_not_waited_for():
    async def scenario():
        async with SerialServer(lambda octets: []) as server:
            link = RtuOverTcpLink(dial(server.port), timing=TIMING)
            await outcome(link.ask(7, question(1)))
            error = await outcome(link.ask(7, question(2), deadline=Deadline(0.1)))
            return error, len(server.questions)

    error, questions = run(scenario())
    assert isinstance(error, DeadlinePassed)
    assert questions == 1


def test_the_settle_time_is_at_least_a_second_and_at_least_the_time_out():
    assert replace(TIMING, settle=None, answer=0.5).silence == 1.0
    assert replace(TIMING, settle=None, answer=2.5).silence == 2.5


def test_modbus_tcp_needs_no_silence_because_answers_bear_the_question_s_number():
    async def scenario():
        asked = []

        def answer(octets):
            asked.append(octets)
            address = int.from_bytes(octets[8:10], "big")
            content = bytes((3, 4, 0, 0)) + address.to_bytes(2, "big")
            return [(LATE if len(asked) == 1 else 0.0, tcp_answer(octets, content))]

        async with SerialServer(answer) as server:
            link = ModbusTcpLink(dial(server.port), timing=TIMING)
            first = await outcome(link.ask(7, question(1000)))
            second = await outcome(link.ask(7, question(2000), answer=1.0))
            third = await outcome(link.ask(7, question(2000), answer=1.0))
            link._drop()
            return first, second, third

    first, second, third = run(scenario())
    assert isinstance(first, DeviceSilent)
    # The late answer arrives on the new connection (a poor gateway does that) and is refused by its number.
    assert isinstance(second, BadFrame)
    assert pdu.answer_words(question(2000), third) == (0, 2000)


def test_known_bad_a_gateway_that_answers_with_number_0_is_believed_without_the_check():
    async def scenario(check):
        def answer(octets):
            content = bytes((3, 4, 0, 0, 0, 42))
            return [(0.0, tcp_answer(octets, content, transaction=b"\0\0"))]

        async with SerialServer(answer) as server:
            link = ModbusTcpLink(dial(server.port), timing=TIMING)
            if not check:
                frame = await Link.exchange(link, pdu.tcp_frame(9, 7, question(1)), length=pdu.tcp_length)
                link._drop()
                return pdu.answer_words(question(1), frame[7:])
            return await outcome(link.ask(7, question(1)))

    assert run(scenario(check=False)) == (0, 42)
    refused = run(scenario(check=True))
    assert isinstance(refused, BadFrame)
    assert "transaction 0000" in str(refused)


def test_an_identity_of_another_meter_voids_the_visit_before_a_register_is_read():
    async def scenario():
        def answer(octets):
            return [(0.0, rtu_answer(octets, [0x014F, 0xB182]))]

        async with SerialServer(answer) as server:
            link = RtuOverTcpLink(dial(server.port), timing=TIMING)
            driver = ModbusDriver(link, now=now)
            profile = shipped()["eastron-sdm630"]
            error = await outcome(driver.read(Device("flat", "22010001", unit=1), driver.plan(profile)))
            link._drop()
            return error, len(server.questions)

    error, questions = run(scenario())
    assert isinstance(error, WrongIdentity)
    assert (error.expected, error.seen) == ("22010001", str(0x014FB182))
    assert questions == 1
