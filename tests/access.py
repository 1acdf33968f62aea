# SPDX-License-Identifier: Apache-2.0
"""Asks one route as everybody and lists what is wrong: the checker behind `test_access.py`.

Three objects are asked for: one's own side's, the other organization's, and one
that is not there.  The last two must answer alike, to the letter, and a refused
request must not have sent a single writing statement.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.models import User
from accounts.rights import MATRIX, Role
from accounts.scope import organization_scope
from tests.cast import Cast, Side
from tests.route_expectations import Expectation

ABSENT = 2_000_000_000
# What signing in and sessions write has nothing to do with the page.
ITS_OWN_WRITES = re.compile(r'"(django_session|usersessions_usersession|accounts_cache|accounts_user)"')
WRITES = re.compile(r"^\s*(INSERT|UPDATE|DELETE|TRUNCATE|COPY)\b", re.IGNORECASE)
LOGIN = "/accounts/login/"
CHOOSE = "/organization/choose/"


def route_names(resolver: URLResolver | None = None, namespace: str = "") -> Iterator[tuple[str, Any]]:
    """Every named route with its view; an unnamed one is called by its pattern."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from route_names(pattern, inner)
        elif isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name or pattern.pattern}", pattern.callback


@dataclass(slots=True)
class World:
    """The cast and the session of each of its people, signed in once."""

    cast: Cast
    sessions: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for user in (*self.cast.lindenhof.users.values(), self.cast.outsider):
            client = Client()
            client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
            self.sessions[user.pk] = client.cookies["sessionid"].value

    def client(self, user: User | None) -> Client:
        """A fresh browser: no answer leaves a message or another session for the next one."""
        client = Client(raise_request_exception=False)
        if user is not None:
            client.cookies["sessionid"] = self.sessions[user.pk]
        return client


@dataclass(slots=True)
class Asker:
    """One expected route in one world, with what was found wrong so far."""

    name: str
    expected: Expectation
    world: World
    problems: list[str] = field(default_factory=list)

    @property
    def cast(self) -> Cast:
        return self.world.cast

    def ask_everybody(self) -> list[str]:
        with transaction.atomic():
            own, foreign = (self._arguments(side) for side in self.cast.sides)
            for method in self.expected.methods:
                self._as_nobody(method, own)
                self._as_outsider(method, own)
                for role in Role:
                    self._as_role(role, method, own, foreign)
            transaction.set_rollback(True)
        return self.problems

    # ------------------------------------------------------------ as whom

    def _as_nobody(self, method: str, own: dict[str, Any]) -> None:
        answer, writes = self._send(method, own, None)
        if self.expected.access == "public":
            self._must(answer.status_code not in {403} and answer.status_code < 500, method, "nobody", answer)
        else:
            self._must(is_turned_away(answer), method, "nobody", answer)
            self._must(not writes, method, "nobody", answer, f"wrote {writes}")

    def _as_outsider(self, method: str, own: dict[str, Any]) -> None:
        """A signed-in person without any organization."""
        if self.expected.access not in {"right", "operator"}:
            return
        answer, writes = self._send(method, own, self.cast.outsider)
        self._must(is_turned_away(answer) or answer.status_code in {403, 404}, method, "an outsider", answer)
        self._must(not writes, method, "an outsider", answer, f"wrote {writes}")

    def _as_role(self, role: Role, method: str, own: dict[str, Any], foreign: dict[str, Any]) -> None:
        user, who = self.cast.lindenhof.users[role], role.value
        answer, writes = self._send(method, own, user)
        if self.expected.access == "operator":
            self._must(is_turned_away(answer) or answer.status_code == 403, method, who, answer)
            self._must(not writes, method, who, answer, f"wrote {writes}")
            return
        if self.expected.access != "right":
            self._must(answer.status_code < 500 and answer.status_code != 403, method, who, answer)
            return
        assert self.expected.right is not None
        if self.expected.right not in MATRIX[role]:
            self._must(answer.status_code == 403, method, who, answer, "lacks the right")
            self._must(not writes, method, who, answer, f"was refused, yet wrote {writes}")
        else:
            hidden = role in self.expected.hidden_from
            self._must(is_refused(answer) == hidden, method, who, answer, "own object")
            self._must(not (hidden and writes), method, who, answer, f"was refused, yet wrote {writes}")
        if self.expected.makers:
            self._compare_foreign_with_absent(role, method, foreign)

    def _compare_foreign_with_absent(self, role: Role, method: str, foreign: dict[str, Any]) -> None:
        user, who = self.cast.lindenhof.users[role], role.value
        assert self.expected.right is not None
        status = 404 if self.expected.right in MATRIX[role] else 403
        theirs, wrote = self._send(method, foreign, user)
        missing, _ = self._send(method, {**foreign, **dict.fromkeys(self.expected.makers, ABSENT)}, user)
        self._must(theirs.status_code == status, method, who, theirs, "foreign object")
        self._must(missing.status_code == status, method, who, missing, "absent object")
        self._must(body_of(theirs) == body_of(missing), method, who, theirs, "foreign and absent differ")
        self._must(not wrote, method, who, theirs, f"wrote to a foreign object: {wrote}")

    # ------------------------------------------------------------ how

    def _arguments(self, side: Side) -> dict[str, Any]:
        with organization_scope(side.id):
            return {
                name: value(side) if callable(value) else value
                for name, value in self.expected.arguments.items()
            }

    def _send(self, method: str, arguments: dict[str, Any], user: User | None) -> tuple[Any, list[str]]:
        """Ask, and take back what the answer has changed, so that the next one finds the same world."""
        client = self.world.client(user)
        path = self.name if "/" in self.name else reverse(self.name, kwargs=arguments)
        kind = {"content_type": "application/json"} if path.startswith("/api/") else {}
        with transaction.atomic(), writing_statements() as writes:
            if method == "GET":
                answer = client.get(path)
            else:
                answer = getattr(client, method.lower())(path, self.expected.data, **kind)
            transaction.set_rollback(True)
        return answer, writes

    def _must(self, holds: bool, method: str, who: str, answer: Any, why: str = "") -> None:
        if not holds:
            words = f" ({why})" if why else ""
            place = answer.headers.get("Location", "")
            self.problems.append(f"{method} {self.name} as {who}: {answer.status_code} {place}{words}")


@contextmanager
def writing_statements() -> Iterator[list[str]]:
    """The tables written to inside the block, but for sessions."""
    found: list[str] = []

    def watch(execute: Any, statement: Any, params: Any, many: Any, context: Any) -> Any:
        text = str(statement)
        if WRITES.match(text) and not ITS_OWN_WRITES.search(text):
            found.append(" ".join(text.split()[:4]))
        return execute(statement, params, many, context)

    with connection.execute_wrapper(watch):
        yield found


def is_turned_away(answer: HttpResponse) -> bool:
    """Sent to the sign-in or to the choice of an organization, or 401/403 from the API."""
    place = answer.headers.get("Location", "")
    to_entrance = place.startswith((LOGIN, CHOOSE, "/admin/login/"))
    return answer.status_code in {401, 403} or (answer.status_code == 302 and to_entrance)


def is_refused(answer: HttpResponse) -> bool:
    """Not shown, or broken: a page that falls over counts as one that is not there."""
    return answer.status_code in {401, 403, 404} or answer.status_code >= 500 or is_turned_away(answer)


def body_of(answer: HttpResponse) -> str:
    """The body without what differs by the number asked for and by chance (tokens against forgery)."""
    text = answer.content.decode(errors="replace")
    text = re.sub(r'(csrfmiddlewaretoken" value="|X-CSRFToken": ")\w+', r"\1", text)
    return re.sub(rf"/\d+/|\b{ABSENT}\b", "/#/", text)
