# SPDX-License-Identifier: Apache-2.0
"""Small simulated worlds for tests."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from gateway_bridge.simulator.clock import write_clock

START = datetime(2026, 11, 19, tzinfo=UTC)
NOON = datetime(2026, 11, 19, 12, tzinfo=UTC)
SLOTS = 192
FLAT = np.arange(SLOTS, dtype=np.int64) * 137 + 1_000_003
HEAT = np.arange(SLOTS, dtype=np.int64) * 500 + 2_000_000
VOLUME = np.arange(SLOTS, dtype=np.int64) * 12_345

SDM = {
    "name": "flat-01",
    "profile": "eastron-sdm630",
    "unit": 1,
    "serial": "22010001",
    "quantities": {"energy_import": "flat", "energy_export": 0},
}
SDM_TWO = SDM | {
    "name": "flat-02",
    "unit": 2,
    "serial": "22010002",
    "quantities": {"energy_import": 5_000_000},
}
IEM = SDM | {"name": "grid", "profile": "schneider-iem3155", "serial": "70012345"}
HEAT_METER = {
    "name": "heat-01",
    "profile": "heat-meter",
    "primary": 1,
    "serial": "12345678",
    "manufacturer": "KAM",
    "version": 8,
    "medium": 4,
    "quantities": {"heat_energy": "heat", "volume": "volume"},
}


def make_world(folder: Path, *buses: dict[str, Any], at: datetime = NOON, factor: float = 0.0) -> Path:
    """Write a world with standing clock and three series; answer the path of its file."""
    np.savez(folder / "series.npz", flat=FLAT, heat=HEAT, volume=VOLUME)
    write_clock(folder / "clock.json", base=at, factor=factor)
    world = {
        "version": 1,
        "clock": "clock.json",
        "series": {"file": "series.npz", "start": START.isoformat(), "step_seconds": 900},
        "buses": list(buses),
    }
    path = folder / "world.json"
    path.write_text(json.dumps(world))
    return path


def bus(transport: str, *devices: dict[str, Any], name: str = "bus", **more: Any) -> dict[str, Any]:
    return {"name": name, "transport": transport, "devices": list(devices), **more}
