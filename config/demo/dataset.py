# SPDX-License-Identifier: Apache-2.0
"""One year of a real building, as the cumulative registers its meters would show.

The source has kWh with four decimals per quarter hour.  A meter shows whole
steps of its own resolution, so each consumer's cumulative sum is cut to the
resolution of its meter, and the entry meter is the exact balance of what the
others show: consumption − production = import − export, to the Wh, in every
slot.  The year is laid onto the calendar so that it ends where the caller says.
"""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

STEP = timedelta(minutes=15)
SOURCE = Path(__file__).parent / "data" / "building_2016_15min.csv.gz"
SEED = 20161231


@dataclass(frozen=True, slots=True)
class Year:
    """
    Cumulative indexes in the base unit at `start + k × 15 min`, k = 0 … n.

    `indexes[name]` is int64 of length n + 1; slot k is the difference between
    k + 1 and k.
    """

    start: datetime
    slots: int
    indexes: Mapping[str, np.ndarray]

    @property
    def end(self) -> datetime:
        return self.start + self.slots * STEP

    def deltas(self, name: str) -> np.ndarray:
        return np.diff(self.indexes[name])

    def position(self, instant: datetime) -> int:
        """Which index belongs to `instant` (a quarter hour of the year)."""
        return int((instant - self.start) / STEP)


def building_year(
    *, end: datetime, days: int, resolution_wh: Mapping[str, int], first_index_wh: Mapping[str, int]
) -> Year:
    """
    The `days` before `end` for the consumers named in `resolution_wh`, plus `pv`, `grid_in`, `grid_out`.

    Each instant takes the 2016 value of the same month, day and time (2016 was
    a leap year, so every day is there).  `first_index_wh` is where each
    register starts; missing ones start at 0.
    """
    source = _tenth_wh()
    slots = days * 96
    rows = _rows_of_2016(end - slots * STEP, slots)
    indexes: dict[str, np.ndarray] = {}
    for name, step in resolution_wh.items():
        indexes[name] = _cumulative(source[name][rows], step, first_index_wh.get(name, 0))
    indexes["pv"] = _cumulative(source["pv"][rows], 1, first_index_wh.get("pv", 0))
    net = sum(np.diff(indexes[name]) for name in resolution_wh) - np.diff(indexes["pv"])
    for name, flow in (("grid_in", np.maximum(net, 0)), ("grid_out", np.maximum(-net, 0))):
        indexes[name] = first_index_wh.get(name, 0) + np.concatenate([[0], np.cumsum(flow)])
    return Year(end - slots * STEP, slots, indexes)


def heat_and_water(*, start: datetime, slots: int) -> dict[str, np.ndarray]:
    """
    Generated registers of the plant room: heat (Wh, steps of 1 kWh), volumes (ml, steps of 1 l).

    The heat follows a degree-day shape over the year and the hours of the day;
    the shape, not the level, is what the measured Danish meters show.
    """
    instants = np.datetime64(start.replace(tzinfo=None)) + np.arange(slots) * np.timedelta64(15, "m")
    day_of_year = (instants - instants.astype("datetime64[Y]")).astype("timedelta64[D]").astype(int)
    hour = (instants - instants.astype("datetime64[D]")).astype("timedelta64[m]").astype(int) / 60
    rng = np.random.default_rng(SEED)
    season = np.clip(np.cos(2 * np.pi * (day_of_year - 15) / 365) * 0.6 + 0.35, 0.03, None)
    daily = 1 + 0.35 * np.cos(2 * np.pi * (hour - 7) / 24)
    heat = (season * daily * rng.gamma(8, 1 / 8, slots) * 9_000).astype(np.int64)
    draw = 1 + 1.4 * np.exp(-((hour - 7) ** 2) / 3) + 1.1 * np.exp(-((hour - 19) ** 2) / 5)
    hot = (draw * rng.gamma(2, 1 / 2, slots) * 9_000).astype(np.int64)
    cold = (draw * rng.gamma(2, 1 / 2, slots) * 16_000).astype(np.int64)
    shown = {
        "heat": (heat, 1_000, 412_000_000),
        "heat_volume": (heat * 1_000 // 29, 1_000, 17_400_000),
        "hot_water": (hot, 1_000, 1_204_000),
        "cold_water": (cold, 1_000, 2_611_000),
    }
    return {
        name: first + np.concatenate([[0], np.cumsum(flow)]) // step * step
        for name, (flow, step, first) in shown.items()
    }


def _tenth_wh() -> dict[str, np.ndarray]:
    """The source in whole tenths of a Wh: the four decimals of a kWh are exact integers."""
    with gzip.open(SOURCE, "rt", encoding="utf-8") as file:
        frame = pd.read_csv(file, dtype=str)
    columns = [name for name in frame.columns if name != "time_utc_start"]
    return {
        name: frame[name].str.replace(".", "", regex=False).astype(np.int64).to_numpy() for name in columns
    }


def _rows_of_2016(start: datetime, slots: int) -> np.ndarray:
    begin = datetime(2016, 1, 1, tzinfo=UTC)
    instants = (start + position * STEP for position in range(slots))
    rows = ((instant.astimezone(UTC).replace(year=2016) - begin) // STEP for instant in instants)
    return np.fromiter(rows, dtype=np.int64, count=slots)


def _cumulative(tenth_wh: np.ndarray, step_wh: int, first_wh: int) -> np.ndarray:
    total = np.concatenate([[0], np.cumsum(tenth_wh)]) // 10
    return first_wh + total // step_wh * step_wh
