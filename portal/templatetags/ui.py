# SPDX-License-Identifier: Apache-2.0
"""Template tags of the house style."""

from django import template

register = template.Library()
