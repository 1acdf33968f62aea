# SPDX-License-Identifier: Apache-2.0
"""The page behind an invitation's link.  It is open to everybody who holds the link."""

from typing import Any

from allauth.account.utils import perform_login
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from accounts import clock
from accounts.forms import AcceptForm
from accounts.middleware import SESSION_KEY
from accounts.models import Invitation, Organization, User
from accounts.scope import organization_scope
from accounts.services import accept_invitation as accepting
from accounts.web.pages import form_page


@never_cache
def accept_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Take up an invitation; what the link does not open any more looks the same as what never was."""
    number, _dash, secret = token.partition("-")
    if not number.isdecimal() or len(number) > 9:
        return _over(request)
    # The link says where to look; what counts is the hash of the secret found there.
    with organization_scope(int(number)):
        try:
            invitation = accepting.open_invitation(secret=secret, now=clock.now())
            return _answer(request, invitation)
        except accepting.InvitationOver:
            return _over(request)


def _over(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/invitation_over.html", status=404)


def _answer(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    known = User.objects.filter(email__iexact=invitation.email).first()
    if known is None:
        return _as_new(request, invitation)
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    organization = Organization.objects.get(pk=invitation.organization_id)
    context = {"invitation": invitation, "organization": organization, "is_theirs": request.user == known}
    if request.method != "POST" or request.user != known:
        return render(request, "accounts/invitation_known.html", context)
    accepting.accept(invitation=invitation, user=known, now=clock.now())
    request.session[SESSION_KEY] = invitation.organization_id
    messages.success(request, _("Welcome to %(name)s.") % {"name": organization.name})
    return redirect("portal:home")


def _as_new(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    form = AcceptForm(request.POST or None, email=invitation.email)
    if request.method == "POST" and form.is_valid():
        user = accepting.accept_as_new(
            invitation=invitation,
            name=form.cleaned_data["name"],
            password=form.cleaned_data["password"],
            language=translation.get_language() or "de",
            now=clock.now(),
        )
        return _signed_in(request, user, invitation)
    organization = Organization.objects.get(pk=invitation.organization_id)
    context = {"invitation": invitation, "organization": organization}
    return form_page(request, "accounts/invitation_new.html", form, context)


def _signed_in(request: HttpRequest, user: User, invitation: Invitation) -> HttpResponse:
    response: Any = perform_login(request, user, redirect_url="/")
    request.session[SESSION_KEY] = invitation.organization_id
    return response
