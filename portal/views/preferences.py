# SPDX-License-Identifier: Apache-2.0
"""Language and appearance: kept on the person, and in a cookie for before sign-in."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import check_for_language
from django.views.decorators.http import require_POST

from accounts.models import User
from accounts.web.pages import go, next_url
from portal.context import THEME_COOKIE, THEMES

_YEAR = 365 * 24 * 3600


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Speak another language from now on."""
    wanted = request.POST.get("language", "")
    response = go(request, next_url(request, "/"))
    if wanted in dict(settings.LANGUAGES) and check_for_language(wanted):
        _keep_on_person(request, language=wanted)
        _keep_in_browser(response, settings.LANGUAGE_COOKIE_NAME, wanted)
    return response


@require_POST
def appearance(request: HttpRequest) -> HttpResponse:
    """Light, dark, or like the system."""
    wanted = request.POST.get("theme", "")
    response = go(request, next_url(request, "/"))
    if wanted in THEMES:
        _keep_on_person(request, theme=wanted)
        _keep_in_browser(response, THEME_COOKIE, wanted)
    return response


def _keep_on_person(request: HttpRequest, **preference: str) -> None:
    if isinstance(request.user, User):
        User.objects.filter(pk=request.user.pk).update(**preference)


def _keep_in_browser(response: HttpResponse, name: str, value: str) -> None:
    response.set_cookie(
        name, value, max_age=_YEAR, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE, httponly=True
    )
