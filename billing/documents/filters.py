# SPDX-License-Identifier: Apache-2.0
"""Template filters of the documents."""

from django import template
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.filter
def figures(text: str) -> SafeString:
    """
    Escaped text in which every apostrophe is as wide as a blank (see `typeset.figure_columns`).

    The one place of the documents that marks a text as safe: it adds an element without
    attributes around an apostrophe that is escaped already.
    """
    # The engine counts tab stops from the last element, so behind an apostrophe they would jump.
    assert "\t" not in text
    escaped = conditional_escape(text)
    return mark_safe(escaped.replace("&#x27;", "<i>&#x27;</i>"))  # noqa: S308
