# SPDX-License-Identifier: Apache-2.0
"""Keys of the REST API."""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts import clock
from accounts.forms import TokenForm
from accounts.guards import require
from accounts.models import ApiToken
from accounts.places import site_choices
from accounts.rights import Right, Role
from accounts.services.change_membership import NotYoursToGrant
from accounts.services.create_token import create_token
from accounts.services.revoke_token import revoke_token
from accounts.web.pages import form_page, go


@require(Right.TOKEN_EDIT)
def tokens(request: HttpRequest) -> HttpResponse:
    names = dict(site_choices(request.actor))  # type: ignore[attr-defined]
    now = clock.now()
    rows = [
        (token, _state(token, now), [names.get(site_id, f"#{site_id}") for site_id in token.site_ids])
        for token in ApiToken.objects.select_related("created_by")
    ]
    return render(request, "accounts/tokens.html", {"tokens": rows})


def _state(token: ApiToken, now) -> tuple[str, str]:  # type: ignore[no-untyped-def]
    if token.revoked_at is not None:
        return "neutral", _("Revoked")
    return ("warning", _("Expired")) if token.expires_at <= now else ("success", _("Active"))


@require(Right.TOKEN_EDIT)
@never_cache
def new_token(request: HttpRequest) -> HttpResponse:
    """Make a token and show it: now, and never again."""
    form = TokenForm(request.POST or None, actor=request.actor)  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            token, written = create_token(
                name=given["name"],
                role=Role(given["role"]),
                read_only=given["read_only"],
                site_ids=given["sites"],
                lifetime=timedelta(days=given["days"]),
                actor=request.actor,  # type: ignore[attr-defined]
                now=clock.now(),
            )
        except NotYoursToGrant:
            form.add_error("role", _("This role may do more than yours; ask an administrator."))
        else:
            return render(request, "accounts/token_made.html", {"token": token, "written": written})
    return form_page(request, "accounts/token_form.html", form, {"back": reverse("accounts:tokens")})


@require(Right.TOKEN_EDIT)
@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    token = get_object_or_404(ApiToken.objects.all(), pk=pk)
    revoke_token(token=token, now=clock.now())
    messages.success(
        request, _("The token “%(name)s” is refused from the next call on.") % {"name": token.name}
    )
    return go(request, reverse("accounts:tokens"))
