# SPDX-License-Identifier: Apache-2.0
"""Take in load profiles: energy per quarter hour, whole days at a time."""

from datetime import UTC, datetime

import numpy as np
from django.db import transaction
from numpy.typing import NDArray

from metering.models import MeterEventKind
from metering.series.calendar import SLOTS_PER_DAY, Instants
from metering.series.vectors import MISSING, Qualities, Values
from metering.services.batches import BatchKey, Incident, IngestResult, batch_of, leave_events
from metering.services.locking import lock_registers
from metering.services.write_days import Correction, Days, write_days


class UnfitIntervals(ValueError):
    """The arrays of a delivery do not fit together, or a slot is negative."""


def record_intervals(
    *,
    batch: BatchKey,
    register_ids: NDArray[np.integer],
    days: Instants,
    vectors: Values,
    quality: Qualities | None = None,
    method: str,
    now: datetime,
) -> IngestResult:
    """
    Store days of slots; the same delivery again writes nothing.

    `register_ids` [n], `days` datetime64[D] [n] (UTC), `vectors` int32 [n, 96] in the register's counts
    (`MISSING` says nothing about a slot), `quality` uint8 [n, 96] where not all is measured.  A slot
    that held another value is corrected: its predecessor is kept and an event tells of it.  The sums of
    local days and months are written in the same transaction.

    :raises UnknownRegister: if the organization does not have one of the registers.
    :raises UnfitIntervals: if shapes differ or a value is negative.
    """
    _refuse_misfit(register_ids, days, vectors, quality)
    ids = np.asarray(register_ids, dtype=np.int64)
    with transaction.atomic():
        facts = lock_registers(np.unique(ids).tolist())
        outcome = write_days(
            days=Days(ids, days.astype("datetime64[D]"), vectors, quality),
            zones={register_id: fact.zone for register_id, fact in facts.items()},
            now=now,
        )
        if outcome.written or outcome.corrected:
            batch_of(batch, now)
        leave_events((_incident(correction, batch, method) for correction in outcome.corrections), now)
    return IngestResult(outcome.written, outcome.unchanged, outcome.corrected)


def _refuse_misfit(
    register_ids: NDArray[np.integer], days: Instants, vectors: Values, quality: Qualities | None
) -> None:
    count = len(register_ids)
    if len(days) != count or vectors.shape != (count, SLOTS_PER_DAY) or vectors.dtype != np.int32:
        raise UnfitIntervals(
            f"{count} registers, {len(days)} days and {vectors.dtype} {vectors.shape} do not fit together."
        )
    if quality is not None and quality.shape != vectors.shape:
        raise UnfitIntervals("Every slot needs its quality, or none does.")
    # MISSING is the lowest number of all: seen as unsigned it is 2^31, and only negatives lie above.
    if count and int(vectors.view(np.uint32).max()) > -MISSING:
        raise UnfitIntervals("A register never counts backwards: a slot is negative.")


def _incident(correction: Correction, batch: BatchKey, method: str) -> Incident:
    return Incident(
        register_id=correction.register_id,
        kind=MeterEventKind.CORRECTION,
        at=datetime.fromtimestamp(correction.first_at, UTC),
        evidence={
            "slots": correction.slots,
            "before": correction.before,
            "after": correction.after,
            "method": method,
            "batch": f"{batch.kind} {batch.key}",
        },
    )
