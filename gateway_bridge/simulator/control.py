# SPDX-License-Identifier: Apache-2.0
"""The control port: JSON lines in, one JSON line out for each."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from gateway_bridge.simulator.errors import UnableToSimulate
from gateway_bridge.simulator.faults import read_fault

if TYPE_CHECKING:
    from gateway_bridge.simulator.bus import SimulatedBus
    from gateway_bridge.simulator.meter import Meter
    from gateway_bridge.simulator.serve import Simulator


class ControlServer:
    """Listens for commands; every mistake is answered, none ends the simulator."""

    def __init__(self, simulator: Simulator, *, host: str, port: int) -> None:
        self._simulator = simulator
        self.host = host
        self.port = port
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            for writer in self._writers:
                writer.transport.abort()
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while line := await reader.readline():
                writer.write(json.dumps(self.handle(line)).encode() + b"\n")
                await writer.drain()
        except (ConnectionError, ValueError):
            pass
        finally:
            self._writers.discard(writer)
            writer.transport.abort()

    def handle(self, line: bytes) -> dict[str, Any]:
        """Carry out one command line."""
        try:
            command = json.loads(line)
            if not isinstance(command, dict):
                raise UnableToSimulate("a command is a JSON object")
            return {"ok": True, **self._carry_out(command)}
        except (ValueError, KeyError, UnableToSimulate) as refusal:
            return {"ok": False, "error": str(refusal)}

    def _carry_out(self, command: dict[str, Any]) -> dict[str, Any]:
        word = command.pop("cmd", None)
        if word == "now":
            return {"now": self._simulator.world.clock.now().isoformat().replace("+00:00", "Z")}
        if word == "stats":
            return {"buses": {bus.spec.name: _stats(bus) for bus in self._simulator.buses}}
        if word == "clear":
            self._clear(command.get("bus"), command.get("device"))
            return {}
        if word == "fault":
            bus, device = command.pop("bus"), command.pop("device", None)
            if device is not None:
                self._meter(bus, device)
            self._bus(bus).faults.add(device, read_fault(command, "command"))
            return {}
        if word == "value":
            meter = self._meter(command["bus"], command["device"])
            quantity = meter.spec.profile.quantity(command["quantity"])
            return {
                "value": str(meter.value(quantity, self._simulator.world.clock.now())),
                "unit": quantity.base_unit,
            }
        raise UnableToSimulate(f"unknown command {word!r}")

    def _clear(self, bus: str | None, device: str | None) -> None:
        for each in self._simulator.buses if bus is None else [self._bus(bus)]:
            each.faults.clear(device, everything=device is None)

    def _bus(self, name: str) -> SimulatedBus:
        for bus in self._simulator.buses:
            if bus.spec.name == name:
                return bus
        raise UnableToSimulate(f"no bus {name!r}")

    def _meter(self, bus: str, device: str) -> Meter:
        for meter in self._bus(bus).meters:
            if meter.spec.name == device:
                return meter
        raise UnableToSimulate(f"no device {device!r} on bus {bus!r}")


def _stats(bus: SimulatedBus) -> dict[str, dict[str, int]]:
    return {
        meter.spec.name: {
            "requests": bus.requests[meter.spec.name],
            "answers": bus.answers[meter.spec.name],
        }
        for meter in bus.meters
    }
