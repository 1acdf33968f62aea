# SPDX-License-Identifier: Apache-2.0
"""`python -m config.database prepare`: make a PostgreSQL of your own ready for the first migration.

Creates what is missing: the database, the runtime role, the extensions, the right to connect. The login that
does so is DATABASE_OWNER_URL, or DATABASE_URL where that is the only one. Safe to run again at every
deployment; it changes nothing that is already there.
"""

import sys
from collections.abc import Callable, Sequence
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg import errors, sql

from config import env

RUNTIME_ROLE = "zaehlwerk_app"
EXTENSIONS = ("btree_gist", "pg_trgm")
OLDEST_VERSION = 150000

Connection = psycopg.Connection[tuple[object, ...]]


class UnableToPrepare(SystemExit):
    """The database cannot be made ready; the text says why and what mends it."""


def connect(url: str, *, database: str | None = None) -> Connection:
    """A connection that commits each statement; `database` replaces the one the URL names."""
    return psycopg.connect(url, autocommit=True, connect_timeout=5, dbname=database)


def open_database(url: str) -> Connection:
    """Connect to the database of `url`, creating it where only the server is there."""
    try:
        return connect(url)
    except psycopg.OperationalError as error:
        if "does not exist" not in str(error) or "role" in str(error):
            raise UnableToPrepare(f"The database server does not let us in: {error}") from error
    name = unquote(urlsplit(url).path.lstrip("/"))
    with connect(url, database="postgres") as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return connect(url)


def must(connection: Connection, statement: sql.SQL | sql.Composed, explanation: str) -> None:
    try:
        connection.execute(statement)
    except errors.InsufficientPrivilege as error:
        text = statement.as_string(connection)
        raise UnableToPrepare(f"{explanation} As a superuser of PostgreSQL run: {text};") from error


def require_version(connection: Connection) -> None:
    if connection.info.server_version < OLDEST_VERSION:
        found = connection.info.parameter_status("server_version")
        raise UnableToPrepare(f"PostgreSQL {found} is too old: version 15 or newer is needed.")


def require_no_bypass(connection: Connection, name: str) -> bool:
    """Whether the role exists; one that passes row-level security is refused."""
    row = connection.execute(
        "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = %s", [name]
    ).fetchone()
    if row is not None and row[0]:
        raise UnableToPrepare(
            f"The role {name} passes row-level security: ALTER ROLE {name} NOSUPERUSER NOBYPASSRLS, "
            "or name another one in DATABASE_URL."
        )
    return row is not None


def prepare_role(connection: Connection, name: str, password: str, *, login: bool) -> None:
    """Create the role, or let one that could not log in do so; the password of one that can stays."""
    known = require_no_bypass(connection, name)
    can_login = connection.execute("SELECT rolcanlogin FROM pg_roles WHERE rolname = %s", [name]).fetchone()
    if known and (not login or can_login == (True,)):
        return
    rights = sql.SQL("LOGIN" if login else "NOLOGIN")
    secret = sql.SQL(" PASSWORD {}").format(sql.Literal(password)) if password else sql.SQL("")
    pattern = sql.SQL("ALTER ROLE {} {} {}") if known else sql.SQL("CREATE ROLE {} {} NOBYPASSRLS{}")
    statement = pattern.format(sql.Identifier(name), rights, secret)
    must(connection, statement, "The owner's login may not create the runtime role.")


def prepare_membership(connection: Connection, login: str) -> None:
    """Grants and policies name the runtime role: another login that the product runs as must be a member."""
    row = connection.execute("SELECT pg_has_role(%s, %s, 'MEMBER')", [login, RUNTIME_ROLE]).fetchone()
    if row is not None and not row[0]:
        grant = sql.SQL("GRANT {} TO {}").format(sql.Identifier(RUNTIME_ROLE), sql.Identifier(login))
        must(connection, grant, f"The login {login} is no member of the runtime role.")


def prepare_roles(connection: Connection, url: str, *, one_login: bool) -> str:
    """The runtime role and the login that acts as it; returns that login's name."""
    parts = urlsplit(url)
    login = connection.info.user if one_login else unquote(parts.username or "")
    if not login:
        raise UnableToPrepare("DATABASE_URL names no user: the product runs as that one.")
    password = unquote(parts.password or "")
    if one_login:
        prepare_role(connection, RUNTIME_ROLE, "", login=False)
    elif login == RUNTIME_ROLE:
        prepare_role(connection, login, password, login=True)
    else:
        prepare_role(connection, RUNTIME_ROLE, "", login=False)
        prepare_role(connection, login, password, login=True)
    prepare_membership(connection, login)
    return login


def prepare_extensions(connection: Connection) -> None:
    for name in EXTENSIONS:
        create = sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(name))
        must(connection, create, f"The extension {name} is missing.")


def prepare(url: str, owner_url: str = "") -> str:
    """Make the database ready and return what it is, in a line."""
    with open_database(owner_url or url) as connection:
        require_version(connection)
        login = prepare_roles(connection, url, one_login=not owner_url)
        prepare_extensions(connection)
        name = connection.info.dbname
        grant = sql.SQL("GRANT CONNECT ON DATABASE {} TO {}")
        connection.execute(grant.format(sql.Identifier(name), sql.Identifier(RUNTIME_ROLE)))
        version = connection.info.parameter_status("server_version")
        return f"PostgreSQL {version}, database {name}, the product runs as {login} in role {RUNTIME_ROLE}."


def prepare_from_environment() -> int:
    url, owner_url = env.secret("DATABASE_URL"), env.secret("DATABASE_OWNER_URL")
    if not url:
        raise UnableToPrepare("DATABASE_URL is not set; the embedded servers need no preparation.")
    sys.stdout.write(f"Ready: {prepare(url, owner_url)}\n")
    return 0


def main(arguments: Sequence[str]) -> int:
    acts: dict[str, Callable[[], int]] = {"prepare": prepare_from_environment}
    if len(arguments) != 1 or arguments[0] not in acts:
        raise UnableToPrepare("Usage: python -m config.database prepare")
    return acts[arguments[0]]()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
