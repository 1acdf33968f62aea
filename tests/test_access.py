# SPDX-License-Identifier: Apache-2.0
"""Every route, asked as every role, about an own, a foreign and an absent object.

The routes come from the URL resolver, the answers expected from
`route_expectations.py`; a route without a line there fails.
"""

from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path

from accounts.guards import require
from accounts.models import ApiToken
from accounts.rights import Right
from config import urls as product_urls
from sites.selectors import sites_for
from tests.access import Asker, World, route_names
from tests.cast import Side, build_cast
from tests.route_expectations import PREFIXES, expectation_of, needs, table

EXPECTED = table()
ROUTES = sorted({name for name, _view in route_names()})
ASKED = [name for name in ROUTES if not name.startswith(tuple(PREFIXES))]


def test_every_route_has_an_expectation() -> None:
    missing = [name for name in ROUTES if expectation_of(name, EXPECTED) is None]
    assert not missing, f"add a line to tests/routes/<app>.py for: {', '.join(missing)}"


def test_every_expectation_has_a_route() -> None:
    gone = sorted(set(EXPECTED) - set(ROUTES))
    assert not gone, f"no such route any more: {', '.join(gone)}"


def test_guards_name_the_right_that_is_expected() -> None:
    wrong = [
        f"{name}: the view asks for {view.right}, the table for {EXPECTED[name].right}"
        for name, view in route_names()
        if name in EXPECTED and hasattr(view, "right") and view.right != EXPECTED[name].right
    ]
    assert not wrong, "\n".join(wrong)


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """One cast for all routes: every request is taken back after it."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield World(build_cast())
        transaction.set_rollback(True)


@pytest.mark.parametrize("name", ASKED)
def test_route_answers_everybody_as_expected(name: str, world: World) -> None:
    expected = expectation_of(name, EXPECTED)
    assert expected is not None, f"add a line to tests/routes/<app>.py for {name}"

    problems = Asker(name, expected, world).ask_everybody()

    assert not problems, "\n".join(problems)


def test_administration_is_closed_to_everybody_but_operators(world: World) -> None:
    problems = Asker("/admin/", PREFIXES["admin:"], world).ask_everybody()

    assert not problems, "\n".join(problems)


# ---------------------------------------------------------------- the checker is awake: leaky twins


def site_of(side: Side) -> int:
    return int(side.site.pk)


def sound(request: HttpRequest, pk: int) -> HttpResponse:
    return HttpResponse(get_object_or_404(sites_for(request.actor), pk=pk).name)  # type: ignore[attr-defined]


def open_to_all(request: HttpRequest, pk: int) -> HttpResponse:
    return HttpResponse("anybody reads this")


def tells_foreign_from_absent(request: HttpRequest, pk: int) -> HttpResponse:
    if pk not in KNOWN:
        raise Http404
    return sound(request, pk) if sites_for(request.actor).filter(pk=pk) else HttpResponse(status=410)  # type: ignore[attr-defined]


def says_it_in_the_text(request: HttpRequest, pk: int) -> HttpResponse:
    if sites_for(request.actor).filter(pk=pk).exists():  # type: ignore[attr-defined]
        return HttpResponse("here")
    return HttpResponse("not yours" if pk in KNOWN else "not there", status=404)


def shows_foreign(request: HttpRequest, pk: int) -> HttpResponse:
    if pk not in KNOWN:
        raise Http404
    return HttpResponse("a site")


def writes_before_it_refuses(request: HttpRequest, pk: int) -> HttpResponse:
    ApiToken.objects.filter(name="test").update(name="touched")
    return sound(request, pk)


KNOWN: set[int] = set()
TWINS = {
    "open": (open_to_all, "nobody"),
    "status": (require(Right.SITE_VIEW)(tells_foreign_from_absent), "foreign object"),
    "text": (require(Right.SITE_VIEW)(says_it_in_the_text), "foreign and absent differ"),
    "shown": (require(Right.SITE_VIEW)(shows_foreign), "foreign object"),
    "written": (require(Right.SITE_VIEW)(writes_before_it_refuses), "wrote to a foreign object"),
    "wrong-right": (require(Right.HOME)(sound), "lacks the right"),
}


@pytest.fixture
def twin_routes(settings: Any) -> None:
    module = ModuleType("tests.twin_routes")
    given = [path(f"twin/{name}/<int:pk>/", view, name=f"twin-{name}") for name, (view, _) in TWINS.items()]
    given.append(path("twin/sound/<int:pk>/", require(Right.SITE_VIEW)(sound), name="twin-sound"))
    module.urlpatterns = [*product_urls.urlpatterns, *given]  # type: ignore[attr-defined]
    settings.ROOT_URLCONF = module


@pytest.mark.parametrize("name", TWINS)
def test_a_leaky_view_is_caught(name: str, world: World, twin_routes: None) -> None:
    KNOWN.update(side.site.pk for side in world.cast.sides)

    problems = Asker(f"twin-{name}", needs(Right.SITE_VIEW, pk=site_of), world).ask_everybody()

    assert any(TWINS[name][1] in problem for problem in problems), problems


def test_the_same_view_without_its_leak_passes(world: World, twin_routes: None) -> None:
    assert Asker("twin-sound", needs(Right.SITE_VIEW, pk=site_of), world).ask_everybody() == []


def test_a_route_without_expectation_is_named() -> None:
    assert expectation_of("sites:brand-new", EXPECTED) is None
