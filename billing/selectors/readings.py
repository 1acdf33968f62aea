# SPDX-License-Identifier: Apache-2.0
"""What registers showed at the borders of a period, for documents and explanations."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np

from billing.documents.parts import RegisterReading
from billing.engine.basis import Basis, Source, Stake
from metering.factors import load_scale
from metering.series.calendar import local_day_bounds
from metering.store import load_indexes

# A reading so close to midnight stands for it; further away it would not explain the slots between.
TOLERANCE = timedelta(minutes=15)
# Codes of reading methods that no meter stands behind.
ESTIMATING = frozenset({"estimated"})


@dataclass(frozen=True, slots=True)
class BorderReading:
    """An index read at (or within a quarter hour of) an instant, in Wh, and how it came about."""

    at: datetime
    index_wh: int
    method: str
    estimated: bool


def border_readings(
    wanted: Iterable[tuple[int, datetime]],
) -> dict[tuple[int, datetime], BorderReading]:
    """The readings that stand for registers at instants; those without one near enough are left out."""
    keys = list(dict.fromkeys(wanted))
    found = load_indexes(
        register_ids=sorted({register_id for register_id, _at in keys}),
        instants=sorted({instant for _register_id, instant in keys}),
    )
    return {
        key: BorderReading(
            at=index.at,
            index_wh=index.value,
            method=index.method_name,
            estimated=index.method in ESTIMATING,
        )
        for key in keys
        if (index := found.get(key)) is not None and abs(index.at - key[1]) <= TOLERANCE
    }


def readings_of(basis: Basis, stake: Stake) -> tuple[RegisterReading, ...]:
    """The register readings of a stake's document, where both borders were read."""
    spans = [(source, max(source.start, stake.start), min(source.end, stake.end)) for source in stake.sources]
    indexes = border_readings(
        (source.register_id, local_day_bounds(day, basis.zone)[0])
        for source, start, end in spans
        for day in (start, end)
    )
    rows = [_row(basis, source, start, end, indexes) for source, start, end in spans]
    return tuple(row for row in rows if row is not None)


def _row(
    basis: Basis,
    source: Source,
    start: date,
    end: date,
    indexes: dict[tuple[int, datetime], BorderReading],
) -> RegisterReading | None:
    begin = indexes.get((source.register_id, local_day_bounds(start, basis.zone)[0]))
    stop = indexes.get((source.register_id, local_day_bounds(end, basis.zone)[0]))
    factor = _factor(source.register_id, start, end)
    if begin is None or stop is None or factor is None or stop.index_wh < begin.index_wh:
        return None
    return RegisterReading(
        meter_number=source.meter_number,
        obis=source.obis,
        label="" if factor == 1 else f"× {factor}",
        unit="kWh",
        start_on=start,
        start_index=Decimal(begin.index_wh).scaleb(-3),
        end_on=end,
        end_index=Decimal(stop.index_wh).scaleb(-3),
        quantity=Decimal((stop.index_wh - begin.index_wh) * factor).scaleb(-3),
        places=3,
        method=stop.method,
        estimated=begin.estimated or stop.estimated,
    )


def _factor(register_id: int, start: date, end: date) -> int | None:
    """The transformer ratio over the days [start, end); None where it changed between."""
    scale = load_scale([register_id])
    edges = np.array([start, end - timedelta(days=1)], dtype="datetime64[D]")
    factors = (scale.of_days(edges)[0] // scale.units[0]).tolist()
    return int(factors[0]) if factors[0] == factors[-1] else None
