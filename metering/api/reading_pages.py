# SPDX-License-Identifier: Apache-2.0
"""A page of readings out of any number, at the cost of the page: found by register in the key's index.

Asked in one piece, the database would sort every reading of an organization to give the first hundred.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from metering.models import Reading

Key = tuple[Any, ...]

_KEYS = """
    SELECT k.* FROM unnest(%s::integer[]) AS w(id), LATERAL (
        SELECT r.register_id, r.at, r.method_id, r.revision FROM metering_reading r
        WHERE r.register_id = w.id AND r.at >= %s AND r.at < %s {position}
        ORDER BY r.at {order}, r.method_id {order}, r.revision {order} LIMIT %s
    ) AS k
    ORDER BY k.register_id {order}, k.at {order}, k.method_id {order}, k.revision {order} LIMIT %s
"""
_POSITION = "AND (r.register_id, r.at, r.method_id, r.revision) {sign} (%s, %s, %s, %s)"
_EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)
# Registers looked at together; twice as many each time that they do not fill the page.
_FIRST_LOOK = 64


@dataclass(frozen=True, slots=True)
class ReadingPages:
    """As much of a queryset as the paginator uses: an order, a position, a slice."""

    register_ids: Sequence[int]
    start: datetime | None = None
    end: datetime | None = None
    descending: bool = False
    position: Key | None = None

    def order_by(self, name: str) -> "ReadingPages":
        return replace(self, descending=name.startswith("-"))

    def filter(self, *, pk__gt: Key | None = None, pk__lt: Key | None = None) -> "ReadingPages":
        return replace(self, position=pk__gt or pk__lt)

    def __getitem__(self, asked: slice) -> list[Reading]:
        keys = self._keys(asked.stop)[asked.start :]
        if not keys:
            return []
        # The keys say it all; registers and range lead the database into the index.
        rows = Reading.objects.filter(
            pk__in=keys,
            register_id__in={key[0] for key in keys},
            at__range=(min(key[1] for key in keys), max(key[1] for key in keys)),
        ).select_related("register__meter__kind", "method", "batch")
        return sorted(rows, key=lambda reading: reading.pk, reverse=self.descending)

    def _keys(self, count: int) -> list[Key]:
        ids = sorted(self.register_ids, reverse=self.descending)
        if self.position is not None:
            here = self.position[0]
            ids = [number for number in ids if (number <= here if self.descending else number >= here)]
        found: list[Key] = []
        look = _FIRST_LOOK
        while ids and len(found) < count:
            found += self._look(ids[:look], count - len(found))
            ids, look = ids[look:], look * 2
        return found

    def _look(self, ids: list[int], count: int) -> list[Key]:
        position = _POSITION.format(sign="<" if self.descending else ">") if self.position else ""
        statement = _KEYS.format(order="DESC" if self.descending else "ASC", position=position)
        window = [self.start or _EARLIEST, self.end or _LATEST, *(self.position or ())]
        with connection.cursor() as cursor:
            cursor.execute(statement, [ids, *window, count, count])
            rows: list[Key] = cursor.fetchall()
        return rows
