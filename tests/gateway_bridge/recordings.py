# SPDX-License-Identifier: Apache-2.0
"""The recordings that came with the project, by name."""

import json
from functools import cache
from pathlib import Path
from typing import Any

DEVICES = Path(__file__).parents[1] / "data" / "devices"


@cache
def frames() -> dict[str, dict[str, Any]]:
    lines = (DEVICES / "mbus-frames.jsonl").read_text(encoding="utf-8").splitlines()
    return {item["name"]: item for item in map(json.loads, lines)}


def telegram(name: str) -> bytes:
    return bytes.fromhex(frames()[name]["hex"])
