# SPDX-License-Identifier: Apache-2.0
"""Between the API's shapes and `metering.store`: windows out, deliveries in."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
from rest_framework import status
from rest_framework.exceptions import APIException, ValidationError

from metering import store
from metering.models import BatchKind, MeterEvent, MeterEventKind, ReadingBatch, Register
from metering.series.calendar import SLOT_SECONDS, NotOnSlotBoundary, slot_instants
from metering.series.vectors import MISSING, Quality
from metering.services.ingest import BatchKey, IndexReading, UnfitReading, record_readings

# 31 local days are an hour longer where the clocks change.
LONGEST = timedelta(days=31, hours=1)
MOST_DAYS, MOST_MONTHS = 366, 60
METHOD = "import"
_QUALITIES = {int(quality): quality.name.lower() for quality in Quality}


class BatchTakenBack(APIException):
    status_code = status.HTTP_409_CONFLICT
    default_detail = "This batch was taken back: readings in it do not count. Give the delivery another name."
    default_code = "batch_taken_back"


class FactorTooLarge(APIException):
    status_code = status.HTTP_409_CONFLICT
    default_detail = (
        "A quarter hour times the meter's factor is too large: its factor or resolution is wrong."
    )
    default_code = "factor_too_large"


def intervals(register: Register, start: datetime, end: datetime) -> dict[str, Any]:
    """
    The slots of [start, end) with their qualities.

    :raises ValidationError: if the window is empty, too long or not on quarter hours.
    """
    if not timedelta() < end - start <= LONGEST:
        raise ValidationError({"to": "A window ends after it begins, at most 31 days later."})
    try:
        slot_instants(start, end)
    except NotOnSlotBoundary as error:
        raise ValidationError({"from": "A window begins and ends on quarter hours."}) from error
    try:
        matrix = store.load_matrix(register_ids=[register.pk], start=start, end=end)
    except store.TooLargeASlot as error:
        raise FactorTooLarge from error
    return {
        "register": register.pk,
        "unit": register.meter.kind.unit,
        "from": start.astimezone(UTC),
        "to": end.astimezone(UTC),
        "step_seconds": SLOT_SECONDS,
        "values": [None if value == MISSING else value for value in matrix.values[0].tolist()],
        "quality": [_QUALITIES[quality] for quality in matrix.quality[0].tolist()],
    }


def totals(register: Register, first: date, end: date, by: str) -> dict[str, Any]:
    """
    The sums of the local days from `first` until before `end`, or of the months they lie in.

    :raises ValidationError: if the window is empty or too long.
    """
    last = end - timedelta(days=1) if end > date.min else end
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    if first.year < 2000 or last.year >= 2100:
        raise ValidationError({"from": "A window lies in this century."})
    if last < first or (by == "day" and (end - first).days > MOST_DAYS) or months > MOST_MONTHS:
        raise ValidationError(
            {"to": f"A window ends after it begins, at most {MOST_DAYS} days or {MOST_MONTHS} months later."}
        )
    rows = _months(register.pk, first, last) if by == "month" else _days(register.pk, first, last)
    return {"register": register.pk, "unit": register.meter.kind.unit, "by": by, "results": rows}


def _days(register_id: int, first: date, last: date) -> list[dict[str, Any]]:
    days = store.load_day_totals(register_ids=[register_id], first=first, last=last)
    expected = store.expected_slots(register_ids=[register_id], first=first, last=last)[0]
    return _rows(days.days, days.totals[0], days.slots[0], expected, days.peaks[0])


def _months(register_id: int, first: date, last: date) -> list[dict[str, Any]]:
    months = store.load_month_totals(register_ids=[register_id], first_month=first, last_month=last)
    begin = months.months[0].astype("datetime64[D]")
    end = (months.months[-1] + 1).astype("datetime64[D]") - 1
    days = store.expected_slots(register_ids=[register_id], first=begin.item(), last=end.item())[0]
    places = (months.months.astype("datetime64[D]") - begin).astype(np.intp)
    expected = np.add.reduceat(days, places)
    return _rows(months.months, months.totals[0], months.slots[0], expected, months.peaks[0])


def _rows(labels: Any, sums: Any, slots: Any, expected: Any, peaks: Any) -> list[dict[str, Any]]:
    columns = (labels.astype(str), sums.tolist(), slots.tolist(), expected.tolist(), peaks.tolist())
    return [
        {
            "period": str(period),
            "total": total,
            "slots": there,
            "expected": whole,
            "peak": None if peak == MISSING else peak,
        }
        for period, total, there, whole, peak in zip(*columns, strict=True)
    ]


def push(
    *, batch: str, readings: Sequence[IndexReading], user_id: int | None, now: datetime
) -> dict[str, Any]:
    """
    Record a delivery and say what became of it.

    :raises BatchTakenBack: if the batch of this name was taken back.
    :raises ValidationError: if the organization has no method for imported readings.
    """
    kind = BatchKind.API.value
    if ReadingBatch.objects.filter(kind=kind, key=batch, taken_back_at__isnull=False).exists():
        raise BatchTakenBack
    try:
        result = record_readings(
            batch=BatchKey(kind, batch, user_id), readings=readings, method=METHOD, now=now
        )
    except UnfitReading as error:
        raise ValidationError({"readings": str(error)}) from error
    return {
        "batch": batch,
        "written": result.written,
        "unchanged": result.unchanged,
        "corrected": result.corrected,
        "quarantined": result.quarantined,
        "set_aside": _set_aside(readings) if result.quarantined else [],
    }


def _set_aside(readings: Sequence[IndexReading]) -> list[dict[str, Any]]:
    """Which readings are in quarantine, and why: as their events say."""
    events = MeterEvent.objects.filter(
        kind=MeterEventKind.QUARANTINE,
        withdrawn_at=None,
        register_id__in={reading.register_id for reading in readings},
        at__in={reading.at for reading in readings},
    )
    reasons = {(e.register_id, e.at, e.evidence["index"]): e.evidence["reason"] for e in events}
    return [
        {"reading": index, "reason": reasons[reading.register_id, reading.at, reading.value]}
        for index, reading in enumerate(readings)
        if (reading.register_id, reading.at, reading.value) in reasons
    ]
