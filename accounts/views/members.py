# SPDX-License-Identifier: Apache-2.0
"""Who works here, and who is invited to."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts import clock
from accounts.forms import InvitationForm, RoleForm
from accounts.guards import require
from accounts.models import Invitation
from accounts.predicates import may_grant
from accounts.rights import Actor, Right, Role
from accounts.selectors import invitations_waiting, members_of_organization
from accounts.services import change_membership
from accounts.services.invite import invite, resend
from accounts.services.mailing import UnableToSend
from accounts.services.revoke_invitation import revoke_invitation
from accounts.web.pages import form_page, go

MAIL_FAILED = gettext_lazy(
    "The mail server did not take the message, so nothing was changed. Try again later."
)


@require(Right.PEOPLE_VIEW)
def members(request: HttpRequest) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    rows = [(row, _may_change(actor, row.role)) for row in members_of_organization()]
    waiting = [(row, _may_change(actor, row.role)) for row in invitations_waiting()]
    context = {"members": rows, "invitations": waiting, "now": clock.now()}
    return render(request, "accounts/members.html", context)


def _may_change(actor: Actor, role: str) -> bool:
    return may_grant(actor, Role(role)) if role else actor.may(Right.PEOPLE_EDIT)


def invitation_link(request: HttpRequest) -> Any:
    """From the written token to the page that takes it up."""
    return lambda token: request.build_absolute_uri(reverse("accounts:accept-invitation", args=[token]))


@require(Right.PEOPLE_EDIT)
def invite_member(request: HttpRequest) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    form = InvitationForm(request.POST or None, actor=actor, language=actor.language)
    if request.method == "POST" and form.is_valid():
        try:
            invite(
                email=form.cleaned_data["email"],
                role=form.cleaned_data["role"],
                account=None,
                language=form.cleaned_data["language"],
                invited_by_id=request.user.pk,
                now=clock.now(),
                link=invitation_link(request),
            )
        except UnableToSend:
            messages.error(request, str(MAIL_FAILED))
        else:
            words = _("An invitation has been sent to %(email)s.")
            messages.success(request, words % {"email": form.cleaned_data["email"]})
            return go(request, reverse("accounts:members"))
    context = {"back": reverse("accounts:members")}
    return form_page(request, "accounts/invite.html", form, context)


@require(Right.PEOPLE_EDIT)
@require_POST
def resend_invitation(request: HttpRequest, pk: int) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    row = _invitation(actor, pk)
    try:
        resend(
            invitation=row,
            language=row.account.language if row.account else actor.language,
            now=clock.now(),
            link=invitation_link(request),
        )
    except UnableToSend:
        messages.error(request, str(MAIL_FAILED))
    else:
        messages.success(request, _("A new link has been sent to %(email)s.") % {"email": row.email})
    return go(request, reverse("accounts:members"))


@require(Right.PEOPLE_EDIT)
@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    row = _invitation(request.actor, pk)  # type: ignore[attr-defined]
    revoke_invitation(invitation=row, now=clock.now())
    messages.success(request, _("The invitation of %(email)s has been taken back.") % {"email": row.email})
    return go(request, reverse("accounts:members"))


def _invitation(actor: Actor, pk: int) -> Invitation:
    row = get_object_or_404(invitations_waiting(), pk=pk)
    # A link to a role one may not give is not one's to send again or take back.
    return get_object_or_404(Invitation.objects.filter(pk=row.pk if _may_change(actor, row.role) else None))


@require(Right.PEOPLE_EDIT)
def member(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a member's role."""
    row = get_object_or_404(members_of_organization(), pk=pk)
    actor: Actor = request.actor  # type: ignore[attr-defined]
    form = RoleForm(request.POST or None, actor=actor, initial={"role": row.role})
    if request.method == "POST" and form.is_valid():
        try:
            change_membership.change_role(membership=row, role=Role(form.cleaned_data["role"]), actor=actor)
        except change_membership.LastAdministrator:
            form.add_error("role", _("Make somebody else administrator first."))
        except change_membership.NotYoursToGrant:
            form.add_error("role", _("This role may do more than yours; ask an administrator."))
        else:
            messages.success(request, _("The role has been changed."))
            return go(request, reverse("accounts:members"))
    context = {"member": row, "back": reverse("accounts:members")}
    return form_page(request, "accounts/member.html", form, context)


@require(Right.PEOPLE_EDIT)
@require_POST
def remove_member(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(members_of_organization(), pk=pk)
    try:
        change_membership.end_membership(membership=row, actor=request.actor)  # type: ignore[attr-defined]
    except change_membership.LastAdministrator:
        messages.error(request, _("This is the only administrator. Make somebody else administrator first."))
    except change_membership.NotYoursToGrant:
        messages.error(request, _("This role may do more than yours; ask an administrator."))
    else:
        messages.success(request, _("%(name)s works here no longer.") % {"name": row.user})
    return go(request, reverse("accounts:members"))
