# SPDX-License-Identifier: Apache-2.0
"""Questions about people and what they are to an organization."""

from dataclasses import dataclass

from django.db import models

from accounts.models import Account, ApiToken, Contact, Invitation, Membership, Organization, User
from accounts.rights import ROLE_OF_ACCOUNT, Actor, Reach, Right, Role
from accounts.scope import organization_scope


@dataclass(frozen=True, slots=True)
class OrganizationChoice:
    """An organization in which a person may act."""

    id: int
    name: str
    slug: str
    country: str
    currency: str
    time_zone: str
    accent_colour: str


def organizations_of(user: User) -> list[OrganizationChoice]:
    """Every organization in which the person is a member or a contact, by name."""
    with organization_scope(None, user.pk):
        ids = set(Membership.of_person.filter(user=user).values_list("organization_id", flat=True))
        ids |= set(Contact.of_person.filter(user=user).values_list("organization_id", flat=True))
    rows = Organization.objects.filter(pk__in=ids).order_by("name")
    return [
        OrganizationChoice(
            row.pk, row.name, row.slug, row.country, row.currency, row.time_zone, row.accent_colour
        )
        for row in rows
    ]


def actor_of(user: User, organization_id: int) -> Actor:
    """What the person is to the organization; to be called inside its scope."""
    roles = {Role(role) for role in Membership.objects.filter(user=user).values_list("role", flat=True)}
    held = Contact.objects.filter(user=user).values_list("account__kind", "account_id")
    accounts = tuple(sorted((ROLE_OF_ACCOUNT[kind], account_id) for kind, account_id in held))
    roles |= {role for role, _ in accounts}
    return Actor(
        organization_id=organization_id,
        user_id=user.pk,
        roles=frozenset(roles),
        accounts=accounts,
        name=str(user),
        language=user.language,
    )


def actor_of_token(token: ApiToken) -> Actor:
    """What a token may do: its role, perhaps only reading, perhaps only on some sites."""
    return Actor(
        organization_id=token.organization_id,
        user_id=token.created_by_id,
        roles=frozenset({Role(token.role)}),
        only_site_ids=frozenset(token.site_ids) or None,
        read_only=token.read_only,
        name=token.name,
    )


def accounts_for(actor: Actor) -> models.QuerySet[Account]:
    """Accounts the actor may see."""
    reach = actor.reach(Right.PEOPLE_VIEW)
    if reach is Reach.ALL:
        return Account.objects.all()
    return Account.objects.filter(pk__in=actor.account_ids())


def organization_ids() -> list[int]:
    """Every organization, for work that goes round all of them (sweeper, dispatcher)."""
    return list(Organization.objects.order_by("pk").values_list("pk", flat=True))


def members_of_organization() -> models.QuerySet[Membership]:
    """Who works for the organization in force, by name."""
    return Membership.objects.select_related("user").order_by("user__name", "user__email")


def invitations_waiting() -> models.QuerySet[Invitation]:
    """Invitations that were neither taken up nor taken back, expired ones included."""
    return Invitation.objects.filter(accepted_at=None, revoked_at=None).select_related("account")


def next_account_code() -> str:
    """The number after the largest `K…` in use."""
    codes = Account.objects.filter(code__regex=r"^K\d{1,9}$").values_list("code", flat=True)
    return f"K{max((int(code[1:]) for code in codes), default=0) + 1:04}"
