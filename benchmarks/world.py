# SPDX-License-Identifier: Apache-2.0
"""A throw-away database with the product's schema, two organizations, and meters to measure on."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import django

# Settings read the environment once, and models need settings: in this order.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ["ZW_TEST_DB"] = "bench"
django.setup()

# ruff: noqa: E402
import numpy as np
import psycopg
from django.conf import settings
from django.db import connection, connections
from psycopg import sql

from accounts.scope import organization_scope
from tests import database
from tests.cast import Side, build_side
from tests.metering.world import make_register

NOW = datetime(2026, 6, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class World:
    """The organization that is measured and another one that is only there; registers by organization."""

    ours: Side
    others: Side


@contextmanager
def throwaway_database() -> Iterator[World]:
    """Made anew by the owner role, used by the runtime role behind both walls, dropped at the end."""
    database.prepare(anew=True)
    try:
        yield World(build_side("Lindenhof"), build_side("Seeblick"))
    finally:
        for alias in connections:
            connections[alias].close()
        with owner("postgres", autocommit=True) as server:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database.name())))


@contextmanager
def owner(name: str = "", *, autocommit: bool = False) -> Iterator[psycopg.Connection]:
    """A connection of the role that owns the tables, for tables of the peers."""
    given = connections["owner"].settings_dict
    with psycopg.connect(
        dbname=name or database.name(),
        host=given["HOST"] or None,
        port=given["PORT"] or None,
        user=given["USER"] or None,
        password=given["PASSWORD"] or None,
        autocommit=autocommit,
    ) as link:
        yield link


def create_peers(statements: str, *tables: str) -> None:
    """Tables of the peers: no row security, no triggers, all rights for the runtime role."""
    with owner() as link:
        link.execute(statements)
        for table in tables:
            link.execute(
                sql.SQL("GRANT ALL ON {} TO {}").format(
                    sql.Identifier(table), sql.Identifier(settings.RUNTIME_ROLE)
                )
            )
        link.execute(
            sql.SQL("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {}").format(
                sql.Identifier(settings.RUNTIME_ROLE)
            )
        )


def make_registers(side: Side, count: int) -> np.ndarray:
    with organization_scope(side.id):
        return np.array([make_register(side, f"{number:04}").pk for number in range(count)])


def timed(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def raw() -> psycopg.Connection:
    """The driver's own connection of the runtime role, for the peers."""
    connection.ensure_connection()
    return connection.connection


def wal() -> int:
    with raw().cursor() as cursor:
        cursor.execute("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn")
        return int(cursor.fetchone()[0])


def median(values: list[float]) -> float:
    return float(np.median(values))


def copy_rows(link: psycopg.Connection, statement: str, columns: dict[str, np.ndarray]) -> None:
    """Binary COPY of columns of fixed width, laid out by numpy: the fastest way rows can go in."""
    layout = [("fields", ">i2")]
    for name, column in columns.items():
        layout += [(f"{name}_length", ">i4"), (name, column.dtype.newbyteorder(">"))]
    rows = np.empty(len(next(iter(columns.values()))), dtype=layout)
    rows["fields"] = len(columns)
    for name, column in columns.items():
        rows[f"{name}_length"], rows[name] = column.dtype.itemsize, column
    with link.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(b"PGCOPY\n\xff\r\n\0" + bytes(8))
        copy.write(memoryview(rows).cast("B"))
        copy.write(b"\xff\xff")
