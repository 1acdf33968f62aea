# SPDX-License-Identifier: Apache-2.0
"""Write interval days: merge what comes with what is stored, keep predecessors, carry the sums along.

The caller holds the registers' locks (`metering.services.locking`), so what is
read here is still true when it is written.  A day is written only where it
changes; where nothing changes, no row is touched.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from accounts.scope import current_organization_id
from metering import binary
from metering.series.calendar import SLOT_SECONDS, SLOTS_PER_DAY, Instants
from metering.series.merge import Merged, merge
from metering.series.vectors import Qualities, Values, present, total
from metering.services.carry_sums import carry_sums
from metering.vectors import any_marked, day_number, load_box

_ROWS_AT_A_TIME = 16_384
_DENSE = 0.25

_INSERT = """
    INSERT INTO metering_intervalday (total, organization_id, register_id, day, n, revision, vector, quality)
    SELECT t, %s, r, d, n, 0, v, q FROM unnest(%s, %s, %s, %s, %s, %s) AS w(r, d, t, n, v, q)
"""
_UPDATE = """
    UPDATE metering_intervalday AS i
    SET total = w.t, n = w.n, revision = w.x, vector = w.v, quality = w.q
    FROM unnest(%s, %s, %s, %s, %s, %s, %s) AS w(r, d, t, n, v, q, x)
    WHERE i.register_id = w.r AND i.day = w.d AND i.day BETWEEN %s AND %s
      AND (i.vector, i.quality) IS DISTINCT FROM (w.v, w.q)
"""
_KEEP = """
    INSERT INTO metering_intervaldayrevision
        (replaced_at, organization_id, register_id, day, revision, vector, quality)
    SELECT %s, %s, r, d, x, v, q FROM unnest(%s, %s, %s, %s, %s) AS w(r, d, x, v, q)
"""


@dataclass(frozen=True, slots=True, eq=False)
class Days:
    """
    Days to write: `register_ids` int64 [n], `days` datetime64[D] [n], `vectors` int32 [n, 96].

    A missing slot says nothing.  `quality` uint8 [n, 96], or None where all is measured.  `retract`
    int32 [n, 96] names values that are to go where they still stand (MISSING where none).
    """

    register_ids: NDArray[np.int64]
    days: Instants
    vectors: Values
    quality: Qualities | None = None
    retract: Values | None = None

    def part(self, rows: NDArray[np.intp]) -> "Days":
        return Days(
            self.register_ids[rows],
            self.days[rows],
            self.vectors[rows],
            None if self.quality is None else self.quality[rows],
            None if self.retract is None else self.retract[rows],
        )


@dataclass(frozen=True, slots=True)
class Correction:
    """Slots of one register that held a value and now hold another (or none)."""

    register_id: int
    first_at: int
    slots: int
    before: int
    after: int


@dataclass(slots=True)
class Outcome:
    """How many slots were written, were there already, and changed."""

    written: int = 0
    unchanged: int = 0
    corrected: int = 0
    corrections: list[Correction] = field(default_factory=list)


def write_days(*, days: Days, zones: Mapping[int, ZoneInfo], now: datetime) -> Outcome:
    """Write days of registers that are locked; `zones` names the time zone of each register's site."""
    outcome = Outcome()
    for rows in _layers(days):
        layer = days.part(rows)
        for part in _chunks(layer):
            _write_chunk(layer.part(part), zones, now, outcome)
    return outcome


def _layers(days: Days) -> Iterator[NDArray[np.intp]]:
    """Rows in order of register and day; where a day comes more than once, one after the other."""
    order = np.lexsort((days.days.astype(np.int64), days.register_ids))
    while len(order):
        same = np.zeros(len(order), dtype=bool)
        ids, numbers = days.register_ids[order], days.days[order]
        same[1:] = (ids[1:] == ids[:-1]) & (numbers[1:] == numbers[:-1])
        yield order[~same]
        order = order[same]


def _chunks(days: Days) -> Iterator[NDArray[np.intp]]:
    """Parts whose box (registers × days between the first and the last) stays small and well filled."""
    if not len(days.days):
        return
    span = int((days.days.max() - days.days.min()).astype(np.int64)) + 1
    registers, place = np.unique(days.register_ids, return_inverse=True)
    if len(days.days) >= _DENSE * span * len(registers) or span <= SLOTS_PER_DAY:
        at_a_time = max(_ROWS_AT_A_TIME // span, 1)
        groups = place // at_a_time
    else:
        groups = days.days.astype("datetime64[M]").astype(np.int64)
    for group in np.unique(groups):
        yield np.flatnonzero(groups == group)


def _write_chunk(part: Days, zones: Mapping[int, ZoneInfo], now: datetime, outcome: Outcome) -> None:
    first = part.days.min() - np.timedelta64(1, "D")
    span = int((part.days.max() - first).astype(np.int64)) + 2
    box = load_box(part.register_ids, first, span)
    row, column = np.searchsorted(box.register_ids, part.register_ids), day_number(part.days, first)
    there = box.revisions[row, column] >= 0
    merged = merge(
        stored=box.vectors[row, column] if there.any() else None,
        stored_quality=box.quality[row, column] if box.quality is not None else None,
        given=part.vectors,
        given_quality=part.quality,
        retract=part.retract,
    )
    outcome.written += merged.written
    outcome.corrected += merged.corrected
    outcome.unchanged += merged.unchanged
    if not merged.changed.any():
        return
    _store(part, merged, box.revisions[row, column], now)
    outcome.corrections += _corrections(part, merged)
    box.vectors[row, column] = merged.vectors
    touched = np.zeros(box.revisions.shape, dtype=bool)
    touched[row, column] = merged.changed
    carry_sums(box, touched, zones)


def _store(part: Days, merged: Merged, revisions: NDArray[np.int16], now: datetime) -> None:
    organization = current_organization_id()
    fresh = np.flatnonzero(merged.changed & (revisions < 0))
    if len(fresh):
        binary.execute(_INSERT, [organization, *_columns(part, merged, fresh)])
    known = np.flatnonzero(merged.changed & (revisions >= 0))
    kept = np.flatnonzero(merged.rewritten & (revisions >= 0))
    if len(kept):
        binary.execute(_KEEP, [now, organization, *_predecessors(part, merged, kept, revisions)])
    if len(known):
        numbers = binary.int2((revisions + merged.rewritten)[known])
        between = (part.days[known].min().item(), part.days[known].max().item())
        binary.execute(_UPDATE, [*_columns(part, merged, known), numbers, *between])


def _columns(part: Days, merged: Merged, rows: NDArray[np.intp]) -> list[binary.Column]:
    vectors = merged.vectors[rows]
    there = present(vectors)
    whole = bool((there == SLOTS_PER_DAY).all())
    return [
        binary.int4(part.register_ids[rows]),
        binary.dates(part.days[rows]),
        binary.int8(vectors.sum(axis=1, dtype=np.int64) if whole else total(vectors)),
        binary.int2(there),
        binary.blobs(vectors),
        _quality(None if merged.quality is None else merged.quality[rows], vectors),
    ]


def _predecessors(
    part: Days, merged: Merged, rows: NDArray[np.intp], revisions: NDArray[np.int16]
) -> list[binary.Column]:
    assert merged.stored is not None
    vectors = merged.stored[rows]
    return [
        binary.int4(part.register_ids[rows]),
        binary.dates(part.days[rows]),
        binary.int2(revisions[rows]),
        binary.blobs(vectors),
        _quality(None if merged.stored_quality is None else merged.stored_quality[rows], vectors),
    ]


def _quality(quality: Qualities | None, vectors: Values) -> binary.Column:
    if quality is None:
        return binary.optional_blobs(vectors, np.zeros(len(vectors), dtype=bool))
    return binary.optional_blobs(quality, any_marked(quality, vectors))


def _corrections(part: Days, merged: Merged) -> list[Correction]:
    """One per register: where it begins, how many slots, and their energy before and after."""
    if not merged.corrected:
        return []
    assert merged.stored is not None
    rows, slots = np.nonzero(merged.replaced)
    begins = part.days[rows].astype("datetime64[s]").astype(np.int64) + slots * SLOT_SECONDS
    before, after = merged.stored[rows, slots], merged.vectors[rows, slots]
    found = []
    for register_id in np.unique(part.register_ids[rows]):
        mine = part.register_ids[rows] == register_id
        found.append(
            Correction(
                int(register_id), int(begins[mine].min()), int(mine.sum()),
                int(total(before[mine])), int(total(after[mine])),
            )
        )  # fmt: skip
    return found
