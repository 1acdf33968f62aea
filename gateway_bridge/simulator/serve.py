# SPDX-License-Identifier: Apache-2.0
"""All buses of a world and the control port, in one event loop."""

from __future__ import annotations

import os
from ipaddress import ip_address
from types import TracebackType
from typing import Any, Self

from gateway_bridge.simulator.bus import SimulatedBus
from gateway_bridge.simulator.control import ControlServer
from gateway_bridge.simulator.errors import UnableToSimulate
from gateway_bridge.simulator.mbus_bus import MBusBus
from gateway_bridge.simulator.modbus_bus import RtuBus, TcpBus
from gateway_bridge.simulator.world import World

_BUSES: dict[str, type[SimulatedBus]] = {
    "modbus-tcp": TcpBus,
    "modbus-rtu-tcp": RtuBus,
    "mbus-tcp": MBusBus,
}


class Simulator:
    """An async context manager: everything listens inside it."""

    def __init__(self, world: World, *, allow_public: bool = False) -> None:
        self.world = world
        for host in (world.control_host, *(bus.host for bus in world.buses)):
            if not allow_public and not _is_loopback(host):
                raise UnableToSimulate(f"host {host!r} is not a loopback address (--allow-public)")
        self.buses = [
            _BUSES[spec.transport](spec, clock=world.clock, series=world.series) for spec in world.buses
        ]
        self.control = ControlServer(self, host=world.control_host, port=world.control_port)

    async def __aenter__(self) -> Self:
        # A broken clock file should stop the start, not the first answer.
        self.world.clock.now()
        try:
            for bus in self.buses:
                await bus.start()
            await self.control.start()
        except OSError as refusal:
            await self.__aexit__(None, None, None)
            raise UnableToSimulate(f"cannot listen: {refusal}") from refusal
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.control.stop()
        for bus in self.buses:
            await bus.stop()

    def ready(self) -> dict[str, Any]:
        """What the start-up line says."""
        return {
            "pid": os.getpid(),
            "control": {"host": self.control.host, "port": self.control.port},
            "buses": {
                bus.spec.name: {
                    "host": bus.spec.host,
                    "port": bus.spec.port,
                    "transport": bus.spec.transport,
                }
                for bus in self.buses
            },
        }


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
