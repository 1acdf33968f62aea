# SPDX-License-Identifier: Apache-2.0
"""End an API token."""

from datetime import datetime

from accounts.models import ApiToken


def revoke_token(*, token: ApiToken, now: datetime) -> None:
    """From the next call on it is refused; the row stays, for the history."""
    ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now)
