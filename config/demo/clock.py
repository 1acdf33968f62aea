# SPDX-License-Identifier: Apache-2.0
"""The demo's clock: one file that simulator, workers and pages read.

It stands still on a quarter hour while that quarter hour is polled, jumps to
the next, and runs at the normal speed once it has caught up with the real time.
"""

import json
import time
from datetime import datetime
from pathlib import Path


class DemoClock:
    def __init__(self, path: Path) -> None:
        self.path = path

    def stand_at(self, instant: datetime) -> None:
        self._write(instant, factor=0.0)

    def run_from(self, instant: datetime) -> None:
        self._write(instant, factor=1.0)

    def _write(self, instant: datetime, *, factor: float) -> None:
        # Replaced by rename: a reader sees the old time or the new one, never half a file.
        draft = self.path.with_suffix(".new")
        draft.write_text(json.dumps({"base": instant.isoformat(), "at": time.time(), "factor": factor}))
        draft.replace(self.path)
