# SPDX-License-Identifier: Apache-2.0
"""Reads the energy that a basis needs: now, or as it stood when a bill was made."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from billing.engine.basis import Basis, DayRevision, Gap, Source
from billing.engine.energy import Series
from metering.series.calendar import utc_days
from metering.series.vectors import MISSING, Quality
from metering.store import IntervalMatrix, load_day_totals, load_matrix


def read_now(basis: Basis) -> tuple[Basis, Series]:
    """The registers' slots as they stand, and the basis with the revisions and gaps that were read."""
    start, end = basis.bounds
    matrix = load_matrix(register_ids=basis.register_ids, start=start, end=end)
    revisions = tuple(
        DayRevision(register_id, day, revision)
        for (register_id, day), revision in sorted(matrix.revisions_read().items())
    )
    return replace(basis, revisions=revisions, gaps=_gaps(matrix)), _series(matrix)


def read_again(basis: Basis) -> Series:
    """The same slots that a stored basis was made from, whatever has been corrected or has come in since."""
    start, end = basis.bounds
    first = {
        (register_id, day): 0 for register_id in basis.register_ids for day in utc_days(start, end).tolist()
    }
    recorded = {(row.register_id, row.day): row.revision for row in basis.revisions}
    matrix = load_matrix(
        register_ids=basis.register_ids, start=start, end=end, as_of_revisions=first | recorded
    )
    series = _series(matrix)
    for gap in basis.gaps:
        row, slots = series.row(gap.register_id), slice(gap.first, gap.last)
        series.values[row, slots] = 0
        series.quality[row, slots] = Quality.MISSING
    return series


def control_total(basis: Basis) -> int:
    """
    Consumption of all stakes in Wh by the day sums that ingest keeps, a way of its own to the same figure.
    """
    return sum(
        _day_sum(source, max(source.start, stake.start), min(source.end, stake.end))
        for stake in basis.stakes
        for source in stake.sources
    )


def total_of(sources: Sequence[Source]) -> int:
    """Energy of registers over their days in Wh, by the day sums."""
    return sum(_day_sum(source, source.start, source.end) for source in sources)


def _day_sum(source: Source, start: date, end: date) -> int:
    if end <= start:
        return 0
    totals = load_day_totals(register_ids=[source.register_id], first=start, last=end - timedelta(days=1))
    return int(totals.totals.sum())


def _series(matrix: IntervalMatrix) -> Series:
    values = np.where(matrix.values == MISSING, 0, matrix.values).astype(np.int64)
    return Series(matrix.register_ids, values, np.array(matrix.quality, dtype=np.uint8))


def _gaps(matrix: IntervalMatrix) -> tuple[Gap, ...]:
    """Runs of missing slots, register by register."""
    found = []
    for register_id, row in zip(matrix.register_ids, matrix.values == MISSING, strict=True):
        edges = np.flatnonzero(np.diff(np.concatenate(([False], row, [False])).astype(np.int8)))
        found += [
            Gap(register_id, first, last)
            for first, last in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
        ]
    return tuple(found)
