# SPDX-License-Identifier: Apache-2.0
"""Pages of the frame itself: the glossary and the style page."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.models import User
from portal.glossary import TERMS
from portal.showcase import showcase


def glossary(request: HttpRequest) -> HttpResponse:
    """The trade's words in the four languages, side by side; open to everybody."""
    wanted = request.GET.get("q", "").strip()
    found = [term for term in TERMS if term.mentions(wanted)]
    return render(request, "portal/glossary.html", {"terms": found, "wanted": wanted})


@login_required
def design(request: HttpRequest) -> HttpResponse:
    """Every component of the house style, for whoever builds pages."""
    user: Any = request.user
    if not (isinstance(user, User) and user.is_staff):
        raise PermissionDenied
    return render(request, "portal/design.html", showcase(request))
