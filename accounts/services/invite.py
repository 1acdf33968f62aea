# SPDX-License-Identifier: Apache-2.0
"""Invite a person by e-mail to a role or to an account."""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import Account, Invitation, Organization
from accounts.scope import current_organization_id
from accounts.services.mailing import send_letter
from accounts.tokens import hash_secret

LIFETIME = timedelta(days=14)
# From the written token to the address of the page that takes it up.
Link = Callable[[str], str]


def invite(
    *,
    email: str,
    role: str,
    account: Account | None,
    language: str,
    invited_by_id: int,
    now: datetime,
    link: Link,
) -> Invitation:
    """
    Write the invitation and send its link; who holds the link and takes it up in time gets in.

    Only the hash of the link's secret is kept.  An open invitation of the same
    address to the same role or account is replaced.

    :raises UnableToSend: when the mail server refuses; then nothing is written.
    """
    with transaction.atomic():
        same = Invitation.objects.filter(email__iexact=email, role=role, account=account)
        same.filter(accepted_at=None, revoked_at=None).update(revoked_at=now)
        invitation = Invitation(email=email.lower(), role=role, account=account, created_by_id=invited_by_id)
        _send(invitation, language=language, now=now, link=link)
    return invitation


def resend(*, invitation: Invitation, language: str, now: datetime, link: Link) -> None:
    """
    Send a new link; the old one ends.

    :raises UnableToSend: when the mail server refuses; then the old link still holds.
    """
    with transaction.atomic():
        _send(invitation, language=language, now=now, link=link)


def _send(invitation: Invitation, *, language: str, now: datetime, link: Link) -> None:
    secret = secrets.token_urlsafe(32)
    invitation.token_hash = hash_secret(secret)
    invitation.expires_at = now + LIFETIME
    invitation.save()
    organization = Organization.objects.get(pk=current_organization_id())
    send_letter(
        template="accounts/mail/invitation.txt",
        to=invitation.email,
        language=language,
        context={
            "organization": organization,
            "invitation": invitation,
            "link": link(f"{organization.pk}-{secret}"),
            "days": LIFETIME.days,
        },
    )
