# SPDX-License-Identifier: Apache-2.0
"""B1: how fast load profiles come in, against rows (design notes on performance, §1).

400 meters × 960 quarter hours through the product's public ingest, then all of it
again, then one corrected value per meter and day; with row security, triggers, sums
of days and months, and another organization's data in the same tables.  The peers
write bare rows without any of that: Django's bulk_create(update_conflicts), and
COPY → temporary table → upsert.  Limits: COPY into a heap without index, and a file.
"""

import os
import tempfile
from decimal import Decimal

import numpy as np

from benchmarks import world
from benchmarks.machine import goal, machine
from benchmarks.world import copy_rows, median, raw, timed

from accounts.scope import organization_scope  # isort: skip (after django.setup)
from django.db import connection, models, transaction  # isort: skip
from metering.services.ingest import BatchKey, record_intervals  # isort: skip

FIRST_DAY = np.datetime64("2025-01-10", "D")
PEERS = """
    CREATE TABLE bench_django (
        id bigserial PRIMARY KEY, meter_id integer NOT NULL, at timestamptz NOT NULL,
        value numeric(14,3) NOT NULL, quality smallint NOT NULL, UNIQUE (meter_id, at)
    );
    CREATE INDEX ON bench_django (meter_id);
    CREATE TABLE bench_rows (
        at timestamptz NOT NULL, value bigint NOT NULL, meter_id integer NOT NULL, quality smallint NOT NULL,
        PRIMARY KEY (meter_id, at)
    );
    CREATE TABLE bench_heap (
        at timestamptz NOT NULL, value bigint NOT NULL, meter_id integer NOT NULL, quality smallint NOT NULL
    );
"""
UPSERT = """
    INSERT INTO bench_rows SELECT at, value, meter_id, quality FROM incoming
    ON CONFLICT (meter_id, at) DO UPDATE SET value = excluded.value, quality = excluded.quality
    WHERE (bench_rows.value, bench_rows.quality) IS DISTINCT FROM (excluded.value, excluded.quality)
"""


class DjangoReading(models.Model):
    """What one writes first."""

    id = models.BigAutoField(primary_key=True)
    meter_id = models.IntegerField()
    at = models.DateTimeField()
    value = models.DecimalField(max_digits=14, decimal_places=3)
    quality = models.SmallIntegerField()

    class Meta:
        app_label, db_table, managed = "benchmarks", "bench_django", False
        constraints = [models.UniqueConstraint(fields=["meter_id", "at"], name="bench_django_unique")]

    def __str__(self) -> str:
        return f"{self.meter_id} {self.at}"


class Load:
    """The readings of one round, as days for the product and as rows for the peers."""

    def __init__(self, ids: np.ndarray, days: int, turn: int, seed: int) -> None:
        self.turn = turn
        self.ids = np.repeat(ids, days)
        first = FIRST_DAY + turn * (days + 20)
        self.days = np.tile(first + np.arange(days), len(ids))
        self.vectors = np.random.default_rng(seed).integers(0, 900, (len(self.ids), 96)).astype(np.int32)

    @property
    def count(self) -> int:
        return self.vectors.size

    def rows(self, limit: int | None = None) -> dict[str, np.ndarray]:
        seconds = self.days.astype("datetime64[s]").astype(np.int64)[:, None] + 900 * np.arange(96)
        since = (seconds.reshape(-1) - 946_684_800) * 1_000_000
        columns = {
            "at": since,
            "value": self.vectors.reshape(-1).astype(np.int64),
            "meter_id": np.repeat(self.ids, 96).astype(np.int32),
            "quality": np.zeros(self.count, np.int16),
        }
        return {name: column[:limit] for name, column in columns.items()}


def ours(side, load: Load, key: str) -> object:
    with organization_scope(side.id):
        return record_intervals(
            batch=BatchKey("import", key),
            register_ids=load.ids,
            days=load.days,
            vectors=load.vectors,
            method="import",
            now=world.NOW,
        )


def by_django(load: Load, limit: int) -> None:
    rows = load.rows(limit)
    instants = (rows["at"] // 1_000_000 + 946_684_800).astype("datetime64[s]").tolist()
    readings = [
        DjangoReading(meter_id=meter, at=at.replace(tzinfo=world.UTC), value=Decimal(value), quality=0)
        for meter, at, value in zip(rows["meter_id"].tolist(), instants, rows["value"].tolist(), strict=True)
    ]
    with transaction.atomic():
        DjangoReading.objects.bulk_create(
            readings,
            batch_size=5000,
            update_conflicts=True,
            unique_fields=["meter_id", "at"],
            update_fields=["value", "quality"],
        )


def by_rows(load: Load) -> None:
    with transaction.atomic(), raw().cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE incoming (LIKE bench_rows) ON COMMIT DROP")
        copy_rows(raw(), "COPY incoming FROM STDIN (FORMAT binary)", load.rows())
        cursor.execute(UPSERT)


def to_heap(load: Load) -> None:
    with transaction.atomic():
        copy_rows(raw(), "COPY bench_heap FROM STDIN (FORMAT binary)", load.rows())


def to_file(load: Load) -> None:
    with tempfile.TemporaryFile() as file:
        file.write(memoryview(load.vectors).cast("B"))
        file.flush()
        os.fdatasync(file.fileno())


def bytes_per_reading() -> tuple[float, float]:
    """Heap and index of the interval days (of the years that hold any) and of the sums, per reading."""
    with world.owner() as link:
        link.execute("ALTER TABLE metering_intervalday NO FORCE ROW LEVEL SECURITY")
        (slots,) = link.execute("SELECT sum(n) FROM metering_intervalday").fetchone()
        (vectors,) = link.execute(
            "SELECT sum(pg_relation_size(relid) + pg_indexes_size(relid))"
            " FROM pg_partition_tree('metering_intervalday') WHERE isleaf AND pg_relation_size(relid) > 0"
        ).fetchone()
        (sums,) = link.execute(
            "SELECT pg_relation_size('metering_monthtotal') + pg_indexes_size('metering_monthtotal')"
        ).fetchone()
        link.rollback()
    return float(vectors) / float(slots), float(sums) / float(slots)


def tuples_written(act) -> int:
    """Rows that `act` inserts, updates or deletes in any table, by the server's own count."""
    with transaction.atomic():
        before = _tuples()
        act()
        return _tuples() - before


def _tuples() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(pg_stat_get_xact_tuples_inserted(oid) + pg_stat_get_xact_tuples_updated(oid)"
            " + pg_stat_get_xact_tuples_deleted(oid)) FROM pg_class"
            " WHERE relnamespace = 'public'::regnamespace"
        )
        return int(cursor.fetchone()[0])


def run(*, quick: bool = False) -> dict[str, object]:
    meters, days, rounds, django_rows = (40, 10, 1, 4_000) if quick else (400, 10, 5, 40_000)
    with world.throwaway_database() as two:
        world.create_peers(PEERS, "bench_django", "bench_rows", "bench_heap")
        ids, foreign = (world.make_registers(side, meters) for side in (two.ours, two.others))
        # Another organization's data lie in the same tables, and nothing runs on its first statement.
        ours(two.others, Load(foreign, days, 0, 1), "others")
        ours(two.ours, Load(ids, days, 8, 2), "warm")
        by_rows(Load(ids, days, 8, 2))
        by_django(Load(ids, days, 8, 2), 2_000)
        times, wals = measure(two.ours, ids, days, rounds, django_rows)
        vector_bytes, sum_bytes = bytes_per_reading()
        times["ours, corrected"] = [
            timed(lambda load=load: ours(two.ours, load, f"fix {load.turn}"))
            for load in corrected(ids, days, rounds)
        ]
        times["rows, corrected"] = [
            timed(lambda load=load: by_rows(load)) for load in corrected(ids, days, rounds)
        ]
    return told(times, wals, vector_bytes, sum_bytes, meters * days * 96, django_rows)


def measure(side, ids, days, rounds, django_rows):
    """All of them in turns, so that a noisy neighbour disturbs everybody."""
    times: dict[str, list[float]] = {}
    wals, rewritten = [], 0
    for turn in range(rounds):
        load = Load(ids, days, turn, 10 + turn)
        before = world.wal()
        first = timed(lambda load=load: ours(side, load, f"turn {load.turn}"))
        wals.append((world.wal() - before) / load.count)
        again = timed(lambda load=load: ours(side, load, f"again {load.turn}"))
        for name, seconds in (
            ("ours", first),
            ("ours, again", again),
            ("rows", timed(lambda load=load: by_rows(load))),
            ("rows, again", timed(lambda load=load: by_rows(load))),
            ("django", timed(lambda load=load: by_django(load, django_rows))),
            ("heap", timed(lambda load=load: to_heap(load))),
            ("file", timed(lambda load=load: to_file(load))),
        ):
            times.setdefault(name, []).append(seconds)
        rewritten += tuples_written(lambda load=load: ours(side, load, f"counted {load.turn}"))
    times["tuples written by redelivery"] = [float(rewritten)]
    return times, wals


def corrected(ids, days, rounds):
    for turn in range(rounds):
        load = Load(ids, days, turn, 10 + turn)
        load.vectors[:, 40] += 1
        yield load


def told(times, wals, vector_bytes, sum_bytes, count, django_rows) -> dict[str, object]:
    written = times.pop("tuples written by redelivery")[0]
    rate = {
        name: (django_rows if name == "django" else count) / median(seconds)
        for name, seconds in times.items()
    }
    # Peers are compared by medians, the limit by the best of each: what the machine can do undisturbed.
    goals = {
        "times Django bulk_create": goal(rate["ours"] / rate["django"], at_least=150),
        "times COPY upsert of rows": goal(rate["ours"] / rate["rows"], at_least=20),
        "times COPY into a heap without index": goal(min(times["heap"]) / min(times["ours"]), at_least=3),
        "bytes per reading": goal(vector_bytes, at_most=5.2),
        "WAL bytes per reading": goal(min(wals), at_most=8),
        "redelivery against first load": goal(rate["ours, again"] / rate["ours"], at_least=1),
        "tuples written by redelivery": goal(written, at_most=0),
    }
    return {
        "goals": goals,
        "reached": all(one["met"] for one in goals.values()),
        "million readings per second": {name: round(one / 1e6, 3) for name, one in rate.items()},
        "bytes per reading of the sums": round(sum_bytes, 2),
        "readings per round": count,
        "rounds": len(times["ours"]),
        "machine": machine(),
    }
