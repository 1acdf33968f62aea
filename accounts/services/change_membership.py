# SPDX-License-Identifier: Apache-2.0
"""Give a member another role, or end the membership."""

from django.db import transaction

from accounts.models import Membership
from accounts.predicates import may_grant
from accounts.rights import Actor, Role


class LastAdministrator(Exception):
    """Without an administrator nobody could let anybody in again."""


class NotYoursToGrant(Exception):
    """The role may do more than the person who gives or takes it."""


def change_role(*, membership: Membership, role: Role, actor: Actor) -> None:
    """
    :raises NotYoursToGrant: when old or new role may do more than the actor.
    :raises LastAdministrator: when the organization would be left without one.
    """
    with transaction.atomic():
        _check(membership, actor)
        if not may_grant(actor, role):
            raise NotYoursToGrant
        if role is not Role.ADMINISTRATOR:
            _leave_an_administrator(membership)
        membership.role = role.value
        membership.save(update_fields=["role"])


def end_membership(*, membership: Membership, actor: Actor) -> None:
    """
    The person works here no longer; what they did stays in the history.

    :raises NotYoursToGrant: when their role may do more than the actor.
    :raises LastAdministrator: when the organization would be left without one.
    """
    with transaction.atomic():
        _check(membership, actor)
        _leave_an_administrator(membership)
        membership.delete()


def _check(membership: Membership, actor: Actor) -> None:
    if not may_grant(actor, Role(membership.role)):
        raise NotYoursToGrant


def _leave_an_administrator(membership: Membership) -> None:
    # Locked, so that two administrators cannot send each other away at the same moment.
    administrators = list(
        Membership.objects.select_for_update()
        .filter(role=Role.ADMINISTRATOR.value)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    if administrators == [membership.pk]:
        raise LastAdministrator
