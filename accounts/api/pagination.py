# SPDX-License-Identifier: Apache-2.0
from rest_framework import pagination
from rest_framework.exceptions import NotFound
from rest_framework.request import Request


class CursorPagination(pagination.CursorPagination):
    """Stable pages by id; `page_size` up to 1000."""

    cursor_query_description = "The place of a page: follow `next` and `previous`, do not make one up."
    page_size_query_description = "Rows on a page, 1 to 1000."
    ordering = "id"
    page_size = 100
    page_size_query_param = "page_size"
    max_page_size = 1000

    def decode_cursor(self, request: Request) -> pagination.Cursor | None:
        """A cursor is ours or it is not found: what a client made up never reaches the database."""
        cursor = super().decode_cursor(request)
        if cursor and cursor.position is not None and not self.is_position(cursor.position):
            raise NotFound(self.invalid_cursor_message)
        return cursor

    def is_position(self, written: str) -> bool:
        return written.isascii() and written.isdecimal() and len(written) < 20
