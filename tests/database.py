# SPDX-License-Identifier: Apache-2.0
"""The test database: made by the owner role, used by the runtime role.

It is kept between runs and made again when a migration or the wall changes.
"""

import hashlib
import os
from pathlib import Path

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from psycopg import sql

ROOT = Path(__file__).resolve().parent.parent


def name() -> str:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    return "_".join(part for part in ["test_zw", os.environ.get("ZW_TEST_DB", "main"), worker] if part)


def prepare(*, anew: bool = False) -> None:
    """Create and migrate the test database where needed, and point both aliases at it."""
    database = name()
    fingerprint = _fingerprint()
    if anew or _kept_fingerprint(database) != fingerprint:
        _recreate(database)
        _point_at(database)
        call_command("migrate", database="owner", verbosity=0, interactive=False)
        _execute(
            database,
            sql.SQL("COMMENT ON DATABASE {} IS {}").format(
                sql.Identifier(database), sql.Literal(fingerprint)
            ),
        )
    _point_at(database)


def empty() -> None:
    """Remove every row that a committing test left (as owner: the runtime role may not truncate)."""
    with _connect(name()) as connection:
        tables = sorted({str(row[0]) for row in connection.execute(TABLES)} - KEPT)
        names = sql.SQL(", ").join(sql.Identifier(table) for table in tables)
        # Immutable tables refuse TRUNCATE by trigger; their owner may set the triggers aside.
        for table in tables:
            connection.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(sql.Identifier(table)))
        connection.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY CASCADE").format(names))
        for table in tables:
            connection.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(sql.Identifier(table)))


def as_owner() -> psycopg.Connection[tuple[object, ...]]:
    """A connection of the owner role to the test database, outside of Django's guards and transactions."""
    return _connect(name())


TABLES = """
    SELECT relname FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
"""
KEPT = {"django_content_type", "auth_permission", "django_migrations"}


def _connect(database: str) -> psycopg.Connection[tuple[object, ...]]:
    owner = connections["owner"].settings_dict
    return psycopg.connect(
        dbname=database,
        host=owner["HOST"] or None,
        port=owner["PORT"] or None,
        user=owner["USER"] or None,
        password=owner["PASSWORD"] or None,
        autocommit=database == "postgres",
    )


def _execute(database: str, statement: sql.Composable) -> None:
    with _connect("postgres") as connection:
        connection.execute(statement)


def _kept_fingerprint(database: str) -> str | None:
    with _connect("postgres") as connection:
        row = connection.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [database]
        ).fetchone()
    return str(row[0]) if row else None


def _recreate(database: str) -> None:
    _execute("postgres", sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))
    _execute("postgres", sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))


def _point_at(database: str) -> None:
    for alias in ("default", "owner"):
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = database
        settings.DATABASES[alias]["NAME"] = database


def _fingerprint() -> str:
    files = sorted(
        [
            *ROOT.glob("*/migrations/*.py"),
            ROOT / "accounts" / "wall.py",
            ROOT / "requirements" / "runtime.txt",
        ]
    )
    # Models count too: the wall is built from them.
    files += sorted([*ROOT.glob("*/models/*.py"), *ROOT.glob("*/models.py")])
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
