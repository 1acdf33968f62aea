# SPDX-License-Identifier: Apache-2.0
"""B2: a year of one house, fetched, split and summed up, against SQL (design notes on performance, §2).

1 photovoltaic meter and 99 consumers × a local year of quarter hours, from the
product's own table among two other houses, one of another organization: fetch,
solar split by month and tariff slot, totals written.  The peer does the same in SQL on
an aligned row table with the same key, round once, largest remainder.  Limits: copying
the matrix in memory, and loading it from a file.  Every Wh is compared with a
calculation that carries 200 bits.
"""

import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from benchmarks import world
from benchmarks.b2_peer import FLOORS, ROWS, by_sql, fill_rows
from benchmarks.machine import goal, machine
from benchmarks.reference import split_with_200_bits
from benchmarks.world import median, timed

from accounts.scope import current_organization_id, organization_scope  # isort: skip (after django.setup)
from billing.allocation.split import Split, split_solar  # isort: skip
from metering import binary, store  # isort: skip
from metering.series.calendar import local_times, slot_instants  # isort: skip
from metering.services.ingest import BatchKey, record_intervals  # isort: skip

ZURICH = ZoneInfo("Europe/Zurich")
METERS, ROOT = 100, Path(__file__).resolve().parent.parent
WRITE = """
    INSERT INTO bench_totals SELECT %s, r, g, s, x FROM unnest(%s, %s, %s, %s) AS w(r, g, s, x)
    ON CONFLICT (register_id, slot_group) DO UPDATE SET solar = excluded.solar, grid = excluded.grid
"""
TOTALS = """
    CREATE TABLE bench_totals (
        organization_id integer NOT NULL, register_id integer NOT NULL, slot_group integer NOT NULL,
        solar bigint NOT NULL, grid bigint NOT NULL, PRIMARY KEY (register_id, slot_group)
    );
"""


def period(months: int) -> tuple[datetime, datetime]:
    end = (
        datetime(2026, 1, 1, tzinfo=ZURICH) if months == 12 else datetime(2025, 1 + months, 1, tzinfo=ZURICH)
    )
    return datetime(2025, 1, 1, tzinfo=ZURICH).astimezone(UTC), end.astimezone(UTC)


def groups_of(start: datetime, end: datetime) -> np.ndarray:
    """Month × high or low tariff (Mon-Fri 7 to 20 local) of each slot; once per tariff and year."""
    local = local_times(slot_instants(start, end), ZURICH)
    month = local.astype("datetime64[M]").astype(np.int64) % 12
    hour = (local - local.astype("datetime64[D]")).astype(np.int64) // 3600
    weekday = (local.astype("datetime64[D]").astype(np.int64) + 3) % 7
    high = (weekday < 5) & (hour >= 7) & (hour < 20)
    return (2 * month + high).astype(np.int32)


def house(slots: int, seed: int) -> np.ndarray:
    """Energies of a house, int32 [100, slots]: the sun in row 0, people below."""
    random = np.random.default_rng(seed)
    time = np.arange(slots)
    sun = np.clip(np.sin((time % 96 - 24) / 48 * np.pi), 0, None) * (
        4500 + 2500 * np.sin(time / slots * np.pi)
    )
    use = random.gamma(1.3, 60, (METERS - 1, slots)) * (1 + 0.5 * np.sin((time % 96 - 40) / 48 * np.pi))
    return np.vstack([sun * random.uniform(0.2, 1, slots), use]).astype(np.int32)


def store_house(side, ids: np.ndarray, values: np.ndarray, start: datetime) -> None:
    """Into the product's table, laid out by UTC day."""
    first = np.datetime64(int(start.timestamp()) // 86_400, "D")
    lead = int(start.timestamp()) % 86_400 // 900
    days = -(-(lead + values.shape[1]) // 96)
    padded = np.full((len(ids), days * 96), -(2**31), np.int32)
    padded[:, lead : lead + values.shape[1]] = values
    with organization_scope(side.id):
        record_intervals(
            batch=BatchKey("import", f"house {ids[0]}"),
            register_ids=np.repeat(ids, days),
            days=np.tile(first + np.arange(days), len(ids)),
            vectors=padded.reshape(-1, 96),
            method="import",
            now=world.NOW,
        )


def fetch_and_split(ids: list[int], start: datetime, end: datetime, groups: np.ndarray) -> Split:
    matrix = store.load_matrix(register_ids=ids, start=start, end=end)
    assert not matrix.missing
    return split_solar(
        consumption=matrix.values[1:],
        pool=matrix.values[0].astype(np.int64),
        groups=groups,
        group_count=24,
        priorities=[0] * (len(ids) - 1),
    )


def ours(side, ids: list[int], start: datetime, end: datetime, groups: np.ndarray) -> Split:
    """End to end in one transaction: what a billing run does with a house."""
    with organization_scope(side.id):
        split = fetch_and_split(ids, start, end, groups)
        rows, columns = np.nonzero(split.consumption)
        binary.execute(
            WRITE,
            [
                current_organization_id(),
                binary.int4(np.array(ids[1:])[rows]),
                binary.int4(columns),
                binary.int8(split.solar[rows, columns]),
                binary.int8(split.grid[rows, columns]),
            ],
        )
    return split


def run(*, quick: bool = False) -> dict[str, object]:
    start, end = period(1 if quick else 12)
    groups = groups_of(start, end)
    values = house(len(groups), 1)
    with world.throwaway_database() as two:
        world.create_peers(TOTALS + ROWS, "bench_totals", "bench_rows", "bench_sql_totals")
        sides = (two.ours, two.ours, two.others)
        houses = [
            (world.make_registers(side, METERS), values if seed == 1 else house(len(groups), seed))
            for seed, side in enumerate(sides, 1)
        ]
        for side, (registers, energies) in zip(sides, houses, strict=True):
            store_house(side, registers, energies, start)
        ids = houses[0][0]
        with world.owner(autocommit=True) as link:
            link.execute("ANALYZE")
        fill_rows(houses, start)
        del houses
        asked = ids.tolist()
        split = ours(two.ours, asked, start, end, groups)
        act = lambda: ours(two.ours, asked, start, end, groups)  # noqa: E731
        peer = lambda: by_sql(int(ids[0]), ids, start, end)  # noqa: E731
        ours_times, sql_times = [], []
        for _turn in range(1 if quick else 3):
            ours_times += [timed(act) for _again in range(5)]
            sql_times.append(timed(peer))
        same = _same_as_sql(ids, split, groups)
        fetch = median([timed(lambda: _fetch(two.ours, asked, start, end)) for _again in range(5)])
        scaling = {workers: _throughput(workers, two.ours.id, asked, quick) for workers in (1, 2)}
        memory = _peak_memory(two.ours.id, asked, start, end)
    return told(values, groups, split, ours_times, sql_times, fetch, same, scaling, memory)


def _fetch(side, ids, start, end) -> None:
    with organization_scope(side.id):
        store.load_matrix(register_ids=ids, start=start, end=end)


def _same_as_sql(ids: np.ndarray, split: Split, groups: np.ndarray) -> bool:
    """The peer is worth comparing with only where it finds the same Wh."""
    with world.raw().cursor() as cursor:
        cursor.execute("SELECT meter_id, slot_group, solar FROM bench_sql_totals")
        found = {(meter, group): int(solar) for meter, group, solar in cursor.fetchall()}
    own = {
        (int(ids[row + 1]), group): int(split.solar[row, group])
        for row in range(METERS - 1)
        for group in np.unique(groups).tolist()
    }
    return all(abs(found[key] - solar) <= FLOORS for key, solar in own.items())


def _throughput(workers: int, organization_id: int, ids: list[int], quick: bool) -> float:
    """Site-months per second, fetched and split, by separate processes."""
    count = 12 if quick else 96
    command = [sys.executable, "-m", "benchmarks.b2_worker", world.database.name(), str(organization_id)]
    command += [str(ids[0]), str(ids[-1]), str(count // workers)]
    running = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _w in range(workers)
    ]
    seconds = [float(process.communicate()[0]) for process in running]
    return count / max(seconds)


def _peak_memory(organization_id: int, ids: list[int], start: datetime, end: datetime) -> float:
    """Megabytes by which the process grows while it does the whole period, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.b2_worker", world.database.name(), str(organization_id)]
    command += [str(ids[0]), str(ids[-1]), "memory", start.isoformat(), end.isoformat()]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return float(done.stdout)


def told(values, groups, split, ours_times, sql_times, fetch, same, scaling, memory) -> dict[str, object]:
    own, pool = np.ascontiguousarray(values[1:]), values[0].astype(np.int64)
    kernel_times, copy_times = [], []
    target = np.empty_like(own)
    np.copyto(target, own)
    for _turn in range(15):
        kernel_times.append(
            timed(
                lambda: split_solar(
                    consumption=own, pool=pool, groups=groups, group_count=24, priorities=[0] * len(own)
                )
            )
        )
        copy_times.append(timed(lambda: np.copyto(target, own)))
    reference = split_with_200_bits(own.tolist(), pool.tolist(), groups.tolist(), 24, [0] * len(own))
    off = int(np.abs(split.solar - np.array(reference)).max())
    goals = {
        "times SQL, end to end": goal(median(sql_times) / median(ours_times), at_least=80),
        "kernel, times a copy in memory": goal(min(kernel_times) / min(copy_times), at_most=10),
        "Wh off the 200-bit reference": goal(off, at_most=0),
        "Wh not shared out": goal(int(np.abs(split.solar.sum(axis=0) - split.pool).max()), at_most=0),
        "peak memory, MB": goal(memory, at_most=60),
        "two workers against one": goal(scaling[2] / scaling[1], at_least=1.5),
    }
    return {
        "goals": goals,
        "reached": all(one["met"] for one in goals.values()),
        "ms end to end": round(1000 * median(ours_times), 1),
        "ms fetch": round(1000 * fetch, 1),
        "ms kernel, best and median": [round(1000 * f(kernel_times), 2) for f in (min, median)],
        "ms copy in memory, best and median": [round(1000 * f(copy_times), 2) for f in (min, median)],
        "ms np.load": round(1000 * _file_limit(values), 2),
        "s SQL": round(median(sql_times), 2),
        "SQL agrees": same,
        "site-months per second": {f"{n} workers": round(rate, 1) for n, rate in scaling.items()},
        "slots": int(values.size),
        "peers left out": "polars and duckdb are no dependencies of the product",
        "machine": machine(),
    }


def _file_limit(values: np.ndarray) -> float:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "matrix.npy"
        np.save(path, values)
        os.sync()
        return median([timed(lambda: np.load(path)) for _again in range(5)])
