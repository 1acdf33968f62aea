# SPDX-License-Identifier: Apache-2.0
"""A simulated house in a process of its own, and the product's view of it."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from accounts import clock
from gateway_bridge.models import DeviceBinding, DeviceHealth, Endpoint, EndpointHealth, RawTelegram
from gateway_bridge.polling.slots import slot_of
from gateway_bridge.services.poll_shard import ShardReport, poll_shard
from gateway_bridge.simulator.clock import write_clock
from gateway_bridge.simulator.process import SimulatorProcess
from metering.models import Reading
from tests.cast import Side
from tests.gateway_bridge.setup import a_gateway, a_meter, bind
from tests.gateway_bridge.worlds import HEAT_METER, IEM, NOON, SDM, SDM_TWO, bus

TRANSPORTS = {"modbus-tcp": "modbus_tcp", "modbus-rtu-tcp": "rtu_tcp", "mbus-tcp": "mbus_tcp"}
GRID_TWO = IEM | {"name": "grid-02", "unit": 2, "serial": "70012346"}
HEAT_TWO = HEAT_METER | {"name": "heat-02", "primary": 2, "serial": "12345679"}
# Two devices on each bus; tests of faults let the first one misbehave.
BUSES = [
    bus("modbus-rtu-tcp", SDM, SDM_TWO, name="rtu", latency_ms=30),
    bus("modbus-tcp", IEM, GRID_TWO, name="tcp"),
    bus("mbus-tcp", HEAT_METER, HEAT_TWO, name="heat"),
]
PAIRS = {"rtu": ("flat-01", "flat-02"), "tcp": ("grid", "grid-02"), "heat": ("heat-01", "heat-02")}


@dataclass
class House:
    """The simulator, its clock, and the endpoints and devices that one side has bound to it."""

    simulator: SimulatorProcess
    clock_file: Path
    side: Side
    endpoints: dict[str, Endpoint] = field(default_factory=dict)
    bindings: dict[str, DeviceBinding] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)

    def connect(self, buses: list[dict[str, Any]], prefix: str = "", **timing: Any) -> None:
        """A gateway for each bus and a meter for each device; call inside the side's scope."""
        for spec in buses:
            port = self.simulator.ports[spec["name"]]
            endpoint = a_gateway(
                self.side, port, TRANSPORTS[spec["transport"]], name=f"{prefix}{spec['name']}", **timing
            )
            self.endpoints[spec["name"]] = endpoint
            for device in spec["devices"]:
                medium = "heat" if spec["transport"] == "mbus-tcp" else "electricity"
                meter = a_meter(self.side, f"{prefix}{device['name']}", medium=medium)
                self.bindings[device["name"]] = bind(endpoint, meter, device)
                self.places[device["name"]] = spec["name"]

    def set_clock(self, instant: datetime) -> None:
        write_clock(self.clock_file, base=instant, factor=0.0)

    def fault(self, name: str, kind: str, **more: Any) -> None:
        self.simulator.control(cmd="fault", bus=self.places[name], device=name, kind=kind, **more)

    def reset(self) -> None:
        """As at the start: no faults, twelve o'clock."""
        self.clear()
        self.set_clock(NOON)

    def clear(self) -> None:
        self.simulator.control(cmd="clear")

    def truth(self, name: str, quantity: str = "energy_import") -> int:
        """What the simulated counter shows now, in base units."""
        reply = self.simulator.control(cmd="value", bus=self.places[name], device=name, quantity=quantity)
        return int(reply["value"])

    def poll(self, *buses: str, seconds: float = 20.0) -> ShardReport:
        """One task over these buses (all, if none is named) for the slot that it is now."""
        names = buses or tuple(self.endpoints)
        return poll_shard(
            organization_id=self.side.id,
            endpoint_ids=[self.endpoints[name].pk for name in names],
            slot=slot_of(clock.now()),
            now=clock.now,
            seconds=seconds,
        )

    # What the product knows; call these inside the side's scope.

    def readings(self, name: str, obis: str = "") -> list[tuple[datetime, int]]:
        meter = self.bindings[name].meter
        code = obis or ("6-0:1.0.0" if name.startswith("heat") else "1-0:1.8.0")
        rows = Reading.objects.filter(register__meter=meter, register__obis=code).order_by("at", "revision")
        return list(rows.values_list("at", "value"))

    def all_readings(self) -> int:
        return Reading.objects.count()

    def telegrams(self, name: str) -> int:
        return RawTelegram.objects.filter(binding=self.bindings[name]).count()

    def health(self, name: str) -> DeviceHealth:
        return DeviceHealth.objects.get(binding=self.bindings[name])

    def endpoint_health(self, name: str) -> EndpointHealth:
        return EndpointHealth.objects.get(endpoint=self.endpoints[name])
