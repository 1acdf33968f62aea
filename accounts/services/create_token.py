# SPDX-License-Identifier: Apache-2.0
"""Make a key for the REST API."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from accounts.models import ApiToken
from accounts.predicates import may_grant
from accounts.rights import Actor, Role
from accounts.scope import current_organization_id
from accounts.services.change_membership import NotYoursToGrant
from accounts.tokens import new_token

LONGEST = timedelta(days=366)


def create_token(
    *,
    name: str,
    role: Role,
    read_only: bool,
    site_ids: Sequence[int],
    lifetime: timedelta,
    actor: Actor,
    now: datetime,
) -> tuple[ApiToken, str]:
    """
    The row and the written token, which is shown now and never again: only its hash is kept.

    :raises NotYoursToGrant: when the token would do more than the person who makes it.
    """
    if actor.user_id is None or not may_grant(actor, role):
        raise NotYoursToGrant
    parts = new_token(current_organization_id())
    token = ApiToken.objects.create(
        name=name,
        prefix=parts.prefix,
        secret_hash=parts.secret_hash(),
        role=role.value,
        read_only=read_only,
        site_ids=list(site_ids),
        expires_at=now + min(lifetime, LONGEST),
        created_by_id=actor.user_id,
    )
    return token, parts.written()
