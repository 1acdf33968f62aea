# SPDX-License-Identifier: Apache-2.0
"""Who may ask what: one line a route, asked by `test_access.py` as every role.

    ROUTES = {
        "sites:site": needs(Right.SITE_VIEW, pk=site),                     # a page about an object
        "sites:edit-site": needs(Right.SITE_EDIT, pk=site, methods="GET POST"),
        "billing:issue-run": needs(Right.INVOICE_RUN, pk=run, methods="POST"),
        "portal:glossary": public(),
        "accounts:profile": signed_in(methods="GET POST"),
    }

Lines of an app stand in `tests/routes/<app>.py`.  A keyword besides `methods`,
`hidden_from` and `data` is an argument of the address: a function from one
`Side` of the cast to the value for an object of that side, called inside its
scope (it may create the object), or a plain value where there is no object.
Every holder of the right must see that object; roles that hold the right but
not this object stand in `hidden_from`.
"""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from accounts.rights import Right, Role
from tests import routes
from tests.cast import Side

Maker = Callable[[Side], Any]


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a route answers to whom."""

    access: str  # "right", "signed in", "public", "operator", "theirs"
    right: Right | None = None
    methods: tuple[str, ...] = ("GET",)
    arguments: dict[str, Any] = field(default_factory=dict)
    hidden_from: frozenset[Role] = frozenset()
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def makers(self) -> dict[str, Maker]:
        return {name: value for name, value in self.arguments.items() if callable(value)}


def needs(
    right: Right,
    *,
    methods: str = "GET",
    hidden_from: tuple[Role, ...] = (),
    data: dict[str, Any] | None = None,
    **arguments: Any,
) -> Expectation:
    """Holders of the right; about an object, only those who may see it."""
    return Expectation("right", right, tuple(methods.split()), arguments, frozenset(hidden_from), data or {})


def signed_in(*, methods: str = "GET", **arguments: Any) -> Expectation:
    """Everybody who has signed in; the page is about the person alone."""
    return Expectation("signed in", None, tuple(methods.split()), arguments)


def public(*, methods: str = "GET", **arguments: Any) -> Expectation:
    """Everybody, signed in or not."""
    return Expectation("public", None, tuple(methods.split()), arguments)


def operator(*, methods: str = "GET") -> Expectation:
    """The platform's operators alone."""
    return Expectation("operator", None, tuple(methods.split()))


def library(*, methods: str = "GET", **arguments: Any) -> Expectation:
    """A page of a library about the person's own sign-in; nobody else's objects are reached by it."""
    return Expectation("library", None, tuple(methods.split()), arguments)


# Names that begin like this, where a library brings dozens.
PREFIXES: dict[str, Expectation] = {"admin:": operator()}


def table() -> dict[str, Expectation]:
    """All lines of all apps; a route named twice is an error."""
    found: dict[str, Expectation] = {}
    for module in pkgutil.iter_modules(routes.__path__):
        lines: dict[str, Expectation] = importlib.import_module(f"tests.routes.{module.name}").ROUTES
        twice = found.keys() & lines.keys()
        assert not twice, f"expected twice: {', '.join(sorted(twice))}"
        found |= lines
    return found


def expectation_of(name: str, expectations: dict[str, Expectation]) -> Expectation | None:
    for prefix, expected in PREFIXES.items():
        if name.startswith(prefix):
            return expected
    return expectations.get(name)
