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

# One table at a time: a join planned on old statistics compares every register with every meter.
_REGISTERS = "SELECT id, meter_id, resolution FROM metering_register WHERE id = ANY(%s)"
_METERS = "SELECT id, site_id FROM metering_meter WHERE id = ANY(%s)"
_SITES = "SELECT id, time_zone FROM premises_site WHERE id = ANY(%s)"
_FACTORS = """
    SELECT meter_id, factor, lower(period), upper(period) FROM metering_meterfactor
    WHERE meter_id = ANY(%s) AND factor <> 1
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
    registers = _registers(asked)
    units = [10 ** registers[i][1] if i in registers else 1 for i in asked]
    meters = {registers[i][0] for i in asked if i in registers}
    factors = binary.execute(_FACTORS, [list(meters)])
    zones = load_zones(asked) if factors else []
    periods = tuple(
        FactorPeriod(row, factor, begin, end, zone)
        for meter_id, factor, begin, end in factors
        for row, zone in enumerate(zones)
        if zone is not None and registers[asked[row]][0] == meter_id
    )
    return Scale(np.array(units, dtype=np.int64), periods)


def load_zones(register_ids: Sequence[int]) -> list[ZoneInfo | None]:
    """The time zone of each register's site, None for one that is not there."""
    asked = list(register_ids)
    registers = _registers(asked)
    sites = dict(binary.execute(_METERS, [list({meter_id for meter_id, _exponent in registers.values()})]))
    names = dict(binary.execute(_SITES, [list(set(sites.values()))]))
    zones = {site_id: ZoneInfo(name) for site_id, name in names.items()}
    return [zones[sites[registers[i][0]]] if i in registers else None for i in asked]


def _registers(register_ids: list[int]) -> dict[int, tuple[int, int]]:
    """Meter and resolution of each register that is there."""
    return {row[0]: (row[1], row[2]) for row in binary.execute(_REGISTERS, [register_ids])}


def _number(day: date) -> int:
    return int(np.datetime64(day, "D").astype(np.int64))


def _slots_until(start: datetime, day: date, zone: ZoneInfo) -> int:
    begin, _end = local_day_bounds(day, zone)
    return max((to_utc_seconds(begin) - to_utc_seconds(start)) // SLOT_SECONDS, 0)
