# SPDX-License-Identifier: Apache-2.0
"""What turns a register's counts into base units: its resolution, times the meter's factor of the day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from metering import binary
from metering.series.calendar import SLOT_SECONDS, Instants, local_day_bounds, to_utc_seconds

_REGISTERS = """
    SELECT r.id, r.resolution, s.time_zone FROM metering_register r
    JOIN metering_meter m ON m.id = r.meter_id JOIN premises_site s ON s.id = m.site_id
    WHERE r.id = ANY(%s)
"""
_FACTORS = """
    SELECT r.id, f.factor, lower(f.period), upper(f.period)
    FROM metering_register r JOIN metering_meterfactor f ON f.meter_id = r.meter_id
    WHERE r.id = ANY(%s) AND f.factor <> 1
"""


@dataclass(frozen=True, slots=True)
class FactorPeriod:
    """A transformer ratio of the register in `row` from `begin` until before `end` (None: no limit)."""

    row: int
    factor: int
    begin: date | None
    end: date | None
    zone: ZoneInfo

    def days(self, days: Instants) -> slice:
        """The part of ascending, consecutive days (`datetime64[D]`) it holds on."""
        first = int(days[0].astype(np.int64)) if len(days) else 0
        return slice(
            0 if self.begin is None else max(_number(self.begin) - first, 0),
            len(days) if self.end is None else max(_number(self.end) - first, 0),
        )

    def slots(self, start: datetime, count: int) -> slice:
        """The part of `count` slots from `start` it holds in: from local midnight to local midnight."""
        return slice(
            0 if self.begin is None else _slots_until(start, self.begin, self.zone),
            count if self.end is None else _slots_until(start, self.end, self.zone),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Scale:
    """`units` int64 [n]: base units per count; `periods` in which a factor other than 1 holds."""

    units: NDArray[np.int64]
    periods: tuple[FactorPeriod, ...]

    @property
    def is_one(self) -> bool:
        return not self.periods and bool((self.units == 1).all())

    def of_days(self, days: Instants) -> NDArray[np.int64]:
        """Base units per count on each of consecutive local days, int64 [n, days]."""
        factors = np.repeat(self.units[:, None], len(days), axis=1)
        for period in self.periods:
            factors[period.row, period.days(days)] *= period.factor
        return factors

    def of_slots(self, start: datetime, count: int) -> NDArray[np.int64]:
        """Base units per count in each of `count` slots from `start`, int64 [n, count]."""
        factors = np.repeat(self.units[:, None], count, axis=1)
        for period in self.periods:
            factors[period.row, period.slots(start, count)] *= period.factor
        return factors


def load_scale(register_ids: Sequence[int]) -> Scale:
    """The scale of each register, in the order given; 1 for one that is not there."""
    asked = list(register_ids)
    found = {row[0]: (10 ** row[1], ZoneInfo(row[2])) for row in binary.execute(_REGISTERS, [asked])}
    rows: dict[int, list[int]] = {}
    for row, register_id in enumerate(asked):
        rows.setdefault(register_id, []).append(row)
    periods = tuple(
        FactorPeriod(row, factor, begin, end, found[register_id][1])
        for register_id, factor, begin, end in binary.execute(_FACTORS, [asked])
        for row in rows[register_id]
    )
    units = [found[register_id][0] if register_id in found else 1 for register_id in asked]
    return Scale(np.array(units, dtype=np.int64), periods)


def load_zones(register_ids: Sequence[int]) -> list[ZoneInfo | None]:
    """The time zone of each register's site, None for one that is not there."""
    found = {row[0]: ZoneInfo(row[2]) for row in binary.execute(_REGISTERS, [list(register_ids)])}
    return [found.get(register_id) for register_id in register_ids]


def _number(day: date) -> int:
    return int(np.datetime64(day, "D").astype(np.int64))


def _slots_until(start: datetime, day: date, zone: ZoneInfo) -> int:
    begin, _end = local_day_bounds(day, zone)
    return max((to_utc_seconds(begin) - to_utc_seconds(start)) // SLOT_SECONDS, 0)
