# SPDX-License-Identifier: Apache-2.0
"""Stored readings around a change, as far as the change can reach.

What a reading means depends on the one that counted before it and on the next
one.  So a change reaches back to a reading that counts and is not the last one
before it, and forward to one that counts both with and without the change.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from metering import binary

Ints = NDArray[np.int64]
# Up to this reach only the last weeks are looked at; whether that was everything is then not known.
NEAR = 8
_WEEKS, _ALWAYS, _A_DAY = timedelta(days=40), timedelta(days=200 * 365), timedelta(days=1)
_COLUMNS = """
    r.register_id, extract(epoch FROM r.at)::bigint AS second, r.value, r.method_id, r.revision, r.batch_id,
    extract(epoch FROM r.received_at)::double precision AS received
"""
# The bounds keep the look-up to the partitions of a year or two.
# Every reading of one instant is taken, so the number counts readings, not instants.
_AROUND = f"""
    SELECT x.*, m.rank, b.taken_back_at IS NOT NULL FROM unnest(%s, %s, %s) AS w(id, lo, hi),
    LATERAL (
        (SELECT {_COLUMNS} FROM metering_reading r
         WHERE r.register_id = w.id AND r.at < w.lo AND r.at >= w.lo - %s ORDER BY r.at DESC LIMIT %s)
        UNION ALL
        (SELECT {_COLUMNS} FROM metering_reading r WHERE r.register_id = w.id AND r.at BETWEEN w.lo AND w.hi)
        UNION ALL
        (SELECT {_COLUMNS} FROM metering_reading r
         WHERE r.register_id = w.id AND r.at > w.hi AND r.at <= %s ORDER BY r.at LIMIT %s)
    ) AS x
    JOIN metering_readingmethod m ON m.id = x.method_id
    JOIN metering_readingbatch b ON b.id = x.batch_id
    ORDER BY x.register_id, x.second
"""  # noqa: S608 (put together from this module's own text)
_KEYS = f"""
    SELECT {_COLUMNS}, m.rank, b.taken_back_at IS NOT NULL FROM unnest(%s, %s) AS w(id, at)
    JOIN metering_reading r ON r.register_id = w.id AND r.at = w.at
    JOIN metering_readingmethod m ON m.id = r.method_id
    JOIN metering_readingbatch b ON b.id = r.batch_id
"""  # noqa: S608 (put together from this module's own text)


@dataclass(frozen=True, slots=True)
class StoredReading:
    """A reading as stored, with its method's rank and whether its batch was taken back."""

    register_id: int
    second: int
    value: int
    method_id: int
    revision: int
    batch_id: int
    received: float
    rank: int
    taken_back: bool

    @property
    def key(self) -> tuple[int, int, int, int]:
        return (self.register_id, self.second, self.method_id, self.revision)


@dataclass(frozen=True, slots=True)
class History:
    """Readings of one register around a change; `from_begin`, `to_end`: nothing lies beyond."""

    rows: tuple[StoredReading, ...]
    from_begin: bool
    to_end: bool

    def effective(self, counts: Callable[[StoredReading], bool]) -> tuple[Ints, Ints]:
        """Instants and indexes that count, among the readings for which `counts` holds."""
        best: dict[int, StoredReading] = {}
        for row in self.rows:
            if counts(row) and (row.second not in best or _stronger(row, best[row.second])):
                best[row.second] = row
        seconds = sorted(best)
        return (
            np.array(seconds, dtype=np.int64),
            np.array([best[second].value for second in seconds], dtype=np.int64),
        )


def _stronger(one: StoredReading, other: StoredReading) -> bool:
    """Measured before manual before estimated, then the later one (spec: metering §4)."""
    return (one.rank, one.received, one.revision) > (other.rank, other.received, other.revision)


def load_at(register_ids: Ints, seconds: Ints) -> list[StoredReading]:
    """Every reading stored for the registers at the instants, pair by pair."""
    keys = [binary.int4(register_ids), binary.timestamps(seconds)]
    return [StoredReading(*row) for row in binary.execute(_KEYS, keys)]


def load_around(spans: Mapping[int, tuple[int, int]], reach: int, now: datetime) -> dict[int, History]:
    """
    Readings in each register's span (seconds, both ends included), and `reach` more on either side.

    A small reach looks back a few weeks only; nothing lies behind tomorrow, since readings from the
    future are refused.
    """
    ids = np.array(sorted(spans), dtype=np.int64)
    lows, highs = (np.array([spans[int(i)][end] for i in ids], dtype=np.int64) for end in (0, 1))
    columns = [binary.int4(ids), binary.timestamps(lows), binary.timestamps(highs)]
    back = _WEEKS if reach <= NEAR else _ALWAYS
    end = max(now, datetime.fromtimestamp(int(highs.max(initial=0)), UTC)) + _A_DAY
    rows = [StoredReading(*row) for row in binary.execute(_AROUND, [*columns, back, reach, end, reach])]
    return {
        register_id: _history(own, *spans[register_id], reach)
        for register_id, own in _by_register(rows, spans).items()
    }


def _by_register(rows: Sequence[StoredReading], ids: Iterable[int]) -> dict[int, list[StoredReading]]:
    grouped: dict[int, list[StoredReading]] = {register_id: [] for register_id in ids}
    for row in rows:
        grouped[row.register_id].append(row)
    return grouped


def _history(rows: list[StoredReading], low: int, high: int, reach: int) -> History:
    before = sum(row.second < low for row in rows)
    after = sum(row.second > high for row in rows)
    return History(tuple(rows), from_begin=reach > NEAR and before < reach, to_end=after < reach)
