# SPDX-License-Identifier: Apache-2.0
"""What a figure was measured on: a ratio travels, a number of seconds does not."""

import os
import platform
from pathlib import Path


def machine() -> str:
    """Processor, cores, load and Python."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "")
    load = os.getloadavg()[0]
    return (
        f"{model or platform.processor() or platform.machine()}, {os.cpu_count()} cores,"
        f" load {load:.1f}, Python {platform.python_version()}"
    )


def goal(value: float, *, at_least: float | None = None, at_most: float | None = None) -> dict[str, object]:
    """A measured figure beside what it should be."""
    met = (at_least is None or value >= at_least) and (at_most is None or value <= at_most)
    bound = {"at_least": at_least} if at_least is not None else {"at_most": at_most}
    return {"value": round(value, 2), **bound, "met": met}
