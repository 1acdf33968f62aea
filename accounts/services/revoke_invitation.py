# SPDX-License-Identifier: Apache-2.0
"""Take an invitation back."""

from datetime import datetime

from accounts.models import Invitation


def revoke_invitation(*, invitation: Invitation, now: datetime) -> None:
    """Its link opens nothing any more; an accepted one stays accepted."""
    Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None).update(revoked_at=now)
