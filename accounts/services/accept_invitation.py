# SPDX-License-Identifier: Apache-2.0
"""Take up an invitation: with the account one has, or with a new one."""

from datetime import datetime

from allauth.account.models import EmailAddress
from django.db import transaction

from accounts.models import Contact, Invitation, Membership, User
from accounts.tokens import hash_secret


class InvitationOver(Exception):
    """The link is not known, has expired, was used or was taken back."""


def open_invitation(*, secret: str, now: datetime) -> Invitation:
    """
    The invitation behind a link, inside its organization's scope.

    :raises InvitationOver: when it opens nothing (any more).
    """
    found = (
        Invitation.objects.select_related("account")
        .filter(token_hash=hash_secret(secret), accepted_at=None, revoked_at=None, expires_at__gt=now)
        .first()
    )
    if found is None:
        raise InvitationOver
    return found


def accept_as_new(*, invitation: Invitation, name: str, password: str, language: str, now: datetime) -> User:
    """A new person with the invited address, which the link has proved to be theirs."""
    with transaction.atomic():
        user = User.objects.create_user(invitation.email, password, name=name, language=language)
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        accept(invitation=invitation, user=user, now=now)
    return user


def accept(*, invitation: Invitation, user: User, now: datetime) -> None:
    """
    Give the person what the invitation promises; it is used up.

    :raises InvitationOver: when somebody else took it up in the meantime.
    """
    with transaction.atomic():
        open_ones = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None)
        if not open_ones.update(accepted_at=now):
            raise InvitationOver
        if invitation.role:
            Membership.objects.update_or_create(user=user, defaults={"role": invitation.role})
        if invitation.account is not None:
            _join_account(invitation, user)


def _join_account(invitation: Invitation, user: User) -> None:
    contacts = Contact.objects.filter(account=invitation.account)
    if contacts.filter(user=user).exists():
        return
    waiting = contacts.filter(user=None, email__iexact=invitation.email).first()
    if waiting is None:
        waiting = Contact(account=invitation.account, name=str(user), email=invitation.email)
    waiting.user = user
    waiting.save()
