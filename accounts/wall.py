# SPDX-License-Identifier: Apache-2.0
"""The second wall, built in PostgreSQL from the models after every migration.

For every table with an organization: row-level security, enabled and forced,
with one fail-closed policy; composite foreign keys `(organization_id, x_id)`;
grants for the runtime role.  Building is idempotent, so an upgrade and a fresh
database end in the same state, and `tests/test_wall.py` asks the catalogue.

Facts behind the shape (reproduced on PostgreSQL 15 and 18, design notes F7/F8):
the owner bypasses policies unless they are forced; foreign-key checks ignore
policies, hence the composite keys; an unset setting is `''` after the first
transaction, hence NULLIF.
"""

import hashlib
from collections.abc import Iterator

from django.apps import apps
from django.conf import settings
from django.db import models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from accounts.scope import OrganizationScoped, ScopedForeignKey, ScopedOneToOneField

ORGANIZATION_SETTING = "NULLIF(current_setting('app.organization', true), '')::integer"
USER_SETTING = "NULLIF(current_setting('app.user', true), '')::integer"


def scoped_models() -> list[type[models.Model]]:
    """Every managed model whose rows carry an organization, history tables included."""
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed
        and not model._meta.proxy
        and any(field.attname == "organization_id" for field in model._meta.concrete_fields)
    ]


def build_wall(connection: BaseDatabaseWrapper) -> None:
    """Bring grants, policies and composite keys of every table to what the models say."""
    # One transaction: a table is never left unforced by a statement that fails after it.
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        for statement in wall_statements(connection):
            cursor.execute(statement)


def wall_statements(connection: BaseDatabaseWrapper) -> list[str]:
    """What the owner has to run, given the tables and constraints that stand already."""
    existing = set(connection.introspection.table_names())
    return [*_role_grants(), *_statements(existing, _constraints(connection))]


def _role_grants() -> list[str]:
    role = settings.RUNTIME_ROLE
    return [
        f"GRANT USAGE ON SCHEMA public TO {role}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
    ]


def _statements(existing: set[str], constraints: set[str]) -> Iterator[str]:
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed and not model._meta.proxy and model._meta.db_table in existing:
            grants = getattr(model, "wall_grants", "SELECT, INSERT, UPDATE, DELETE")
            yield f'REVOKE ALL ON "{model._meta.db_table}" FROM {settings.RUNTIME_ROLE}'
            yield f'GRANT {grants} ON "{model._meta.db_table}" TO {settings.RUNTIME_ROLE}'
    yield f"GRANT SELECT ON django_migrations TO {settings.RUNTIME_ROLE}"
    if "accounts_cache" in existing:
        yield f"GRANT SELECT, INSERT, UPDATE, DELETE ON accounts_cache TO {settings.RUNTIME_ROLE}"
    present = [model for model in scoped_models() if model._meta.db_table in existing]
    for model in present:
        for field in _scoped_keys(model):
            if field.related_model._meta.db_table in existing:
                yield from _composite_key(model, field, constraints)
    for model in present:
        yield from _policy(model)


def _policy(model: type[models.Model]) -> Iterator[str]:
    table = f'"{model._meta.db_table}"'
    comparison = "IS NOT DISTINCT FROM" if getattr(model, "wall_nullable", False) else "="
    own = f"organization_id {comparison} {ORGANIZATION_SETTING}"
    column = getattr(model, "wall_readable_by_user", "")
    readable = f"{own} OR {column} = {USER_SETTING}" if column else own
    yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
    yield f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"
    for name in ("zaehlwerk_read", "zaehlwerk_write"):
        yield f"DROP POLICY IF EXISTS {name} ON {table}"
    yield f"CREATE POLICY zaehlwerk_write ON {table} USING ({own}) WITH CHECK ({own})"
    if column:
        yield f"CREATE POLICY zaehlwerk_read ON {table} FOR SELECT USING ({readable})"


def _scoped_keys(model: type[models.Model]) -> list[models.ForeignKey]:  # type: ignore[type-arg]
    if not issubclass(model, OrganizationScoped):
        return []
    return [
        field
        for field in model._meta.concrete_fields
        if isinstance(field, ScopedForeignKey | ScopedOneToOneField)
    ]


def _composite_key(
    model: type[models.Model],
    field: "models.ForeignKey",  # type: ignore[type-arg]
    constraints: set[str],
) -> Iterator[str]:
    target = field.related_model._meta
    unique = _short(f"{target.db_table}_organization_key")
    if unique not in constraints:
        constraints.add(unique)
        yield (
            f'ALTER TABLE "{target.db_table}" ADD CONSTRAINT "{unique}"'
            f' UNIQUE (organization_id, "{target.pk.column}")'
        )
    key = _short(f"{model._meta.db_table}_{field.column}_organization_fk")
    if key not in constraints:
        # The owner's check of existing rows must see them; `_policy` forces both tables again.
        for table in (model._meta.db_table, target.db_table):
            yield f'ALTER TABLE "{table}" NO FORCE ROW LEVEL SECURITY'
        yield (
            f'ALTER TABLE "{model._meta.db_table}" ADD CONSTRAINT "{key}"'
            f' FOREIGN KEY (organization_id, "{field.column}")'
            f' REFERENCES "{target.db_table}" (organization_id, "{target.pk.column}")'
            " DEFERRABLE INITIALLY IMMEDIATE"
        )


def _constraints(connection: BaseDatabaseWrapper) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace")
        return {name for (name,) in cursor.fetchall()}


def _short(name: str) -> str:
    """PostgreSQL cuts names at 63 bytes; cut ourselves and keep them distinct."""
    if len(name) <= 60:
        return name
    return f"{name[:50]}_{hashlib.sha256(name.encode()).hexdigest()[:8]}"
