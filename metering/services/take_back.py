# SPDX-License-Identifier: Apache-2.0
"""Take back a whole batch of readings: they stay on record and no longer count."""

from datetime import datetime

from django.db import transaction
from django.db.models import Max, Min

from metering.models import Reading, ReadingBatch
from metering.series.calendar import to_utc_seconds
from metering.services.derive_slots import derive_slots
from metering.services.history import StoredReading
from metering.services.locking import lock_registers


def take_back(*, batch_id: int, now: datetime) -> int:
    """
    Mark the batch and bring slots and events to what the other readings say; how many it had.

    Load profiles are not rows of a batch: what `record_intervals` wrote is corrected by another delivery.
    """
    with transaction.atomic():
        batch = ReadingBatch.objects.select_for_update().get(pk=batch_id)
        readings = Reading.objects.filter(batch=batch)
        spans = {
            register_id: (to_utc_seconds(first), to_utc_seconds(last))
            for register_id, first, last in readings.order_by()
            .values("register_id")
            .annotate(first=Min("at"), last=Max("at"))
            .values_list("register_id", "first", "last")
        }
        if batch.taken_back_at is not None or not spans:
            return 0
        facts = lock_registers(spans)
        batch.taken_back_at = now
        batch.save(update_fields=["taken_back_at"])

        def stood(reading: StoredReading) -> bool:
            return not reading.taken_back or reading.batch_id == batch_id

        def stands(reading: StoredReading) -> bool:
            return not reading.taken_back

        derive_slots(spans=spans, before=stood, after=stands, facts=facts, now=now)
        return readings.count()
