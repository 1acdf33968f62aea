# SPDX-License-Identifier: Apache-2.0
"""Take in index readings: keep every one, and carry them into slots, sums and events.

The natural key is register, instant and method.  The same value again is no
news; another value is another revision with an event.  Whatever the order and
however often readings arrive, the slots end up the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from django.db import transaction

from accounts.scope import current_organization_id
from metering import binary
from metering.models import MeterEventKind, ReadingMethod
from metering.series.calendar import to_utc_seconds
from metering.series.slots import TOLERANCE_SECONDS
from metering.services.batches import BatchKey, Incident, IngestResult, batch_of, leave_events
from metering.services.derive_slots import derive_slots
from metering.services.history import StoredReading, load_at
from metering.services.locking import RegisterFacts, lock_registers

# A gateway's clock may be a little ahead; a reading from tomorrow is a mistake.
_AHEAD = timedelta(minutes=15)
_LARGEST = 2**62

_INSERT = """
    INSERT INTO metering_reading
        (value, at, received_at, register_id, organization_id, method_id, batch_id, revision, reference)
    SELECT v, a, %s, r, %s, %s, %s, x, f FROM unnest(%s, %s, %s, %s, %s::text[]) AS w(r, a, v, x, f)
"""


class UnfitReading(ValueError):
    """A reading cannot be taken in as it was given: no time zone, or a method nobody knows."""


@dataclass(frozen=True, slots=True)
class IndexReading:
    """
    What a register showed: `at` aware (whole seconds count), `value` in the register's own counts.

    `reference` is the deliverer's own (a telegram, a line of a file).
    """

    register_id: int
    at: datetime
    value: int
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class _Row:
    """A reading to insert."""

    register_id: int
    second: int
    value: int
    revision: int
    reference: str | None
    replaces: int | None


def record_readings(
    *, batch: BatchKey, readings: Sequence[IndexReading], method: str, now: datetime
) -> IngestResult:
    """
    Store readings and bring slots, sums of days and months, and events to what they say.

    A reading that cannot be (negative, beyond the register's digits, from the future, outside of the
    meter's service) is set aside with an event and counted as quarantined.

    :raises UnknownRegister: if the organization does not have one of the registers.
    :raises UnfitReading: if an instant is naive or `method` is not in the catalogue.
    """
    if any(reading.at.utcoffset() is None for reading in readings):
        raise UnfitReading("A reading needs the time zone of its instant.")
    with transaction.atomic():
        facts = lock_registers(reading.register_id for reading in readings)
        method_id = _method(method)
        refused = {i: reason for i, r in enumerate(readings) if (reason := _refusal(r, facts, now))}
        leave_events((_quarantine(readings[i], reason) for i, reason in refused.items()), now)
        fit = [reading for i, reading in enumerate(readings) if i not in refused]
        rows, unchanged = _news(fit, method_id)
        if rows:
            _insert(rows, method_id, batch_of(batch, now), now)
            leave_events((_correction(row, method) for row in rows if row.replaces is not None), now)
            _carry(rows, method_id, facts, now)
    corrected = sum(row.replaces is not None for row in rows)
    return IngestResult(len(rows) - corrected, unchanged, corrected, len(refused))


def _method(code: str) -> int:
    method_id = ReadingMethod.objects.filter(code=code).values_list("pk", flat=True).first()
    if method_id is None:
        raise UnfitReading(f"There is no reading method {code!r}.")
    return int(method_id)


def _refusal(reading: IndexReading, facts: Mapping[int, RegisterFacts], now: datetime) -> str:
    fact = facts[reading.register_id]
    tolerance = timedelta(seconds=TOLERANCE_SECONDS)
    if reading.value < 0:
        return "negative"
    if reading.value > (fact.maximum if fact.maximum is not None else _LARGEST):
        return "beyond the digits"
    if reading.at > now + _AHEAD:
        return "from the future"
    if fact.opened_at is not None and reading.at < fact.opened_at - tolerance:
        return "before the meter was in service"
    if fact.closed_at is not None and reading.at > fact.closed_at + tolerance:
        return "after the meter went out of service"
    return ""


def _news(readings: Iterable[IndexReading], method_id: int) -> tuple[list[_Row], int]:
    """The readings that say something new, as rows to insert; and how many do not."""
    given = [(r.register_id, to_utc_seconds(r.at), r) for r in readings]
    keys = sorted({(register_id, second) for register_id, second, _reading in given})
    latest = _latest(keys, method_id)
    rows: list[_Row] = []
    unchanged = 0
    for register_id, second, reading in given:
        known = latest.get((register_id, second))
        if known is not None and known[1] == reading.value:
            unchanged += 1
            continue
        revision = 0 if known is None else known[0] + 1
        replaces = None if known is None else known[1]
        rows.append(_Row(register_id, second, reading.value, revision, reading.reference, replaces))
        latest[register_id, second] = (revision, reading.value)
    return rows, unchanged


def _latest(keys: Sequence[tuple[int, int]], method_id: int) -> dict[tuple[int, int], tuple[int, int | None]]:
    """Highest revision of each key and its value; the value is None where its batch was taken back."""
    if not keys:
        return {}
    ids, seconds = (np.array(column, dtype=np.int64) for column in zip(*keys, strict=True))
    found: dict[tuple[int, int], tuple[int, int | None]] = {}
    for row in sorted(load_at(ids, seconds), key=lambda row: row.revision):
        if row.method_id == method_id:
            found[row.register_id, row.second] = (row.revision, None if row.taken_back else row.value)
    return found


def _insert(rows: Sequence[_Row], method_id: int, batch_id: int, now: datetime) -> None:
    columns = [
        binary.int4(np.array([row.register_id for row in rows])),
        binary.timestamps(np.array([row.second for row in rows], dtype=np.int64)),
        binary.int8(np.array([row.value for row in rows], dtype=np.int64)),
        binary.int2(np.array([row.revision for row in rows])),
        [row.reference for row in rows],
    ]
    binary.execute(_INSERT, [now, current_organization_id(), method_id, batch_id, *columns])


def _carry(rows: Sequence[_Row], method_id: int, facts: Mapping[int, RegisterFacts], now: datetime) -> None:
    new = {(row.register_id, row.second, method_id, row.revision) for row in rows}
    spans: dict[int, tuple[int, int]] = {}
    for row in rows:
        low, high = spans.get(row.register_id, (row.second, row.second))
        spans[row.register_id] = (min(low, row.second), max(high, row.second))

    def stands(reading: StoredReading) -> bool:
        return not reading.taken_back

    def stood(reading: StoredReading) -> bool:
        return not reading.taken_back and reading.key not in new

    derive_slots(spans=spans, before=stood, after=stands, facts=facts, now=now)


def _quarantine(reading: IndexReading, reason: str) -> Incident:
    evidence = {"index": reading.value, "reason": reason, "reference": reading.reference}
    return Incident(reading.register_id, MeterEventKind.QUARANTINE, reading.at, evidence)


def _correction(row: _Row, method: str) -> Incident:
    at = datetime.fromtimestamp(row.second, UTC)
    evidence = {"before": row.replaces, "after": row.value, "revision": row.revision, "method": method}
    return Incident(row.register_id, MeterEventKind.CORRECTION, at, evidence)
