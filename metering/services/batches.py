# SPDX-License-Identifier: Apache-2.0
"""What every delivery shares: its batch, its result, and the events it leaves."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.backends.postgresql.psycopg_any import Jsonb

from accounts.scope import current_organization_id
from metering import binary
from metering.models import ReadingBatch

_EVENTS = """
    INSERT INTO metering_meterevent AS e
        (organization_id, register_id, kind, at, evidence, noticed_at, decision)
    SELECT %s, r, k, a, v, %s, '' FROM unnest(%s::int4[], %s::text[], %s::timestamptz[], %s::jsonb[])
        AS w(r, k, a, v)
    ON CONFLICT (organization_id, register_id, kind, at) DO UPDATE
    SET evidence = excluded.evidence, withdrawn_at = NULL
    WHERE e.withdrawn_at IS NOT NULL OR e.evidence IS DISTINCT FROM excluded.evidence
"""


@dataclass(frozen=True, slots=True)
class BatchKey:
    """Names a delivery: `kind` as in `BatchKind`, `key` of the deliverer's choice (a poll, a file's hash)."""

    kind: str
    key: str
    created_by_id: int | None = None


@dataclass(frozen=True, slots=True)
class IngestResult:
    """
    What became of the values delivered: readings, or slots where intervals were delivered.

    `written` are new, `unchanged` were known, `corrected` differ from what was known, `quarantined`
    cannot be and were set aside with an event.
    """

    written: int = 0
    unchanged: int = 0
    corrected: int = 0
    quarantined: int = 0

    def __add__(self, other: "IngestResult") -> "IngestResult":
        return IngestResult(
            self.written + other.written,
            self.unchanged + other.unchanged,
            self.corrected + other.corrected,
            self.quarantined + other.quarantined,
        )


@dataclass(frozen=True, slots=True)
class Incident:
    """An event to leave: `kind` as in `MeterEventKind`."""

    register_id: int
    kind: str
    at: datetime
    evidence: dict[str, Any]


def batch_of(key: BatchKey, now: datetime) -> int:
    """The id of the batch, made where it is new."""
    batch, _new = ReadingBatch.objects.get_or_create(
        kind=key.kind,
        key=key.key,
        defaults={
            "organization_id": current_organization_id(),
            "received_at": now,
            "created_by_id": key.created_by_id,
        },
    )
    return int(batch.pk)


def leave_events(incidents: Iterable[Incident], now: datetime) -> None:
    """Write events; one that was withdrawn stands again, one that is there already stays as it is."""
    found = {(i.register_id, i.kind, i.at): i for i in incidents}
    if not found:
        return
    rows = list(found.values())
    binary.execute(
        _EVENTS,
        [
            current_organization_id(),
            now,
            [i.register_id for i in rows],
            [i.kind for i in rows],
            [i.at for i in rows],
            [Jsonb(i.evidence) for i in rows],
        ],
    )
