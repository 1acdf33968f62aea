# SPDX-License-Identifier: Apache-2.0
"""Instants as clients write them: ISO 8601 with the offset from UTC, never without."""

import re
from datetime import datetime
from typing import Any

import django_filters
from django import forms
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

_WRITTEN = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})"
)
_YEARS = range(2000, 2100)
_HOW = (
    "An instant is written 2026-11-21T10:15:00Z or 2026-11-21T11:15:00+01:00 (in an address, + is %2B); "
    "its year lies between 2000 and 2099."
)


class UnfitInstant(ValueError):
    """Not an instant, or one without its offset from UTC."""


def parse_instant(given: Any) -> datetime:
    """
    The aware datetime that a client wrote.

    :raises UnfitInstant: if it is no text, not ISO 8601, without an offset, or not of this century.
    """
    if not isinstance(given, str) or not _WRITTEN.fullmatch(given) or int(given[:4]) not in _YEARS:
        raise UnfitInstant(_HOW)
    try:
        return datetime.fromisoformat(given)
    except ValueError as error:
        raise UnfitInstant(_HOW) from error


@extend_schema_field(OpenApiTypes.DATETIME)
class InstantField(serializers.Field):
    """An instant in a request's query."""

    def to_internal_value(self, data: Any) -> datetime:
        try:
            return parse_instant(data)
        except UnfitInstant as error:
            raise serializers.ValidationError(str(error), code="invalid") from error


class _FormField(forms.CharField):
    def clean(self, value: Any) -> datetime | None:
        text = super().clean(value)
        try:
            return parse_instant(text) if text else None
        except UnfitInstant as error:
            # REST framework formats the words of a form's error with `%`.
            raise forms.ValidationError(str(error).replace("%", "%%"), code="invalid") from error


@extend_schema_field(OpenApiTypes.DATETIME)
class InstantFilter(django_filters.Filter):
    """Compares an instant's column with the one given."""

    field_class = _FormField
