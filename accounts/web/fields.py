# SPDX-License-Identifier: Apache-2.0
"""Form fields for days, periods and identifiers that people type."""

from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import gettext_lazy as _
from stdnum import iban as iban_number
from stdnum.ch import vat as swiss_vat
from stdnum.exceptions import ValidationError as BadNumber


class DayInput(forms.DateInput):
    """The browser's own calendar."""

    input_type = "date"

    def __init__(self, attrs: Any = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class PeriodInput(forms.MultiWidget):
    """First and last day; people think of both as included."""

    template_name = "components/period_input.html"
    use_fieldset = True

    def __init__(self, attrs: Any = None) -> None:
        super().__init__({"first": DayInput(attrs), "last": DayInput(attrs)}, attrs)

    def decompress(self, value: Any) -> list[Any]:
        if value is None:
            return [None, None]
        return [value.lower, value.upper - timedelta(days=1) if value.upper else None]


class PeriodField(forms.MultiValueField):
    """A half-open range of days, asked for as first and last day; an open end may be left empty."""

    widget = PeriodInput

    def __init__(self, *, end_required: bool = False, **kwargs: Any) -> None:
        parts = (forms.DateField(), forms.DateField(required=end_required))
        super().__init__(fields=parts, require_all_fields=False, **kwargs)

    def compress(self, data_list: list[Any]) -> DateRange | None:
        if not data_list or not data_list[0]:
            return None
        first, last = data_list[0], data_list[1] if len(data_list) > 1 else None
        if last is not None and last < first:
            raise ValidationError(_("The last day lies before the first."))
        return DateRange(first, last + timedelta(days=1) if last else None)


def clean_iban(written: str) -> str:
    """
    The IBAN without spaces, or nothing.

    :raises ValidationError: when its check digits are wrong.
    """
    if not written.strip():
        return ""
    try:
        return str(iban_number.validate(written))
    except BadNumber:
        raise ValidationError(_("This is not a valid IBAN: look at its digits again.")) from None


def clean_vat_number(written: str, country: str) -> str:
    """
    The VAT number as written; Swiss ones are checked: CHE-123.456.788 MWST.

    :raises ValidationError: when a Swiss number's check digit is wrong.
    """
    written = written.strip()
    if written and country == "CH":
        try:
            swiss_vat.validate(written)
        except BadNumber:
            raise ValidationError(
                _("This is not a valid Swiss VAT number. It reads like CHE-123.456.788 MWST.")
            ) from None
    return written


def contrast_with_white(colour: str) -> float:
    """WCAG's contrast of `#rrggbb` with white, between 1 and 21."""
    channels = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)
