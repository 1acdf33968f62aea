# SPDX-License-Identifier: Apache-2.0
"""A line's story as data: registers → quarter hours → share → price.

The figures come from the same arrays that the line was priced from; a screen shows them, the
evidence stored with the line is a part of them, and their sums are asserted to meet the line.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from billing.engine.basis import Basis, Stake
from billing.engine.energy import Energies, Series, counted, estimated_count
from billing.engine.lines import KWH, PricedLine, groups_in, speaks_of
from billing.engine.slots import slot_range
from billing.tariffs.rounding import multiply
from metering.series.calendar import local_day_bounds, slot_instants, to_instant
from metering.series.vectors import Quality

RESIDUAL = "residual"


@dataclass(frozen=True, slots=True)
class MeterUse:
    """
    What one register counted in a line's tariff hours, over [start_at, end_at).

    `register_id` is None for the site's unexplained rest, where the stake takes it.
    """

    register_id: int | None
    meter_number: str
    obis: str
    start: date
    end: date
    start_at: datetime
    end_at: datetime
    slots: int
    missing_slots: int
    estimated_slots: int
    consumption_wh: int
    revisions: tuple[tuple[date, int], ...]


@dataclass(frozen=True, slots=True)
class MonthShare:
    """One group of a line: what was used in its tariff hours, and its division, in Wh."""

    month: date
    slot: str
    slots: int
    consumption_wh: int
    solar_wh: int
    grid_wh: int
    counted_wh: int


@dataclass(frozen=True, slots=True)
class SitePool:
    """The whole site in a line's tariff hours, in Wh: what there was to share, and who shared."""

    pool_wh: int
    consumption_wh: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything behind one line; `exact` is the unrounded product of quantity and price."""

    line: PricedLine
    meters: tuple[MeterUse, ...]
    months: tuple[MonthShare, ...]
    site: SitePool
    exact: Decimal

    @property
    def consumption_wh(self) -> int:
        return sum(month.consumption_wh for month in self.months)

    @property
    def share(self) -> Fraction:
        """The line's part of what the occupancy used in its tariff hours."""
        whole = self.consumption_wh
        return Fraction(self.line.energy_wh or 0, whole) if whole else Fraction(0)

    @property
    def rounding(self) -> Decimal:
        return self.line.amount - self.exact

    @property
    def estimated(self) -> bool:
        return any(meter.estimated_slots or meter.missing_slots for meter in self.meters)


def explain(basis: Basis, series: Series, energies: Energies, number: int, line: PricedLine) -> Explanation:
    """The story of a line of the stake with this number; sums are asserted."""
    exact = multiply(line.quantity, line.unit_price)
    if line.component.unit != KWH:
        return Explanation(line, (), (), SitePool(0, 0), exact)
    stake, terms = basis.stakes[number], basis.terms[line.terms]
    chosen = [group for group in groups_in(terms, energies) if _matches(energies, line, basis, group)]
    days = slot_range(basis, line.start, line.end)
    inside = np.zeros(len(energies.groups.index), dtype=bool)
    inside[days] = np.isin(energies.groups.index[days], chosen)
    meters = _meters(basis, series, energies, stake, inside)
    months = tuple(_month(energies, basis, number, line, group, inside) for group in chosen)
    months = tuple(month for month in months if month.slots)
    used = sum(month.consumption_wh for month in months)
    assert sum(meter.consumption_wh for meter in meters) == used, "The meters do not meet the line."
    whole = energies.balance
    site = SitePool(int(whole.pool[inside].sum()), int(whole.consumed[inside].sum()))
    return Explanation(line, meters, months, site, exact)


def _matches(energies: Energies, line: PricedLine, basis: Basis, group: int) -> bool:
    slot = energies.groups.slot(energies.groups.labels[group], basis.terms[line.terms].windows)
    return line.component.slot in ("all", slot)


def _month(
    energies: Energies, basis: Basis, number: int, line: PricedLine, group: int, inside: NDArray[np.bool_]
) -> MonthShare:
    label, split = energies.groups.labels[group], energies.split
    slot = energies.groups.slot(label, basis.terms[line.terms].windows)
    solar, grid = int(split.solar[number, group]), int(split.grid[number, group])
    spoken = (speaks_of(line.component, "solar", slot), speaks_of(line.component, "grid", slot))
    return MonthShare(
        month=label.bucket,
        slot=slot,
        slots=int((inside & (energies.groups.index == group)).sum()),
        consumption_wh=int(split.consumption[number, group]),
        solar_wh=solar,
        grid_wh=grid,
        counted_wh=solar * spoken[0] + grid * spoken[1],
    )


def _meters(
    basis: Basis, series: Series, energies: Energies, stake: Stake, inside: NDArray[np.bool_]
) -> tuple[MeterUse, ...]:
    found = []
    for source in stake.sources:
        days = counted(basis, source, stake)
        here = np.zeros_like(inside)
        here[days] = inside[days]
        if not here.any():
            continue
        row = series.row(source.register_id)
        quality = series.quality[row, here]
        missing = int((quality == Quality.MISSING).sum())
        start, end = max(source.start, stake.start), min(source.end, stake.end)
        revisions = tuple(
            (revised.day, revised.revision)
            for revised in basis.revisions
            if revised.register_id == source.register_id
        )
        found.append(
            MeterUse(
                register_id=source.register_id,
                meter_number=source.meter_number,
                obis=source.obis,
                start=start,
                end=end,
                start_at=local_day_bounds(start, basis.zone)[0],
                end_at=local_day_bounds(end, basis.zone)[0],
                slots=int(here.sum()),
                missing_slots=missing,
                estimated_slots=estimated_count(quality) - missing,
                consumption_wh=int(series.values[row, here].sum()),
                revisions=revisions,
            )
        )
    return (*found, *_rest(basis, energies, stake, inside))


def _rest(basis: Basis, energies: Energies, stake: Stake, inside: NDArray[np.bool_]) -> tuple[MeterUse, ...]:
    here = np.zeros_like(inside)
    days = slot_range(basis, stake.start, stake.end)
    here[days] = inside[days]
    total = int(energies.residual[here].sum()) if stake.takes_residual else 0
    if not total:
        return ()
    return (
        MeterUse(
            register_id=None,
            meter_number="",
            obis="",
            start=stake.start,
            end=stake.end,
            start_at=local_day_bounds(stake.start, basis.zone)[0],
            end_at=local_day_bounds(stake.end, basis.zone)[0],
            slots=int(here.sum()),
            missing_slots=0,
            estimated_slots=0,
            consumption_wh=total,
            revisions=(),
        ),
    )


def slot_rows(
    basis: Basis, energies: Energies, number: int, day: date
) -> list[tuple[datetime, int, int, int]]:
    """(begin, own use, site's use, pool) in Wh per quarter hour of a local day: shown, never summed."""
    days = slot_range(basis, day, date.fromordinal(day.toordinal() + 1))
    begins = slot_instants(*basis.bounds)[days]
    own, whole = energies.consumption[number, days], energies.balance
    columns = (own.tolist(), whole.consumed[days].tolist(), whole.pool[days].tolist())
    return [(to_instant(begin), *row) for begin, row in zip(begins, zip(*columns, strict=True), strict=True)]
