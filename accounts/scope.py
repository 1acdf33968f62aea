# SPDX-License-Identifier: Apache-2.0
"""Whose rows: one organization at a time, enforced twice.

First wall: the default manager of every organization's model filters by the
organization in force and refuses to work without one.  Second wall: the same
organization is told to PostgreSQL for the length of the transaction, where
row-level security filters whatever the first wall missed (`accounts.wall`).
Both are set in one place, `organization_scope`, and both fail closed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from django.db import connection, models, transaction

_organization: ContextVar[int | None] = ContextVar("organization", default=None)

M = TypeVar("M", bound=models.Model)


class OutOfScope(RuntimeError):
    """A query on an organization's rows outside `organization_scope`: a bug, never a person's doing."""


def current_organization_id() -> int:
    """
    The organization in force.

    :raises OutOfScope: outside `organization_scope`.
    """
    organization_id = _organization.get()
    if organization_id is None:
        raise OutOfScope("No organization is in force here; open organization_scope(...) at the edge.")
    return organization_id


@contextmanager
def organization_scope(organization_id: int | None, user_id: int | None = None) -> Iterator[None]:
    """
    Work on the rows of one organization, inside one transaction.

    The database settings are local to the transaction, so a pooled connection
    carries nothing over to the next request.  Scopes nest; the outer one is
    restored.  `user_id` additionally shows that person's own memberships.
    """
    token = _organization.set(organization_id)
    try:
        with transaction.atomic():
            before = _settings()
            _tell_database(organization_id, user_id)
            yield
            if not connection.needs_rollback:
                _tell_database(*before)
    finally:
        _organization.reset(token)


def _settings() -> tuple[int | None, int | None]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT NULLIF(current_setting('app.organization', true), ''),"
            " NULLIF(current_setting('app.user', true), '')"
        )
        organization, user = cursor.fetchone()
    return (int(organization) if organization else None, int(user) if user else None)


def _tell_database(organization_id: int | None, user_id: int | None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('app.organization', %s, true), set_config('app.user', %s, true)",
            [str(organization_id or ""), str(user_id or "")],
        )


class CurrentOrganization(models.Expression):
    """
    The organization in force when the query runs.

    Forms and filters build querysets when their module is imported; what counts
    is the scope in which the query is sent, and without one it is not sent.
    """

    output_field = models.IntegerField()

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[str | int, ...]]:
        return "%s", (current_organization_id(),)


class ScopedManager(models.Manager[M]):
    """Rows of the organization in force; a query sent without one raises `OutOfScope`."""

    def get_queryset(self) -> models.QuerySet[M]:
        return super().get_queryset().filter(organization_id=CurrentOrganization())


class ScopedForeignKey(models.ForeignKey):  # type: ignore[type-arg]
    """
    A foreign key between rows of one organization.

    Django creates the column; `accounts.wall` adds the database constraint
    `(organization_id, x_id) → (organization_id, id)`, so that a row can never
    point into another organization, whatever the code above does.
    """

    def __init__(self, to: Any, on_delete: Any, **kwargs: Any) -> None:
        kwargs["db_constraint"] = False
        super().__init__(to, on_delete, **kwargs)


class ScopedOneToOneField(models.OneToOneField):  # type: ignore[type-arg]
    """`ScopedForeignKey` for one-to-one relations."""

    def __init__(self, to: Any, on_delete: Any, **kwargs: Any) -> None:
        kwargs["db_constraint"] = False
        super().__init__(to, on_delete, **kwargs)


class OrganizationScoped(models.Model):
    """
    A row that belongs to one organization.

    `wall_grants` names what the runtime role may do with the table;
    `wall_readable_by_user` names the column that lets a person read the row
    outside the organization (memberships, needed to choose one).
    """

    wall_grants = "SELECT, INSERT, UPDATE, DELETE"
    wall_readable_by_user = ""

    organization = models.ForeignKey(
        "accounts.Organization", on_delete=models.PROTECT, related_name="+", editable=False
    )

    objects = ScopedManager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.organization_id is None:
            self.organization_id = current_organization_id()
        super().save(*args, **kwargs)
