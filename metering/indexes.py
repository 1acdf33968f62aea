# SPDX-License-Identifier: Apache-2.0
"""What registers showed, as bills and screens ask for it; `metering.store` is the door."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

import numpy as np

from metering import binary
from metering.series.calendar import STEP, to_utc_seconds
from metering.series.vectors import MISSING, unpack

# Of one instant the highest rank counts, then the later one; what was set aside does not count.
_STANDS = """
    b.taken_back_at IS NULL AND NOT EXISTS (
        SELECT 1 FROM metering_meterevent e WHERE e.register_id = r.register_id AND e.at = r.at
        AND e.kind IN ('dip', 'jump') AND e.withdrawn_at IS NULL
    )
"""
_FROM = """
    SELECT r.at, r.value, m.code, m.name, r.received_at FROM metering_reading r
    JOIN metering_readingmethod m ON m.id = r.method_id
    JOIN metering_readingbatch b ON b.id = r.batch_id
"""
_STRONGEST = "m.rank DESC, r.received_at DESC, r.revision DESC LIMIT 1"
_AT = f"""
    SELECT w.id, extract(epoch FROM w.at)::bigint, g.resolution, x.*
    FROM unnest(%s, %s) AS w(id, at) JOIN metering_register g ON g.id = w.id,
    LATERAL (
        ({_FROM} WHERE r.register_id = w.id AND r.at <= w.at AND {_STANDS} ORDER BY r.at DESC, {_STRONGEST})
        UNION ALL
        ({_FROM} WHERE r.register_id = w.id AND r.at > w.at AND r.at <= w.at + interval '60 seconds'
         AND {_STANDS} ORDER BY r.at, {_STRONGEST})
    ) AS x
"""  # noqa: S608 (put together from this module's own text)
_LATEST = f"""
    SELECT w.id, 0, g.resolution, x.* FROM unnest(%s) AS w(id) JOIN metering_register g ON g.id = w.id,
    LATERAL ({_FROM} WHERE r.register_id = w.id AND {_STANDS} ORDER BY r.at DESC, {_STRONGEST}) AS x
"""  # noqa: S608 (put together from this module's own text)
_LAST_DAYS = """
    SELECT w.id, d.day, d.vector FROM unnest(%s) AS w(id),
    LATERAL (
        SELECT day, vector FROM metering_intervalday WHERE register_id = w.id AND n > 0
        ORDER BY day DESC LIMIT 1
    ) AS d
"""
_TOLERANCE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class IndexAt:
    """
    A reading that counts: `value` in base units (Wh, ml) as the device shows it, without the factor.

    `method` is the code, `method_name` what people call it.
    """

    register_id: int
    at: datetime
    value: int
    method: str
    method_name: str
    received_at: datetime


def load_indexes(
    *, register_ids: Sequence[int], instants: Sequence[datetime]
) -> dict[tuple[int, datetime], IndexAt]:
    """
    The index of every register at every instant: the nearest reading within a minute of it, else the
    last one before.  Where there is none, the key is absent; how old it is, `at` tells.
    """
    ids = np.repeat(np.array(register_ids, dtype=np.int64), len(instants))
    seconds = np.tile(np.array([to_utc_seconds(at) for at in instants], dtype=np.int64), len(register_ids))
    asked = {to_utc_seconds(at): at for at in instants}
    found: dict[tuple[int, datetime], IndexAt] = {}
    for register_id, second, *rest in binary.execute(_AT, [binary.int4(ids), binary.timestamps(seconds)]):
        key, index = (register_id, asked[second]), _index(register_id, *rest)
        if key not in found or _nearer(index, found[key], key[1]):
            found[key] = index
    return found


def latest_readings(register_ids: Sequence[int]) -> dict[int, IndexAt]:
    """The last reading that counts of each register that has one."""
    ids = binary.int4(np.array(register_ids, dtype=np.int64))
    return {row[0]: _index(row[0], *row[2:]) for row in binary.execute(_LATEST, [ids])}


def last_slots(register_ids: Sequence[int]) -> dict[int, datetime]:
    """The end of the last quarter hour with a value, of each register that has one: how fresh it is."""
    ids = binary.int4(np.array(register_ids, dtype=np.int64))
    ends = {}
    for register_id, day, stored in binary.execute(_LAST_DAYS, [ids]):
        last = int(np.flatnonzero(unpack(stored) != MISSING)[-1])
        ends[register_id] = datetime.combine(day, time(), tzinfo=UTC) + (last + 1) * STEP
    return ends


def _index(
    register_id: int, resolution: int, at: datetime, value: int, code: str, name: str, received: datetime
) -> IndexAt:
    return IndexAt(register_id, at, value * int(10**resolution), code, name, received)


def _nearer(one: IndexAt, other: IndexAt, instant: datetime) -> bool:
    """One of the two lies before the instant, the other up to a minute after it."""
    before, after = (one, other) if one.at <= other.at else (other, one)
    after_is_nearer = instant - before.at > min(after.at - instant, _TOLERANCE)
    return (after if after_is_nearer else before) is one
