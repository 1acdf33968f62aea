# SPDX-License-Identifier: Apache-2.0
"""A worker process of B2: `python -m benchmarks.b2_worker DATABASE ORGANIZATION FIRST LAST COUNT`.

Fetches and splits COUNT months of the house and prints the seconds; with `memory START END`
in place of COUNT it does that period once and prints by how many megabytes the process grew.
"""

import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import world
from benchmarks.b2_split import ZURICH, fetch_and_split, groups_of

from accounts.scope import organization_scope  # isort: skip (after django.setup)
from django.db import connections  # isort: skip


def resident(line: str) -> float:
    """Megabytes by /proc: `VmRSS` now, `VmHWM` at most (`ru_maxrss` would begin with the parent's)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split(f"{line}:")[1].split()[0]) / 1024


def main() -> None:
    database, organization_id, first, last, act, *rest = sys.argv[1:]
    connections["default"].settings_dict["NAME"] = database
    ids = list(range(int(first), int(last) + 1))
    month = (
        datetime(2025, 1, 1, tzinfo=ZURICH).astimezone(UTC),
        datetime(2025, 2, 1, tzinfo=ZURICH).astimezone(UTC),
    )
    groups = groups_of(*month)
    with organization_scope(int(organization_id)):
        fetch_and_split(ids, *month, groups)
    if act == "memory":
        period = tuple(datetime.fromisoformat(text) for text in rest)
        groups = groups_of(*period)
        before = resident("VmRSS")
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        with organization_scope(int(organization_id)):
            fetch_and_split(ids, *period, groups)
        print(resident("VmHWM") - before)
        return
    begun = time.perf_counter()
    for _turn in range(int(act)):
        with organization_scope(int(organization_id)):
            fetch_and_split(ids, *month, groups)
    print(time.perf_counter() - begun)


if __name__ == "__main__":
    assert world.NOW
    main()
