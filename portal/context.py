# SPDX-License-Identifier: Apache-2.0
"""What every page's frame needs: who acts where, navigation, languages."""

from typing import Any

from django.http import HttpRequest


def shell(request: HttpRequest) -> dict[str, Any]:
    """The context of the base layout; grows with the navigation."""
    return {"actor": getattr(request, "actor", None), "organizations": getattr(request, "organizations", [])}
