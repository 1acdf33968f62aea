# SPDX-License-Identifier: Apache-2.0
"""Load profiles for the tests: whole days of one energy, delivered by one call."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from metering.series.vectors import MISSING
from metering.services.ingest import BatchKey, IngestResult, record_intervals
from tests.metering.world import NOW

DAY = np.datetime64("2026-03-28", "D")
MIDNIGHT = datetime(2026, 3, 28, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
ZURICH = ZoneInfo("Europe/Zurich")
MISSING_DAY = np.full((1, 96), MISSING, dtype=np.int32)


def record(
    register_ids: list[int],
    days: list[int],
    vectors: NDArray[np.int32],
    *,
    quality: NDArray[np.uint8] | None = None,
    key: str = "file",
) -> IngestResult:
    return record_intervals(
        batch=BatchKey("import", key),
        register_ids=np.array(register_ids),
        days=DAY + np.array(days),
        vectors=vectors,
        quality=quality,
        method="import",
        now=NOW,
    )


def flat(energy: int) -> NDArray[np.int32]:
    return np.full((1, 96), energy, dtype=np.int32)
