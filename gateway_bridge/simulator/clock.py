# SPDX-License-Identifier: Apache-2.0
"""The simulated now: a file that other processes read and write, too.

`{"base": "2026-11-21T10:00:00Z", "at": <time.time()>, "factor": 1.0}` means base + (time.time() - at) ×
factor.
"""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gateway_bridge.simulator.errors import UnableToSimulate


class ClockFile:
    """Reads the file again whenever it changes; without a file, real time."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._seen: tuple[int, int, int] | None = None
        self._base = datetime.fromtimestamp(0, UTC)
        self._at = 0.0
        self._factor = 1.0

    def now(self) -> datetime:
        """
        The simulated instant.

        :raises UnableToSimulate: if the file is missing or holds something else.
        """
        if self._path is not None:
            self._refresh(self._path)
        return self._base + timedelta(seconds=(time.time() - self._at) * self._factor)

    def _refresh(self, path: Path) -> None:
        try:
            stat = path.stat()
            seen = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
            if seen == self._seen:
                return
            content = json.loads(path.read_text())
            base = datetime.fromisoformat(content["base"])
            at, factor = float(content["at"]), float(content["factor"])
        except (OSError, ValueError, KeyError, TypeError) as refusal:
            raise UnableToSimulate(f"clock file {path.name}: {refusal}") from refusal
        if base.tzinfo is None:
            raise UnableToSimulate(f"clock file {path.name}: base has no time zone")
        self._base, self._at, self._factor, self._seen = base.astimezone(UTC), at, factor, seen


def write_clock(path: Path, *, base: datetime, factor: float) -> None:
    """Set the clock to run from `base` on; replaced in one step, so that no reader sees half a file."""
    draft = path.with_suffix(".new")
    text = base.astimezone(UTC).isoformat().replace("+00:00", "Z")
    draft.write_text(json.dumps({"base": text, "at": time.time(), "factor": factor}))
    draft.replace(path)
