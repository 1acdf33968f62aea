# SPDX-License-Identifier: Apache-2.0
"""Servers that misbehave on purpose, and links with short time-outs to meet them."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime
from typing import Any, Self

from gateway_bridge.drivers.link import Connect, Timing
from gateway_bridge.drivers.modbus_pdu import crc16

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
# Short, but far apart from each other: an answer in time takes about 1 ms here.
TIMING = Timing(connect=2.0, answer=0.3, gap=0.15, settle=0.45, discard=0.03)


def now() -> datetime:
    return NOW


def run(work: Coroutine[Any, Any, Any]) -> Any:
    """Run one scenario in an event loop of its own, at most ten seconds."""

    async def limited() -> Any:
        async with asyncio.timeout(10):
            return await work

    return asyncio.run(limited())


def dial(port: int) -> Connect:
    async def connect() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", port)

    return connect


# What the bus does with one question: a list of (seconds to wait, bytes to send).
Answer = list[tuple[float, bytes]]


class SerialServer:
    """
    A transparent serial server: one wire behind any number of connections.

    Questions wait for each other; bytes from the wire go to the connection of that moment, whoever asked.
    """

    def __init__(self, answer: Callable[[bytes], Answer], *, stale: bytes = b"") -> None:
        self._answer = answer
        self._stale = stale
        self._writers: list[asyncio.StreamWriter] = []
        self._wire: asyncio.Queue[bytes] = asyncio.Queue()
        self.questions: list[bytes] = []
        self.connections = 0

    @property
    def port(self) -> int:
        return self._server.sockets[0].getsockname()[1]

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self._worker = asyncio.create_task(self._work())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._worker.cancel()
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        self.connections += 1
        if self._stale:
            writer.write(self._stale)
        try:
            while octets := await reader.read(512):
                self.questions.append(octets)
                self._wire.put_nowait(octets)
        except ConnectionError:
            pass
        self._writers.remove(writer)
        writer.transport.abort()

    async def _work(self) -> None:
        while True:
            for wait, octets in self._answer(await self._wire.get()):
                if wait:
                    await asyncio.sleep(wait)
                if self._writers:
                    self._writers[-1].write(octets)


def rtu_answer(question: bytes, words: list[int], *, unit: int | None = None, fc: int | None = None) -> bytes:
    """A valid RTU answer with these words."""
    data = b"".join(word.to_bytes(2, "big") for word in words)
    frame = bytes((unit or question[0], fc or question[1], len(data))) + data
    return frame + crc16(frame)


def tcp_answer(question: bytes, content: bytes, *, transaction: bytes | None = None) -> bytes:
    """A Modbus TCP answer to a question."""
    head = question[0:2] if transaction is None else transaction
    return head + b"\0\0" + (len(content) + 1).to_bytes(2, "big") + question[6:7] + content


async def outcome(work: Awaitable[Any]) -> Any:
    """The result of some work, or the error it ended with."""
    try:
        return await work
    except Exception as error:
        return error
