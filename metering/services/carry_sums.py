# SPDX-License-Identifier: Apache-2.0
"""Carry the sums of local days and months along with the interval days they come from.

The vectors are in memory when they are written, so a day's sum is formed again
from all its slots: never by adding differences, which would keep an error for ever.
"""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from accounts.scope import current_organization_id
from metering import binary
from metering.series.calendar import SLOTS_PER_DAY
from metering.series.rollup import (
    DAYS_PER_MONTH,
    Figures,
    LocalDays,
    day_figures,
    local_days,
    month_figures,
    month_places,
)
from metering.vectors import Box, load_months

_UPSERT = """
    INSERT INTO metering_monthtotal AS m
        (total, organization_id, register_id, month, peak, n, day_totals, day_counts, day_peaks)
    SELECT t, %s, r, d, p, n, dt, dc, dp
    FROM unnest(%s, %s, %s, %s, %s, %s, %s, %s) AS w(r, d, t, p, n, dt, dc, dp)
    ON CONFLICT (register_id, month) DO UPDATE SET
        total = excluded.total, peak = excluded.peak, n = excluded.n, day_totals = excluded.day_totals,
        day_counts = excluded.day_counts, day_peaks = excluded.day_peaks
    WHERE (m.day_totals, m.day_counts, m.day_peaks)
        IS DISTINCT FROM (excluded.day_totals, excluded.day_counts, excluded.day_peaks)
"""


def carry_sums(box: Box, touched: NDArray[np.bool_], zones: Mapping[int, ZoneInfo]) -> None:
    """
    Write the sums of the local days that the touched UTC days lie in.

    `box` holds the vectors as they now are, with one UTC day more at either end than `touched`
    [registers, days] has, so that every local day concerned is whole.
    """
    names = np.array([zones[register_id].key for register_id in box.register_ids.tolist()])
    for name in np.unique(names):
        rows = np.flatnonzero((names == name) & touched.any(axis=1))
        if len(rows):
            _carry(box, rows, touched[rows], ZoneInfo(str(name)))


def _carry(box: Box, rows: NDArray[np.intp], touched: NDArray[np.bool_], tz: ZoneInfo) -> None:
    whole = len(rows) == len(box.register_ids)
    vectors = box.vectors if whole else box.vectors[rows]
    days = local_days(box.first, touched.shape[1], tz)
    figures = day_figures(vectors.reshape(len(rows), touched.shape[1] * SLOTS_PER_DAY), days)
    ids = box.register_ids[rows]
    months, month, place = month_places(days.labels)
    stored = load_months(ids, months[0], len(months))
    chosen = _local(touched, days)
    fresh = Figures(
        *(old.copy() for old in (stored.totals, stored.counts, stored.peaks)),
    )
    for new, now in (
        (fresh.totals, figures.totals),
        (fresh.counts, figures.counts),
        (fresh.peaks, figures.peaks),
    ):
        new[:, month, place] = np.where(chosen, now, new[:, month, place])
    _store(ids, months, fresh, stored)


def _local(touched: NDArray[np.bool_], days: LocalDays) -> NDArray[np.bool_]:
    """Which local days [registers, local days] the touched UTC days [registers, UTC days] overlap."""
    chosen = np.zeros((len(touched), len(days.labels)), dtype=bool)
    for column in np.flatnonzero(touched.any(axis=0)):
        chosen[:, days.first[column] : days.last[column] + 1] |= touched[:, column, None]
    return chosen


def _store(ids: NDArray[np.int64], months: NDArray[np.datetime64], fresh: Figures, stored: Figures) -> None:
    differs = (
        (fresh.totals != stored.totals) | (fresh.counts != stored.counts) | (fresh.peaks != stored.peaks)
    ).any(axis=2)
    rows, columns = np.nonzero(differs)
    if not len(rows):
        return
    days = Figures(fresh.totals[rows, columns], fresh.counts[rows, columns], fresh.peaks[rows, columns])
    assert days.totals.shape == (len(rows), DAYS_PER_MONTH)
    sums = month_figures(days)
    binary.execute(
        _UPSERT,
        [
            current_organization_id(),
            binary.int4(ids[rows]),
            binary.dates(months[columns].astype("datetime64[D]")),
            binary.int8(sums.totals),
            binary.int4(sums.peaks),
            binary.int2(sums.counts),
            binary.blobs(days.totals),
            binary.blobs(days.counts.astype(np.uint8)),
            binary.blobs(days.peaks.astype(np.int32)),
        ],
    )
