# SPDX-License-Identifier: Apache-2.0
"""Filters of the API's lists; a value that cannot be is a 400 that names the filter."""

import django_filters
from django import forms
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field

LARGEST_ID = 2**31 - 1


@extend_schema_field(OpenApiTypes.INT)
class IdFilter(django_filters.NumberFilter):
    """The number of another object.  One that is foreign or absent selects nothing."""

    field_class = forms.IntegerField

    def __init__(self, field_name: str | None = None, **given: object) -> None:
        super().__init__(field_name, min_value=1, max_value=LARGEST_ID, **given)
