# SPDX-License-Identifier: Apache-2.0
"""What all simulated buses share: connections, one question at a time, faults in delivery."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from abc import ABC, abstractmethod
from collections import Counter
from datetime import datetime

from gateway_bridge.simulator.clock import ClockFile
from gateway_bridge.simulator.errors import UnableToSimulate
from gateway_bridge.simulator.faults import Fault, FaultBoard
from gateway_bridge.simulator.meter import Meter
from gateway_bridge.simulator.series import SeriesStore
from gateway_bridge.simulator.world import BusSpec

# Bytes that begin no frame of any protocol here.
GARBAGE = bytes.fromhex("ff00a5c3996e04b1e7")


class SimulatedBus(ABC):
    """
    One listening port with meters behind it.

    A transparent serial server has one wire behind any number of connections: questions wait for each
    other, and what comes late goes to whoever is connected then.
    """

    def __init__(self, spec: BusSpec, *, clock: ClockFile, series: SeriesStore) -> None:
        self.spec = spec
        self.clock = clock
        self.meters = [Meter(device, series) for device in spec.devices]
        self.faults = FaultBoard()
        self.requests: Counter[str] = Counter()
        self.answers: Counter[str] = Counter()
        self._writers: list[asyncio.StreamWriter] = []
        self._conversations: set[asyncio.Task[None]] = set()
        self._wire = asyncio.Lock()
        self._server: asyncio.Server | None = None
        for fault in spec.faults:
            self.faults.add(None, fault)
        for device in spec.devices:
            for fault in device.faults:
                self.faults.add(device.name, fault)

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, self.spec.host, self.spec.port)
        self.spec.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            for task in self._conversations:
                task.cancel()
            await asyncio.gather(*self._conversations, return_exceptions=True)
            await self._server.wait_closed()

    def now(self) -> datetime:
        return self.clock.now()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        bus_fault = self.faults.standing(None)
        if bus_fault is not None and bus_fault.kind == "down":
            self.faults.take(None)
            writer.transport.abort()
            return
        self._writers.append(writer)
        task = asyncio.current_task()
        assert task is not None
        self._conversations.add(task)
        task.add_done_callback(self._conversations.discard)
        try:
            await self._converse(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            # Cancelled only when the simulator stops: the connection ends either way.
            pass
        except UnableToSimulate as refusal:
            sys.stderr.write(f"{self.spec.name}: {refusal}\n")
        finally:
            self._writers.remove(writer)
            writer.transport.abort()

    @abstractmethod
    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read questions from one connection until it ends."""

    def fault_for(self, meter: Meter) -> Fault | None:
        self.requests[meter.spec.name] += 1
        return self.faults.take(meter.spec.name)

    def serial_of(self, meter: Meter, fault: Fault | None) -> str:
        """The serial number it shows; another one under the fault `wrong_identity`."""
        serial = meter.spec.serial
        if fault is None or fault.kind != "wrong_identity":
            return serial
        return fault.serial or serial[:-1] + ("1" if serial.endswith("0") else "0")

    async def deliver(
        self, answer: bytes, fault: Fault | None, writer: asyncio.StreamWriter, meter: Meter
    ) -> None:
        """Send an answer as the fault has it; the wire stays taken until then."""
        kind = None if fault is None else fault.kind
        if kind == "silent":
            return
        if self.spec.latency:
            await asyncio.sleep(self.spec.latency)
        if fault is not None and kind in ("slow", "late"):
            await asyncio.sleep(fault.seconds)
        if kind == "garbage":
            answer = GARBAGE
        target = self._writers[-1] if kind == "late" and self._writers else writer
        self.answers[meter.spec.name] += 1
        with contextlib.suppress(ConnectionError):
            if fault is not None and kind == "drip":
                for octet in answer:
                    await asyncio.sleep(fault.seconds / len(answer))
                    target.write(bytes((octet,)))
            else:
                target.write(answer)
            await target.drain()
