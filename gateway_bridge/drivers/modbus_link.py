# SPDX-License-Identifier: Apache-2.0
"""Modbus over TCP and Modbus RTU through a transparent serial server: one question, one checked answer."""

from __future__ import annotations

import contextlib
from typing import Protocol

from gateway_bridge.drivers import modbus_pdu as pdu
from gateway_bridge.drivers.errors import BadFrame, ModbusException
from gateway_bridge.drivers.link import Connect, Deadline, Link, Timing
from gateway_bridge.drivers.trace import Trace


class ModbusLink(Protocol):
    """What the driver needs: `ask` answers the content (function code and data) of a checked answer."""

    timing: Timing
    trace: Trace

    async def ask(
        self, unit: int, content: bytes, *, answer: float | None = None, deadline: Deadline | None = None
    ) -> bytes: ...

    async def close(self) -> None: ...

    def taint(self, reason: str) -> None: ...


class ModbusTcpLink(Link):
    """
    Modbus TCP.  The transaction id ties answer to question, so nothing needs to settle; the connection is
    still renewed after every failure, because gateways forget nothing on an old one.
    """

    shared_bus = False

    def __init__(self, connect: Connect, *, timing: Timing | None = None, trace: Trace | None = None) -> None:
        super().__init__(connect, timing=timing, trace=trace)
        self._transaction = 0

    async def ask(
        self, unit: int, content: bytes, *, answer: float | None = None, deadline: Deadline | None = None
    ) -> bytes:
        """
        Ask `unit` and return the checked answer; a Modbus exception is an answer, too.

        :raises WireError: see `Link.exchange`.
        """
        # 0 is never used: some gateways answer everything with it.
        self._transaction = self._transaction % 0xFFFF + 1
        request = pdu.tcp_frame(self._transaction, unit, content)
        frame = await self.exchange(request, length=pdu.tcp_length, answer=answer, deadline=deadline)
        try:
            reply = pdu.tcp_content(request, frame)
            _check(content, reply)
        except BadFrame as refusal:
            self.taint(str(refusal))
            raise
        return reply


class RtuOverTcpLink(Link):
    """Modbus RTU frames in a TCP stream: nothing ties an answer to its question but being in time."""

    shared_bus = True

    async def ask(
        self, unit: int, content: bytes, *, answer: float | None = None, deadline: Deadline | None = None
    ) -> bytes:
        """
        Ask `unit` and return the checked answer; a Modbus exception is an answer, too.

        :raises WireError: see `Link.exchange`.
        """
        request = pdu.rtu_frame(unit, content)
        frame = await self.exchange(
            request,
            length=lambda received: pdu.rtu_length(request, received),
            answer=answer,
            deadline=deadline,
        )
        try:
            reply = pdu.rtu_content(frame)
            _check(content, reply)
        except BadFrame as refusal:
            self.taint(str(refusal))
            raise
        return reply


def _check(content: bytes, reply: bytes) -> None:
    # A refusal by the device is a valid answer; the driver decides what it means.
    with contextlib.suppress(ModbusException):
        pdu.check_answer(content, reply)
