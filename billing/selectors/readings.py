# SPDX-License-Identifier: Apache-2.0
"""What registers showed at the borders of a period, for documents and explanations."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from billing.documents.parts import RegisterReading
from billing.engine.basis import Basis, Source, Stake
from metering.models import Reading, Register
from metering.series.calendar import local_day_bounds

# A reading so close to midnight stands for it; further away it would not explain the slots between.
TOLERANCE = timedelta(minutes=15)


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
    """
    The effective readings of registers at instants; those without one are left out.

    Of several readings of one instant the method of the highest rank counts, then the latest revision.
    """
    found = {}
    units: dict[int, int] = {}
    for register_id, instant in dict.fromkeys(wanted):
        reading = (
            Reading.objects.filter(
                register_id=register_id, at__gte=instant - TOLERANCE, at__lte=instant + TOLERANCE
            )
            .select_related("method")
            .order_by("-method__rank", "-revision")
        )
        nearest = min(reading, key=lambda row: abs(row.at - instant), default=None)
        if nearest is not None:
            if register_id not in units:
                units[register_id] = 10 ** Register.objects.get(pk=register_id).resolution
            found[register_id, instant] = BorderReading(
                at=nearest.at,
                index_wh=nearest.value * units[register_id],
                method=nearest.method.name,
                estimated=nearest.method.code == "estimated",
            )
    return found


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
    if begin is None or stop is None or stop.index_wh < begin.index_wh:
        return None
    return RegisterReading(
        meter_number=source.meter_number,
        obis=source.obis,
        label="",
        unit="kWh",
        start_on=start,
        start_index=Decimal(begin.index_wh).scaleb(-3),
        end_on=end,
        end_index=Decimal(stop.index_wh).scaleb(-3),
        quantity=Decimal(stop.index_wh - begin.index_wh).scaleb(-3),
        places=3,
        method=stop.method,
        estimated=begin.estimated or stop.estimated,
    )
