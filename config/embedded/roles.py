# SPDX-License-Identifier: Apache-2.0
"""The two roles, the database and its extensions in the embedded PostgreSQL.

`zaehlwerk_owner` owns the database and migrates; `zaehlwerk_app` is what the product runs as: it owns nothing
and cannot pass row-level security. Neither is a superuser.
"""

import sys
import time
from pathlib import Path

import psycopg
from psycopg import sql

from config.database import EXTENSIONS, RUNTIME_ROLE
from config.embedded.cluster import SUPERUSER

DATABASE = "zaehlwerk"
OWNER = "zaehlwerk_owner"
# Written into the data folder when all of it is done; another number does it again.
RECIPE = "1"

ROLES = (
    (OWNER, "LOGIN CREATEDB NOSUPERUSER NOCREATEROLE NOBYPASSRLS"),
    (RUNTIME_ROLE, "LOGIN NOCREATEDB NOSUPERUSER NOCREATEROLE NOBYPASSRLS"),
)


def connect(sockets: Path, database: str) -> psycopg.Connection:
    return psycopg.connect(host=str(sockets), dbname=database, user=SUPERUSER, autocommit=True)


def create_extensions(connection: psycopg.Connection) -> None:
    for name in EXTENSIONS:
        connection.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(name)))


def create_roles(connection: psycopg.Connection) -> None:
    for name, rights in ROLES:
        known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone()
        verb = "ALTER" if known else "CREATE"
        connection.execute(sql.SQL(f"{verb} ROLE {{}} {rights}").format(sql.Identifier(name)))


def create_database(connection: psycopg.Connection) -> None:
    if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
        connection.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER}")


def ensure_roles(data: Path, sockets: Path) -> None:
    """Create what is missing; does nothing where an earlier start has done it."""
    marker = data / "zaehlwerk-roles"
    if marker.exists() and marker.read_text() == RECIPE:
        return
    started = time.monotonic()
    with connect(sockets, "postgres") as connection:
        create_roles(connection)
    with connect(sockets, "template1") as connection:
        # New databases, those of the tests among them, are copies of this one.
        create_extensions(connection)
    with connect(sockets, "postgres") as connection:
        create_database(connection)
    with connect(sockets, DATABASE) as connection:
        create_extensions(connection)
    marker.write_text(RECIPE)
    sys.stderr.write(
        f"PostgreSQL is new here: roles and database made in {time.monotonic() - started:.1f} s.\n"
    )
