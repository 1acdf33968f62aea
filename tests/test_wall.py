# SPDX-License-Identifier: Apache-2.0
"""The second wall: PostgreSQL itself keeps two organizations apart."""

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from accounts.models import Account, Contact, Membership
from accounts.rights import Role
from accounts.scope import OutOfScope, organization_scope
from accounts.selectors import organizations_of
from accounts.wall import scoped_models, wall_statements
from sites.models import Building, Site
from tests import database
from tests.cast import Cast


def _catalogue(query: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return {row[0] for row in cursor.fetchall()}


def test_the_tests_run_as_a_role_that_neither_owns_nor_bypasses(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False, False)
        cursor.execute(
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tableowner = current_user"
        )
        assert cursor.fetchone() == (0,)


def test_every_table_with_an_organization_has_forced_row_security_and_a_policy(db: None) -> None:
    tables = {model._meta.db_table for model in scoped_models()}
    forced = _catalogue("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")
    with_policy = _catalogue("SELECT tablename FROM pg_policies WHERE policyname = 'zaehlwerk_write'")
    assert tables - forced == set()
    assert tables - with_policy == set()


def test_every_table_with_an_organization_column_is_known_to_the_wall(db: None) -> None:
    columns = _catalogue(
        "SELECT c.table_name FROM information_schema.columns c JOIN pg_class p ON p.relname = c.table_name"
        " WHERE c.column_name = 'organization_id' AND c.table_schema = 'public' AND p.relkind IN ('r', 'p')"
        " AND NOT p.relispartition"
    )
    assert columns == {model._meta.db_table for model in scoped_models()}


def test_a_foreign_row_is_not_there(cast: Cast) -> None:
    with organization_scope(cast.lindenhof.id):
        assert not Site.objects.filter(pk=cast.seeblick.site.pk).exists()
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM premises_site WHERE id = %s", [cast.seeblick.site.pk])
            assert cursor.fetchone() == (0,)


def test_without_a_scope_the_manager_refuses_and_the_database_shows_nothing(cast: Cast) -> None:
    with pytest.raises(OutOfScope):
        Site.objects.count()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM premises_site")
        assert cursor.fetchone() == (0,)


def test_a_row_cannot_be_written_into_another_organization(cast: Cast) -> None:
    with (
        organization_scope(cast.lindenhof.id),
        pytest.raises(ProgrammingError, match="row-level security"),
        transaction.atomic(),
    ):
        Account.objects.create(code="X", name="Spy", organization=cast.seeblick.organization)


def test_a_reference_cannot_cross_organizations(cast: Cast) -> None:
    with (
        organization_scope(cast.lindenhof.id),
        pytest.raises(IntegrityError, match="organization_fk"),
        transaction.atomic(),
    ):
        Building.objects.create(site_id=cast.seeblick.site.pk, name="Trojan house")


def test_the_known_bad_twin_a_plain_key_would_let_the_reference_through(cast: Cast) -> None:
    """What the composite key protects from: a foreign key on the id alone does not ask whose row it is."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE plain_building (site_id integer)")
        cursor.execute("INSERT INTO plain_building VALUES (%s)", [cast.seeblick.site.pk])
        cursor.execute("SELECT count(*) FROM plain_building")
        assert cursor.fetchone() == (1,)


def test_the_scope_ends_with_its_block(cast: Cast) -> None:
    with organization_scope(cast.lindenhof.id):
        with organization_scope(cast.seeblick.id):
            assert Site.objects.get() == cast.seeblick.site
        assert Site.objects.get() == cast.lindenhof.site
    with pytest.raises(OutOfScope):
        Site.objects.count()


def test_a_person_sees_the_own_memberships_and_nobody_elses(cast: Cast) -> None:
    coordinator = cast.lindenhof.users[Role.COORDINATOR]
    assert [choice.slug for choice in organizations_of(coordinator)] == ["lindenhof"]
    assert organizations_of(cast.outsider) == []
    with organization_scope(None, coordinator.pk):
        assert Membership.of_person.count() == 1
        assert Contact.of_person.count() == 0


def test_the_runtime_role_may_not_truncate(db: None) -> None:
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("TRUNCATE premises_site CASCADE")


def test_a_key_can_be_added_to_tables_that_hold_rows(committed_cast: Cast) -> None:
    """An upgrade adds keys to a living database: the owner's check of the rows must see them."""
    key = "premises_building_site_id_organization_fk"
    with database.as_owner() as owner:
        owner.execute(f'ALTER TABLE premises_building DROP CONSTRAINT "{key}"')
    with database.as_owner() as owner:
        for statement in wall_statements(connection):
            owner.execute(statement)
    with database.as_owner() as owner:
        found = owner.execute(
            "SELECT convalidated FROM pg_constraint WHERE conname = %s"
            " AND (SELECT relforcerowsecurity FROM pg_class WHERE relname = 'premises_building')"
            " AND (SELECT relforcerowsecurity FROM pg_class WHERE relname = 'premises_site')",
            [key],
        ).fetchone()
    assert found == (True,)
