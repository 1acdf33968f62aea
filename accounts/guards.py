# SPDX-License-Identifier: Apache-2.0
"""The guard of every page: it needs the right that the view names."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.rights import Actor, Right

View = Callable[..., HttpResponse]


def require(right: Right) -> Callable[[View], View]:
    """
    Guard a view: anonymous people are sent to the login, others need the right.

    The right is left on the view as `view.right`, where the access test finds it.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return _to_login(request)
            actor: Actor | None = getattr(request, "actor", None)
            if actor is None:
                return redirect("accounts:choose-organization")
            if not actor.may(right):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.right = right  # type: ignore[attr-defined]
        return guarded

    return decorate


def _to_login(request: HttpRequest) -> HttpResponse:
    """The sign-in, and back; a part of a page sends the whole page there instead of showing it inside."""
    htmx = getattr(request, "htmx", None)
    if not htmx:
        return redirect_to_login(request.get_full_path())
    login = redirect_to_login(htmx.current_url_abs_path or "/")
    return HttpResponse(status=401, headers={"HX-Redirect": login["Location"]})
