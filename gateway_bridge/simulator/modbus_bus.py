# SPDX-License-Identifier: Apache-2.0
"""Simulated Modbus devices behind Modbus TCP or a transparent serial server."""

from __future__ import annotations

import asyncio

from gateway_bridge.drivers.modbus_pdu import crc16
from gateway_bridge.simulator.bus import SimulatedBus
from gateway_bridge.simulator.faults import Fault
from gateway_bridge.simulator.meter import Meter
from gateway_bridge.simulator.registers import read_words

_REQUEST = 8
# After this much silence, half a request is forgotten.
_FRAME_GAP = 0.1
_ILLEGAL_FUNCTION, _ILLEGAL_ADDRESS, _ILLEGAL_VALUE, _TARGET_SILENT = 1, 2, 3, 11


class ModbusBus(SimulatedBus):
    """What both framings have in common: units and the content of answers."""

    def find(self, unit: int) -> Meter | None:
        return next((meter for meter in self.meters if meter.spec.unit == unit), None)

    def content(self, meter: Meter, request: bytes, fault: Fault | None) -> bytes:
        """Function code and data of the answer, spoiled by the faults that concern them."""
        fc = request[0]
        kind = None if fault is None else fault.kind
        if fault is not None and kind == "exception":
            return bytes((fc | 0x80, fault.code))
        if fc not in (3, 4):
            return bytes((fc | 0x80, _ILLEGAL_FUNCTION))
        address, count = int.from_bytes(request[1:3], "big"), int.from_bytes(request[3:5], "big")
        if not 1 <= count <= meter.spec.profile.max_registers:
            return bytes((fc | 0x80, _ILLEGAL_VALUE))
        words = read_words(
            meter,
            fc=fc,
            address=address,
            count=count,
            at=self.now(),
            serial=self.serial_of(meter, fault),
            bad_values=kind == "bad_values",
        )
        if words is None:
            return bytes((fc | 0x80, _ILLEGAL_ADDRESS))
        if kind == "short_answer":
            words = words[:-1]
        if kind == "wrong_function":
            fc ^= 0x07
        return bytes((fc, 2 * len(words))) + b"".join(word.to_bytes(2, "big") for word in words)


class RtuBus(ModbusBus):
    """RTU frames in a TCP stream; an unknown unit is silence, as on a real bus."""

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        pending = b""
        while True:
            try:
                async with asyncio.timeout(_FRAME_GAP if pending else None):
                    octets = await reader.read(512)
            except TimeoutError:
                pending = b""
                continue
            if not octets:
                return
            pending += octets
            while len(pending) >= _REQUEST:
                request, pending = pending[:_REQUEST], pending[_REQUEST:]
                if crc16(request[:-2]) == request[-2:]:
                    await self._answer(request, writer)

    async def _answer(self, request: bytes, writer: asyncio.StreamWriter) -> None:
        meter = self.find(request[0])
        if meter is None:
            return
        async with self._wire:
            fault = self.fault_for(meter)
            kind = None if fault is None else fault.kind
            unit = request[0] % 247 + 1 if kind == "wrong_unit" else request[0]
            frame = bytes((unit,)) + self.content(meter, request[1:-2], fault)
            check = crc16(frame)
            if kind == "crc_error":
                check = bytes((check[0] ^ 0x55, check[1]))
            await self.deliver(frame + check, fault, writer, meter)


class TcpBus(ModbusBus):
    """Modbus TCP; a gateway answers exception 11 for a unit that does not answer it."""

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            header = await reader.readexactly(7)
            length = int.from_bytes(header[4:6], "big")
            request = await reader.readexactly(length - 1)
            meter = self.find(header[6])
            if meter is None:
                writer.write(self._frame(header, bytes((request[0] | 0x80, _TARGET_SILENT)), None))
                continue
            async with self._wire:
                fault = self.fault_for(meter)
                await self.deliver(
                    self._frame(header, self.content(meter, request, fault), fault), fault, writer, meter
                )

    def _frame(self, header: bytes, content: bytes, fault: Fault | None) -> bytes:
        kind = None if fault is None else fault.kind
        transaction = b"\0\0" if kind == "transaction_zero" else header[0:2]
        length = len(content) + 1 + (300 if kind == "crc_error" else 0)
        unit = header[6] % 247 + 1 if kind == "wrong_unit" else header[6]
        return transaction + b"\0\0" + length.to_bytes(2, "big") + bytes((unit,)) + content
