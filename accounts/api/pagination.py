# SPDX-License-Identifier: Apache-2.0
from rest_framework import pagination


class CursorPagination(pagination.CursorPagination):
    """Stable pages by id; `page_size` up to 1000."""

    ordering = "id"
    page_size = 100
    page_size_query_param = "page_size"
    max_page_size = 1000
