# SPDX-License-Identifier: Apache-2.0
"""The peer of B2: the same split in pure SQL, on rows of 24 bytes that lie as they arrived.

Quarter hour by quarter hour all meters of three houses: readings come in that way.
"""

from datetime import datetime

import numpy as np

from benchmarks.world import copy_rows, owner, raw

from django.db import transaction  # isort: skip (after django.setup)

ROWS = """
    CREATE TABLE bench_rows (
        at timestamptz NOT NULL, value bigint NOT NULL, meter_id integer NOT NULL, quality smallint NOT NULL
    );
    CREATE TABLE bench_sql_totals (
        meter_id integer NOT NULL, slot_group integer NOT NULL, solar bigint NOT NULL, grid bigint NOT NULL,
        PRIMARY KEY (meter_id, slot_group)
    );
"""
_SLOTS_AT_A_TIME = 672
# With 28 bits behind the point, SQL may give the last Wh of a tie to somebody else.
FLOORS = 1
SPLIT = """
    WITH slots AS MATERIALIZED (
        SELECT at, (2 * (extract(month FROM at AT TIME ZONE 'Europe/Zurich')::int - 1)
            + (extract(isodow FROM at AT TIME ZONE 'Europe/Zurich') < 6
               AND extract(hour FROM at AT TIME ZONE 'Europe/Zurich') BETWEEN 7 AND 19)::int) AS slot_group,
            least(max(value) FILTER (WHERE meter_id = %(solar)s),
                  sum(value) FILTER (WHERE meter_id <> %(solar)s)::bigint) AS used,
            sum(value) FILTER (WHERE meter_id <> %(solar)s)::bigint AS demand
        FROM bench_rows WHERE meter_id = ANY(%(meters)s) AND at >= %(start)s AND at < %(end)s GROUP BY at
    ), ratios AS MATERIALIZED (
        SELECT at, slot_group, used, CASE WHEN demand = 0 THEN 0 ELSE (used << 28) / demand END AS ratio
        FROM slots
    ), shares AS (
        SELECT r.meter_id, s.slot_group, sum(r.value * s.ratio)::bigint AS share, sum(r.value)::bigint AS own
        FROM bench_rows r JOIN ratios s USING (at)
        WHERE r.meter_id = ANY(%(meters)s) AND r.meter_id <> %(solar)s
          AND r.at >= %(start)s AND r.at < %(end)s
        GROUP BY r.meter_id, s.slot_group
    ), pools AS (
        SELECT slot_group, sum(used)::bigint AS pool FROM ratios GROUP BY slot_group
    ), ranked AS (
        SELECT meter_id, slot_group, own, share >> 28 AS whole, pool,
            row_number() OVER (PARTITION BY slot_group
                ORDER BY share & ((1 << 28) - 1) DESC, meter_id) AS place,
            sum(share >> 28) OVER (PARTITION BY slot_group) AS given
        FROM shares JOIN pools USING (slot_group)
    )
    INSERT INTO bench_sql_totals
    SELECT meter_id, slot_group, whole + (place <= pool - given)::int,
        own - whole - (place <= pool - given)::int
    FROM ranked
    ON CONFLICT (meter_id, slot_group) DO UPDATE SET solar = excluded.solar, grid = excluded.grid
"""


def fill_rows(houses: list[tuple[np.ndarray, np.ndarray]], start: datetime) -> None:
    """Meters and their energies [meters, slots] of all houses as rows; the key is built once all are in."""
    ids = np.concatenate([house[0] for house in houses]).astype(np.int32)
    values = np.concatenate([house[1] for house in houses])
    begin = (int(start.timestamp()) - 946_684_800) * 1_000_000
    with transaction.atomic():
        for first in range(0, values.shape[1], _SLOTS_AT_A_TIME):
            part = values[:, first : first + _SLOTS_AT_A_TIME]
            slots = np.arange(first, first + part.shape[1], dtype=np.int64)
            columns = {
                "at": np.repeat(begin + 900_000_000 * slots, len(ids)),
                "value": part.T.reshape(-1).astype(np.int64),
                "meter_id": np.tile(ids, part.shape[1]),
                "quality": np.zeros(part.size, np.int16),
            }
            copy_rows(raw(), "COPY bench_rows FROM STDIN (FORMAT binary)", columns)
    with owner(autocommit=True) as link:
        link.execute("SET maintenance_work_mem = '512MB'")
        link.execute("ALTER TABLE bench_rows ADD PRIMARY KEY (meter_id, at)")
        link.execute("VACUUM ANALYZE bench_rows")


def by_sql(solar: int, ids: np.ndarray, start: datetime, end: datetime) -> None:
    given = {"solar": solar, "meters": ids.tolist(), "start": start, "end": end}
    with transaction.atomic(), raw().cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '256MB'")
        cursor.execute(SPLIT, given)
