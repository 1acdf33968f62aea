# SPDX-License-Identifier: Apache-2.0
"""Members: roles change by those who may, and an administrator always remains."""

import pytest
from django.test import Client

from accounts.models import Membership
from accounts.predicates import grantable_roles, may_grant
from accounts.rights import Role
from accounts.scope import organization_scope
from accounts.services.change_membership import (
    LastAdministrator,
    NotYoursToGrant,
    change_role,
    end_membership,
)
from tests.cast import Cast


def membership(cast: Cast, role: Role) -> Membership:
    return Membership.objects.get(user=cast.lindenhof.users[role])


def test_a_role_changes_and_the_history_says_so(cast: Cast) -> None:
    with organization_scope(cast.lindenhof.id):
        row = membership(cast, Role.SUPPORT)
        change_role(membership=row, role=Role.COORDINATOR, actor=cast.lindenhof.actor(Role.ADMINISTRATOR))

        events = row.pgh_event_model.objects.filter(pgh_obj_id=row.pk).order_by("pgh_id")
        assert [event.role for event in events] == ["support", "coordinator"]


def test_the_last_administrator_stays(cast: Cast) -> None:
    with organization_scope(cast.lindenhof.id):
        row, actor = membership(cast, Role.ADMINISTRATOR), cast.lindenhof.actor(Role.ADMINISTRATOR)
        with pytest.raises(LastAdministrator):
            change_role(membership=row, role=Role.SUPPORT, actor=actor)
        with pytest.raises(LastAdministrator):
            end_membership(membership=row, actor=actor)


def test_one_of_two_administrators_may_go(cast: Cast) -> None:
    with organization_scope(cast.lindenhof.id):
        actor = cast.lindenhof.actor(Role.ADMINISTRATOR)
        change_role(membership=membership(cast, Role.SUPPORT), role=Role.ADMINISTRATOR, actor=actor)
        end_membership(membership=membership(cast, Role.ADMINISTRATOR), actor=actor)

        assert [row.role for row in Membership.objects.filter(role="administrator")] == ["administrator"]


def test_nobody_lifts_himself(cast: Cast) -> None:
    with organization_scope(cast.lindenhof.id):
        actor = cast.lindenhof.actor(Role.COORDINATOR)
        with pytest.raises(NotYoursToGrant):
            change_role(membership=membership(cast, Role.COORDINATOR), role=Role.ADMINISTRATOR, actor=actor)
        with pytest.raises(NotYoursToGrant):
            end_membership(membership=membership(cast, Role.ADMINISTRATOR), actor=actor)


def test_a_role_is_granted_only_by_who_may_all_of_it(cast: Cast) -> None:
    with organization_scope(cast.lindenhof.id):
        administrator = cast.lindenhof.actor(Role.ADMINISTRATOR)
        coordinator = cast.lindenhof.actor(Role.COORDINATOR)
        support = cast.lindenhof.actor(Role.SUPPORT)
    assert grantable_roles(administrator) == [role for role in Role if role.is_staff_role]
    assert grantable_roles(coordinator) == [Role.COORDINATOR, Role.SUPPORT]
    assert not may_grant(support, Role.SUPPORT)


def test_the_page_explains_why_the_last_administrator_stays(cast: Cast) -> None:
    client = Client()
    client.force_login(
        cast.lindenhof.users[Role.ADMINISTRATOR], backend="django.contrib.auth.backends.ModelBackend"
    )
    with organization_scope(cast.lindenhof.id):
        row = membership(cast, Role.ADMINISTRATOR)

    answer = client.post(f"/organization/people/{row.pk}/", {"role": "support"})

    assert answer.status_code == 422
    with organization_scope(cast.lindenhof.id):
        assert membership(cast, Role.ADMINISTRATOR).role == "administrator"
