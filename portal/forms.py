# SPDX-License-Identifier: Apache-2.0
"""How forms look: one renderer for all of them."""

from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting

_SELECTS = (forms.Select, forms.SelectMultiple)
_TICKS = (forms.CheckboxInput, forms.CheckboxSelectMultiple, forms.RadioSelect)


class StyledField(BoundField):
    """A field whose widget wears the classes of the house."""

    def build_widget_attrs(self, attrs: Any, widget: Any = None) -> Any:
        widget = widget or self.field.widget
        built = super().build_widget_attrs(attrs, widget)
        worn = {**widget.attrs, **built}.get("class", "")
        built["class"] = f"{worn} {class_of(widget)}{' is-invalid' if self.errors else ''}".strip()
        return built

    @property
    def is_tick(self) -> bool:
        """One box with its label beside it."""
        return isinstance(self.field.widget, forms.CheckboxInput)

    @property
    def is_choice_list(self) -> bool:
        return isinstance(self.field.widget, forms.RadioSelect | forms.CheckboxSelectMultiple)


def class_of(widget: Any) -> str:
    if isinstance(widget, _TICKS):
        return "form-check-input"
    # A RadioSelect is a Select to Django, and none to the eye: it is answered above.
    return "form-select" if isinstance(widget, _SELECTS) else "form-control"


class Renderer(TemplatesSetting):
    """Fields with label above, help below, error under the field; a summary of all errors on top."""

    form_template_name = "components/form.html"
    field_template_name = "components/field.html"
    bound_field_class = StyledField
