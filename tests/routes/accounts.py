# SPDX-License-Identifier: Apache-2.0
"""Organization, people, accounts, tokens, history."""

from accounts import clock
from accounts.models import ApiToken, Contact, Invitation, Membership
from accounts.rights import Right, Role
from tests.cast import Side
from tests.route_expectations import needs, public, signed_in


def account(side: Side) -> int:
    return int(side.accounts["neighbour"].pk)


def contact(side: Side) -> int:
    return int(Contact.objects.create(account=side.accounts["neighbour"], name="Neighbour").pk)


def member(side: Side) -> int:
    return int(Membership.objects.get(user=side.users[Role.SUPPORT]).pk)


def invitation(side: Side) -> int:
    by = side.users[Role.ADMINISTRATOR]
    return int(
        Invitation.objects.create(
            email="new@house.example",
            role="support",
            token_hash="0" * 64,
            expires_at=clock.now(),
            created_by=by,
        ).pk
    )


def token(side: Side) -> int:
    by = side.users[Role.ADMINISTRATOR]
    return int(
        ApiToken.objects.create(
            name="test", prefix="abcdefgh", secret_hash="0" * 64, role="support", expires_at=clock.now(),
            created_by=by,
        ).pk
    )  # fmt: skip


EDIT = Right.PEOPLE_EDIT
ROUTES = {
    "accounts:profile": signed_in(methods="GET POST"),
    "accounts:choose-organization": signed_in(),
    "accounts:accept-invitation": public(token="1-nothing"),
    "accounts:organization": needs(Right.ORGANIZATION_EDIT, methods="GET POST"),
    "accounts:members": needs(Right.PEOPLE_VIEW),
    "accounts:invite": needs(EDIT, methods="GET POST"),
    "accounts:member": needs(EDIT, pk=member, methods="GET POST"),
    "accounts:remove-member": needs(EDIT, pk=member, methods="POST"),
    "accounts:resend-invitation": needs(EDIT, pk=invitation, methods="POST"),
    "accounts:revoke-invitation": needs(EDIT, pk=invitation, methods="POST"),
    "accounts:tokens": needs(Right.TOKEN_EDIT),
    "accounts:create-token": needs(Right.TOKEN_EDIT, methods="GET POST"),
    "accounts:revoke-token": needs(Right.TOKEN_EDIT, pk=token, methods="POST"),
    "accounts:accounts": needs(Right.PEOPLE_VIEW),
    "accounts:create-account": needs(EDIT, methods="GET POST"),
    "accounts:account": needs(Right.PEOPLE_VIEW, pk=account),
    "accounts:edit-account": needs(EDIT, pk=account, methods="GET POST"),
    "accounts:new-address": needs(EDIT, pk=account, methods="GET POST"),
    "accounts:new-contact": needs(EDIT, pk=account, methods="GET POST"),
    "accounts:edit-contact": needs(EDIT, pk=contact, methods="GET POST"),
    "accounts:remove-contact": needs(EDIT, pk=contact, methods="POST"),
    "accounts:history": needs(Right.HISTORY_VIEW, app_label="accounts", model="account", pk=account),
}
