# SPDX-License-Identifier: Apache-2.0
"""An answer is believed only if unit, function, length, number and check sum are those of its question."""

import asyncio
import socket
import warnings
from dataclasses import replace

import pytest

from gateway_bridge.drivers import modbus_pdu as pdu
from gateway_bridge.drivers.errors import (
    BadFrame,
    DeadlinePassed,
    DeviceSilent,
    EndpointDown,
    ModbusException,
)
from gateway_bridge.drivers.link import Deadline, Timing
from gateway_bridge.drivers.modbus_link import ModbusTcpLink, RtuOverTcpLink
from gateway_bridge.drivers.trace import CAPACITY
from tests.gateway_bridge.wire import TIMING, SerialServer, dial, outcome, rtu_answer, run, tcp_answer

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from pymodbus import FramerType
    from pymodbus.client import AsyncModbusTcpClient
    from pymodbus.server import ModbusTcpServer
    from pymodbus.simulator import DataType, SimData, SimDevice

ASK = pdu.read_request(fc=4, address=72, count=2)
WORDS = b"\x04\x04\x46\x40\xe6\xae"


async def ask_once(link_class, answer, **changes):
    async with SerialServer(answer) as server:
        link = link_class(dial(server.port), timing=replace(TIMING, **changes))
        reply = await outcome(link.ask(7, ASK))
        link._drop()
        return reply


def rtu(answer, **changes):
    return run(ask_once(RtuOverTcpLink, answer, **changes))


def tcp(answer, **changes):
    return run(ask_once(ModbusTcpLink, answer, **changes))


def test_a_right_answer_is_taken_from_either_framing():
    assert rtu(lambda q: [(0, rtu_answer(q, [0x4640, 0xE6AE]))]) == WORDS
    assert tcp(lambda q: [(0, tcp_answer(q, WORDS))]) == WORDS


def test_an_answer_in_pieces_is_put_together():
    whole = lambda q: rtu_answer(q, [0x4640, 0xE6AE])  # noqa: E731
    pieces = lambda q: [(0.01, whole(q)[at : at + 1]) for at in range(9)]  # noqa: E731

    assert rtu(pieces) == WORDS


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (lambda q: [(0, rtu_answer(q, [1, 2], unit=8))], "from unit 8, asked 7"),
        (lambda q: [(0, rtu_answer(q, [1, 2], fc=3))], "to function 3, asked for 4"),
        (lambda q: [(0, rtu_answer(q, [1]))], "2 data bytes, asked for 4"),
        (lambda q: [(0, rtu_answer(q, [1, 2, 3]))], "6 data bytes, asked for 4"),
        (lambda q: [(0, rtu_answer(q, [1, 2])[:-2] + b"\x12\x34")], "check sum"),
        (lambda q: [(0, rtu_answer(q, [1, 2])[:5])], "stops after 5 bytes"),
        (lambda q: [(0, rtu_answer(q, [1, 2]) * 2)], "9 bytes too many"),
        (lambda q: [(0, b"\x07\x84\x02\x00\x00")], "check sum"),
        (lambda q: [(0, b"\x00" * 2000)], "from unit 0"),
    ],
)
def test_an_rtu_answer_that_does_not_fit_is_refused(answer, reason):
    refusal = rtu(answer)

    assert isinstance(refusal, BadFrame)
    assert reason in str(refusal)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (lambda q: [(0, tcp_answer(q[:6] + b"\x08", WORDS))], "from unit 8"),
        (lambda q: [(0, tcp_answer(q, b"\x03" + WORDS[1:]))], "to function 3"),
        (lambda q: [(0, tcp_answer(q, b"\x04\x02\x00\x01"))], "2 data bytes, asked for 4"),
        (lambda q: [(0, tcp_answer(q, b"\x04\x04\x00\x01"))], "4 data bytes"),
        (lambda q: [(0, tcp_answer(q, WORDS, transaction=b"\0\0"))], "transaction 0000"),
        (lambda q: [(0, tcp_answer(q, WORDS, transaction=b"\x12\x34"))], "transaction 1234"),
        (lambda q: [(0, q[:2] + b"\0\1" + tcp_answer(q, WORDS)[4:])], "no Modbus header"),
        (lambda q: [(0, q[:2] + b"\0\0\xff\xff" + WORDS)], "no Modbus header"),
        (lambda q: [(0, tcp_answer(q, WORDS)[:8])], "stops after 8 bytes"),
        (lambda q: [(0, tcp_answer(q, WORDS) + b"\0")], "1 bytes too many"),
        (lambda q: [(0, tcp_answer(q, b"\x84\x02\x00"))], "exception answer of 3 bytes"),
    ],
)
def test_a_tcp_answer_that_does_not_fit_is_refused(answer, reason):
    refusal = tcp(answer)

    assert isinstance(refusal, BadFrame)
    assert reason in str(refusal)


def test_a_refusal_by_the_device_is_an_answer_and_leaves_the_connection_open():
    async def scenario():
        async with SerialServer(lambda q: [(0, tcp_answer(q, b"\x84\x02"))]) as server:
            link = ModbusTcpLink(dial(server.port), timing=TIMING)
            reply = await link.ask(7, ASK)
            state = link.is_open
            link._drop()
            return reply, state

    reply, state = run(scenario())
    assert state
    with pytest.raises(ModbusException, match="exception 2: illegal data address"):
        pdu.answer_words(ASK, reply)


def test_exceptions_10_and_11_mean_that_the_meter_behind_a_gateway_is_silent():
    assert ModbusException(10).means_silent
    assert ModbusException(11).means_silent
    assert not ModbusException(6).means_silent


def test_silence_down_and_closed_are_told_apart():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]

    async def nobody():
        return await outcome(RtuOverTcpLink(dial(port), timing=TIMING).ask(7, ASK))

    async def closes():
        async def hang_up(reader, writer):
            await reader.read(8)
            writer.transport.abort()

        server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
        async with server:
            link = ModbusTcpLink(dial(server.sockets[0].getsockname()[1]), timing=TIMING)
            return await outcome(link.ask(7, ASK))

    assert isinstance(rtu(lambda q: []), DeviceSilent)
    assert isinstance(run(nobody()), EndpointDown)
    assert isinstance(run(closes()), EndpointDown)


def test_a_connection_that_is_never_accepted_ends_at_the_connect_time_out():
    async def never():
        await asyncio.sleep(60)

    async def scenario():
        return await outcome(ModbusTcpLink(never, timing=replace(TIMING, connect=0.05)).ask(7, ASK))

    refusal = run(scenario())
    assert isinstance(refusal, EndpointDown)
    assert "within" in str(refusal)


def test_a_dripping_answer_cannot_outlast_the_deadline():
    async def scenario():
        drip = lambda q: [(0.08, bytes((octet,))) for octet in rtu_answer(q, [1, 2] * 30)]  # noqa: E731
        async with SerialServer(drip) as server:
            link = RtuOverTcpLink(dial(server.port), timing=TIMING)
            ask = pdu.read_request(fc=4, address=0, count=60)
            started = asyncio.get_running_loop().time()
            refusal = await outcome(link.ask(7, ask, deadline=Deadline(0.4)))
            return refusal, asyncio.get_running_loop().time() - started

    refusal, seconds = run(scenario())
    assert isinstance(refusal, BadFrame | DeadlinePassed)
    assert seconds < 0.6


def test_a_passed_deadline_asks_nothing():
    async def scenario():
        async with SerialServer(lambda q: []) as server:
            link = ModbusTcpLink(dial(server.port), timing=TIMING)
            refusal = await outcome(link.ask(7, ASK, deadline=Deadline(-1)))
            return refusal, server.questions

    refusal, questions = run(scenario())
    assert isinstance(refusal, DeadlinePassed)
    assert questions == []


def test_two_tasks_on_one_link_wait_for_each_other():
    async def scenario():
        answer = lambda q: [(0.02, rtu_answer(q, [0, int.from_bytes(q[2:4], "big")]))]  # noqa: E731
        async with SerialServer(answer) as server:
            link = RtuOverTcpLink(dial(server.port), timing=TIMING)
            asks = [pdu.read_request(fc=4, address=address, count=2) for address in range(5)]
            replies = await asyncio.gather(*(link.ask(7, ask) for ask in asks))
            link._drop()
            return [pdu.answer_words(ask, reply)[1] for ask, reply in zip(asks, replies, strict=True)]

    assert run(scenario()) == [0, 1, 2, 3, 4]


def test_transaction_numbers_start_at_1_and_skip_0():
    async def scenario():
        async with SerialServer(lambda q: [(0, tcp_answer(q, WORDS))]) as server:
            link = ModbusTcpLink(dial(server.port), timing=TIMING)
            link._transaction = 0xFFFE
            for _ in range(2):
                await link.ask(7, ASK)
            link._drop()
            return [int.from_bytes(q[:2], "big") for q in server.questions]

    assert run(scenario()) == [0xFFFF, 1]


def test_the_trace_keeps_the_last_200_frames_with_what_happened():
    async def scenario():
        async with SerialServer(lambda q: [(0, tcp_answer(q, WORDS))]) as server:
            link = ModbusTcpLink(dial(server.port), timing=TIMING)
            for _ in range(150):
                await link.ask(7, ASK)
            link._drop()
            return link

    link = run(scenario())
    assert len(link.trace) == CAPACITY
    assert link.trace.lines()[-1].endswith("07 04 04 46 40 e6 ae")
    assert (link.counters.exchanges, link.counters.opened, link.counters.failures) == (150, 1, 0)


def test_a_reader_never_broadcasts():
    for frame in (pdu.rtu_frame, lambda unit, content: pdu.tcp_frame(1, unit, content)):
        with pytest.raises(AssertionError):
            frame(0, ASK)


@pytest.mark.parametrize(
    ("framer", "link_class"), [(FramerType.SOCKET, ModbusTcpLink), (FramerType.RTU, RtuOverTcpLink)]
)
def test_an_independent_server_is_understood(framer, link_class):
    async def scenario():
        registers = SimData(3203, values=[32, 0, 0, 1], datatype=DataType.REGISTERS)
        server = ModbusTcpServer([SimDevice(7, simdata=[registers])], address=("127.0.0.1", 0), framer=framer)
        await server.serve_forever(background=True)
        link = link_class(dial(server.transport.sockets[0].getsockname()[1]), timing=Timing(discard=0.02))
        good = pdu.read_request(fc=3, address=3203, count=4)
        absent = pdu.read_request(fc=3, address=5000, count=4)
        replies = await link.ask(7, good), await link.ask(7, absent)
        await link.close()
        await server.shutdown()
        return pdu.answer_words(good, replies[0]), replies[1]

    words, refused = run(scenario())
    assert words == (32, 0, 0, 1)
    assert refused == b"\x83\x02"


@pytest.mark.parametrize("fault", ["fewer registers", "another function", "number 0"])
def test_known_bad_the_library_s_client_believes_what_our_link_refuses(fault):
    """Why the framing is our own: pymodbus 3.16 takes all three for good."""

    def answer(octets):
        content = {
            "fewer registers": b"\x04\x02\x00\x01",
            "another function": b"\x03\x04\x00\x01\x00\x02",
            "number 0": WORDS,
        }[fault]
        return [(0, tcp_answer(octets, content, transaction=b"\0\0" if fault == "number 0" else None))]

    async def scenario():
        async with SerialServer(answer) as server:
            client = AsyncModbusTcpClient("127.0.0.1", port=server.port, timeout=0.3, retries=0)
            await client.connect()
            theirs = await client.read_input_registers(72, count=2, device_id=7)
            client.close()
            link = ModbusTcpLink(dial(server.port), timing=TIMING)
            ours = await outcome(link.ask(7, ASK))
            return theirs, ours

    theirs, ours = run(scenario())
    assert not theirs.isError()
    assert isinstance(ours, BadFrame)
