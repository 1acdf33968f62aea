# SPDX-License-Identifier: Apache-2.0
"""How forms look: one renderer for all of them."""

from django.forms.renderers import TemplatesSetting


class Renderer(TemplatesSetting):
    """Fields with label above, help below, error under the field."""
