# SPDX-License-Identifier: Apache-2.0
"""Kill a service before and after each of its SQL statements, and look whether anything is half done.

    def test_issue_survives_every_crash(crash_points, committed_cast):
        for crash in crash_points(lambda: issue(...), setup=..., limit=200):
            assert invariant_holds(), crash

The service must open its own transaction.  A crash before the k-th statement and
one after it (the statement ran, the answer was lost) differ where something is
done outside of the database.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection


class Killed(BaseException):
    """Stands for the process being gone: no `except Exception` may catch it."""


@dataclass(frozen=True, slots=True)
class Crash:
    """Where the run was killed: `before` or `after` the statement number `place` (from 1)."""

    place: int
    moment: str
    statement: str


class _Killer:
    """An execute wrapper that counts statements and kills at one of them."""

    def __init__(self, place: int, moment: str) -> None:
        self.place, self.moment = place, moment
        self.seen = 0
        self.statement = ""

    def __call__(self, execute: Any, sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
        self.seen += 1
        if self.seen != self.place:
            return execute(sql, params, many, context)
        self.statement = str(sql)
        if self.moment == "before":
            raise Killed
        execute(sql, params, many, context)
        raise Killed


Act = Callable[[], object]


def crashes(
    act: Act,
    *,
    setup: Act = lambda: None,
    scope: Callable[[], AbstractContextManager[Any]] = nullcontext,
    limit: int = 500,
) -> Iterator[Crash]:
    """
    Run `setup`, then `act` killed at one place, and yield where; again for every place until it runs through.

    `scope` is opened around both (an organization's scope, say).  What the act wrote before it was
    killed must be looked at by the caller after each yield.
    """
    for place in range(1, limit + 1):
        for moment in ("before", "after"):
            setup()
            killer = _Killer(place, moment)
            try:
                with connection.execute_wrapper(killer), scope():
                    act()
            except Killed:
                connection.close()
                yield Crash(place, moment, killer.statement)
            else:
                assert killer.seen < place, "A crash was swallowed: something caught BaseException."
                return
    raise AssertionError(f"More than {limit} statements; raise the limit.")


@pytest.fixture
def crash_points(committed_db: None) -> Callable[..., Iterator[Crash]]:
    """`crashes` on a database with real commits."""
    return crashes
