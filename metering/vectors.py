# SPDX-License-Identifier: Apache-2.0
"""Boxes of stored interval days: registers × UTC days × 96, as one array each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from metering import binary
from metering.binary import POSTGRES_EPOCH
from metering.series.calendar import SLOTS_PER_DAY, Instants, to_instant
from metering.series.rollup import DAYS_PER_MONTH, Figures, no_days
from metering.series.vectors import MISSING, VECTOR_BYTES, WIRE, Qualities, Quality, Values, default_quality

_PORTION = 4_000_000
# One message per register instead of one per day: the rows are joined where they lie.
_DAYS = """
    SELECT register_id, bool_or(quality IS NOT NULL),
        string_agg(date_send(day), ''), string_agg(int2send(revision), ''), string_agg(vector, '')
    FROM (
        SELECT register_id, day, revision, vector, quality FROM metering_intervalday
        WHERE register_id = ANY(%s) AND day BETWEEN %s AND %s ORDER BY register_id, day
    ) AS d GROUP BY register_id
"""
_QUALITY_ROW = np.dtype([("register", ">i4"), ("day", ">i4"), ("quality", f"V{SLOTS_PER_DAY}")])
_QUALITIES = """
    SELECT register_id, day, quality FROM metering_intervalday
    WHERE register_id = ANY(%s::int4[]) AND day BETWEEN %s AND %s AND quality IS NOT NULL
"""


@dataclass(frozen=True, slots=True, eq=False)
class Box:
    """
    What is stored of some registers over a run of UTC days.

    `register_ids` int64 [n] ascending, `first` the first day, `vectors` int32 [n, days, 96] (MISSING
    where nothing is stored), `revisions` int16 [n, days] (-1 where there is no row), `quality` uint8
    [n, days, 96], or None where all that is there was measured.
    """

    register_ids: NDArray[np.int64]
    first: np.datetime64
    vectors: Values
    revisions: NDArray[np.int16]
    quality: Qualities | None

    @property
    def qualities(self) -> Qualities:
        return default_quality(self.vectors) if self.quality is None else self.quality


def load_box(register_ids: Sequence[int] | NDArray[np.int64], first: np.datetime64, days: int) -> Box:
    """The stored vectors of the registers (sorted, each once) over `days` UTC days from `first`."""
    ids = np.unique(np.asarray(register_ids, dtype=np.int64))
    asked = (ids.tolist(), first.item(), (first + np.timedelta64(days - 1, "D")).item())
    vectors = np.full((len(ids), days, SLOTS_PER_DAY), MISSING, dtype=np.int32)
    revisions = np.full((len(ids), days), -1, dtype=np.int16)
    marked = False
    # A portion at a time: the driver keeps a result twice while it is taken over.
    portion = max(_PORTION // (days * VECTOR_BYTES), 1)
    for begin in range(0, len(ids), portion):
        part = (ids[begin : begin + portion].tolist(), *asked[1:])
        for register_id, some_marked, stored_days, stored_revisions, stored in binary.execute(_DAYS, part):
            row = int(np.searchsorted(ids, register_id))
            columns = _since(np.frombuffer(stored_days, ">i4"), first)
            # Consecutive days are one run of bytes; numpy copies a slice faster than chosen places.
            place = slice(columns[0], columns[-1] + 1) if _consecutive(columns) else columns
            vectors[row, place] = np.frombuffer(stored, WIRE).reshape(-1, SLOTS_PER_DAY)
            revisions[row, place] = np.frombuffer(stored_revisions, ">i2")
            marked |= some_marked
    quality = _load_qualities(ids, first, asked, vectors) if marked else None
    return Box(ids, first, vectors, revisions, quality)


def _load_qualities(
    ids: NDArray[np.int64], first: np.datetime64, asked: tuple[object, ...], vectors: Values
) -> Qualities:
    quality = default_quality(vectors)
    rows = binary.fetch(_QUALITIES, asked, _QUALITY_ROW)
    quality[_places(rows, ids, first)] = (
        np.ascontiguousarray(rows["quality"]).view(np.uint8).reshape(-1, SLOTS_PER_DAY)
    )
    return quality


def _places(
    rows: NDArray[np.void], ids: NDArray[np.int64], first: np.datetime64
) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    return np.searchsorted(ids, rows["register"].astype(np.int64)), _since(rows["day"], first)


def _since(days: NDArray[np.int32], first: np.datetime64) -> NDArray[np.int64]:
    """Days as PostgreSQL counts them, counted from `first`."""
    return days.astype(np.int64) - int((first - POSTGRES_EPOCH).astype(np.int64))


def _consecutive(columns: NDArray[np.int64]) -> bool:
    return bool((np.diff(columns) == 1).all())


def any_marked(quality: Qualities, vectors: Values) -> NDArray[np.bool_]:
    """Which days [...] have a slot that is there and was not measured."""
    return np.asarray(((quality != Quality.MEASURED) & (vectors != MISSING)).any(axis=-1))


def day_number(days: Instants, first: np.datetime64) -> NDArray[np.int64]:
    return np.asarray((days - first).astype(np.int64))


_REVISION_ROW = np.dtype(
    [("register", ">i4"), ("day", ">i4"), ("vector", f"V{VECTOR_BYTES}"), ("quality", f"V{SLOTS_PER_DAY}")]
)
_REVISIONS = """
    SELECT r.register_id, r.day, r.vector,
        COALESCE(r.quality, decode(repeat('00', 96), 'hex'))
    FROM unnest(%s::int4[], %s::date[], %s::int2[]) AS w(register_id, day, revision)
    JOIN metering_intervaldayrevision r USING (register_id, day, revision)
"""


class RevisionLost(LookupError):
    """A predecessor that a bill read is not there: the store was tampered with."""


def load_revisions(box: Box, as_of: Mapping[tuple[int, date], int]) -> Box:
    """
    The box as it stood when its days had the revisions `as_of` (0 for a day that is not named).

    :raises RevisionLost: if a predecessor is missing.
    """
    wanted = np.minimum(box.revisions, 0)
    first = to_instant(box.first).date()
    for (register_id, day), revision in as_of.items():
        row, column = int(np.searchsorted(box.register_ids, register_id)), (day - first).days
        if row < len(wanted) and box.register_ids[row] == register_id and 0 <= column < wanted.shape[1]:
            wanted[row, column] = revision
    older = np.nonzero(wanted < box.revisions)
    days = [first + timedelta(days=int(column)) for column in older[1]]
    asked = (box.register_ids[older[0]].tolist(), days, wanted[older].tolist())
    rows = binary.fetch(_REVISIONS, asked, _REVISION_ROW)
    if len(rows) != len(days):
        raise RevisionLost(f"{len(days) - len(rows)} predecessors of interval days are missing.")
    vectors, quality = box.vectors.copy(), box.qualities.copy()
    places = _places(rows, box.register_ids, box.first)
    vectors[places] = np.ascontiguousarray(rows["vector"]).view(">i4").reshape(-1, SLOTS_PER_DAY)
    marks = np.ascontiguousarray(rows["quality"]).view(np.uint8).reshape(-1, SLOTS_PER_DAY)
    quality[places] = np.where(vectors[places] == MISSING, Quality.MISSING, marks)
    return Box(box.register_ids, box.first, vectors, wanted, quality)


_MONTH_ROW = np.dtype(
    [
        ("register", ">i4"),
        ("month", ">i4"),
        ("totals", f"V{8 * DAYS_PER_MONTH}"),
        ("counts", f"V{DAYS_PER_MONTH}"),
        ("peaks", f"V{4 * DAYS_PER_MONTH}"),
    ]
)
_MONTHS = """
    SELECT register_id, month, day_totals, day_counts, day_peaks FROM metering_monthtotal
    WHERE register_id = ANY(%s::int4[]) AND month BETWEEN %s AND %s ORDER BY register_id, month
"""


def load_months(ids: NDArray[np.int64], first: np.datetime64, months: int) -> Figures:
    """The stored figures of every day of `months` months from `first`, each [registers, months, 31]."""
    last = first + np.timedelta64(months - 1, "M")
    asked = (ids.tolist(), first.astype("datetime64[D]").item(), last.astype("datetime64[D]").item())
    rows = binary.fetch(_MONTHS, asked, _MONTH_ROW)
    figures = no_days((len(ids), months, DAYS_PER_MONTH))
    if len(rows):
        days = POSTGRES_EPOCH + rows["month"].astype(np.int64).astype("timedelta64[D]")
        place = (np.searchsorted(ids, rows["register"].astype(np.int64)), _months_since(days, first))
        figures.totals[place] = np.ascontiguousarray(rows["totals"]).view(">i8").reshape(-1, DAYS_PER_MONTH)
        figures.counts[place] = np.ascontiguousarray(rows["counts"]).view("u1").reshape(-1, DAYS_PER_MONTH)
        figures.peaks[place] = np.ascontiguousarray(rows["peaks"]).view(">i4").reshape(-1, DAYS_PER_MONTH)
    return figures


def _months_since(days: Instants, first: np.datetime64) -> NDArray[np.int64]:
    return np.asarray((days.astype("datetime64[M]") - first.astype("datetime64[M]")).astype(np.int64))
