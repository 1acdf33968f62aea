# SPDX-License-Identifier: Apache-2.0
"""The simulator's world: the year as registers behind five buses."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from config.demo.dataset import Year
from config.demo.devices import BUSES, Device

ANSWER_MS = 1
M_BUS_MEDIUM = {"heat": 4, "hot_water": 6, "cold_water": 7}


def write_world(folder: Path, year: Year, devices: list[Device], clock: Path) -> Path:
    """Write `world.json` and `series.npz`; returns the path of the world file."""
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(folder / "series.npz", **year.indexes)
    world = {
        "version": 1,
        "clock": str(clock),
        "series": {"file": "series.npz", "start": year.start.isoformat(), "step_seconds": 900},
        "control": {"host": "127.0.0.1", "port": 0},
        "buses": [
            {
                "name": bus.name,
                "transport": bus.transport,
                "latency_ms": ANSWER_MS,
                "devices": [_device(device) for device in devices if device.bus == bus.name],
            }
            for bus in BUSES
        ],
    }
    path = folder / "world.json"
    path.write_text(json.dumps(world, indent=1), encoding="utf-8")
    return path


def _device(device: Device) -> dict[str, Any]:
    described: dict[str, Any] = {
        "name": device.name,
        "profile": device.profile,
        "serial": device.serial,
        "quantities": {count.quantity: count.series for count in device.counts},
    }
    if device.is_mbus:
        return described | {
            "primary": device.address,
            "manufacturer": "KAM",
            "version": 8,
            "medium": M_BUS_MEDIUM[device.medium],
        }
    return described | {"unit": device.address}
