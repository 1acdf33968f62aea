# SPDX-License-Identifier: Apache-2.0
"""Counter series: what a counter shows at regular instants, and what it shows in between."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from gateway_bridge.simulator.errors import UnableToSimulate

_MICROSECOND = timedelta(microseconds=1)


class SeriesStore:
    """
    int64 vectors by name: the counter at `start + k × step`, in the base unit.

    Before the first and after the last instant a counter stands still.
    """

    def __init__(self, vectors: dict[str, NDArray[np.int64]], *, start: datetime, step: timedelta) -> None:
        self.start = start
        self.step = step
        self._vectors = vectors

    def __contains__(self, name: str) -> bool:
        return name in self._vectors

    def index(self, name: str, at: datetime) -> int:
        """index(t0) + floor((t - t0) × delta / step); on a boundary exactly the series' own value."""
        vector = self._vectors[name]
        slot, rest = divmod((at - self.start) // _MICROSECOND, self.step // _MICROSECOND)
        if slot < 0:
            return int(vector[0])
        if slot >= len(vector) - 1:
            return int(vector[-1])
        first, second = int(vector[slot]), int(vector[slot + 1])
        return first + (second - first) * rest // (self.step // _MICROSECOND)

    def per_hour(self, name: str, at: datetime) -> int:
        """How fast the counter runs at this instant, in base units an hour, rounded down."""
        vector = self._vectors[name]
        slot = (at - self.start) // self.step
        if not 0 <= slot < len(vector) - 1:
            return 0
        return (int(vector[slot + 1]) - int(vector[slot])) * 3600 // int(self.step.total_seconds())


def load_series(path: Path, *, start: datetime, step: timedelta) -> SeriesStore:
    """
    Read an `.npz` file.

    :raises UnableToSimulate: if it is none, or a vector is not one-dimensional int64.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            vectors = {name: archive[name] for name in archive.files}
    except (OSError, ValueError, BadZipFile) as refusal:
        raise UnableToSimulate(f"series file {path.name}: {refusal}") from refusal
    for name, vector in vectors.items():
        if vector.ndim != 1 or vector.dtype != np.int64 or not len(vector):
            raise UnableToSimulate(f"series file {path.name}: {name} is not a vector of int64")
    return SeriesStore(vectors, start=start, step=step)
