# SPDX-License-Identifier: Apache-2.0
"""Errors of the API as problem+json (RFC 9457), each with the place and the mend."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from drf_standardized_errors.handler import exception_handler
from rest_framework.response import Response


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn any API error into one shape; `None` lets Django answer 500."""
    response = exception_handler(error, context)
    if response is None:
        return None
    standard = response.data
    response.data = {
        "type": f"about:{standard['type']}",
        "title": _title(error, response.status_code),
        "status": response.status_code,
        "errors": [
            {"code": e["code"], "detail": e["detail"], "field": e["attr"]} for e in standard["errors"]
        ],
    }
    response.content_type = "application/problem+json"
    return response


def _title(error: Exception, status: int) -> str:
    if isinstance(error, Http404):
        return "Not found"
    if isinstance(error, PermissionDenied):
        return "Not allowed"
    return {
        400: "The request cannot be understood",
        401: "Sign-in needed",
        403: "Not allowed",
        404: "Not found",
        405: "Method not allowed",
        409: "Conflict",
        413: "The request is too large",
        422: "The content cannot be processed",
        429: "Too many requests",
    }.get(status, "Error")
