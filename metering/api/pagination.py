# SPDX-License-Identifier: Apache-2.0
"""Pages of readings, whose key has four parts."""

import json
from typing import Any

from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor
from rest_framework.request import Request

from accounts.api.pagination import CursorPagination
from metering.api.instants import UnfitInstant, parse_instant
from metering.models import Reading

Key = tuple[Any, ...]


class ReadingPagination(CursorPagination):
    """
    By register, then instant, method and revision: the primary key, so that a page is one index scan.

    The cursor holds the four as JSON.
    """

    ordering = ("pk",)

    def decode_cursor(self, request: Request) -> Cursor | None:
        cursor = super().decode_cursor(request)
        if cursor is None or cursor.position is None:
            return cursor
        return cursor._replace(position=self._key(cursor.position))

    def is_position(self, written: str) -> bool:
        return True

    def encode_cursor(self, cursor: Cursor) -> str:
        if cursor.position is None:
            return super().encode_cursor(cursor)
        register_id, at, method_id, revision = cursor.position
        written = json.dumps([register_id, at.isoformat(), method_id, revision])
        return super().encode_cursor(cursor._replace(position=written))

    def _get_position_from_instance(self, instance: Reading, ordering: tuple[str, ...]) -> Key:
        return instance.pk

    def _key(self, written: str) -> Key:
        try:
            register_id, at, method_id, revision = json.loads(written)
            return (int(register_id), parse_instant(at), int(method_id), int(revision))
        except (TypeError, ValueError, OverflowError, RecursionError, UnfitInstant) as error:
            raise NotFound(self.invalid_cursor_message) from error
