# SPDX-License-Identifier: Apache-2.0
"""Error pages, security headers, probes, glossary."""

import re
from types import ModuleType
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.template.loader import get_template
from django.test import Client
from django.urls import path

from accounts.rights import Role
from config import probes
from config import urls as product_urls
from tests.cast import Cast


@pytest.fixture
def administrator(cast: Cast) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(
        cast.lindenhof.users[Role.ADMINISTRATOR], backend="django.contrib.auth.backends.ModelBackend"
    )
    return client


PAGES = ["/accounts/login/", "/glossary/", "/nothing/", "/api/v1/docs/", "/healthz"]


@pytest.mark.parametrize("page", PAGES)
def test_every_answer_carries_the_headers_that_protect_it(client: Client, db: None, page: str) -> None:
    headers = client.get(page).headers
    policy = dict(
        part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";") if part.strip()
    )

    assert policy["script-src"] == "'self'"
    assert policy["style-src"] == "'self'"
    assert policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert "unsafe-eval" not in headers["Content-Security-Policy"]
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


def test_pages_carry_no_inline_script(administrator: Client) -> None:
    for page in (
        "/organization/accounts/",
        "/jobs/",
        "/organization/tokens/new/",
        "/profile/",
        "/accounts/2fa/",
    ):
        text = administrator.get(page).content.decode()
        inline = re.findall(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>", text)
        assert not inline, (page, inline)


def test_a_missing_page_is_told_in_the_frame(administrator: Client) -> None:
    answer = administrator.get("/organization/accounts/99999/")

    assert answer.status_code == 404
    assert "zw-side" in answer.content.decode()


def test_a_missing_right_is_explained(cast: Cast) -> None:
    client = Client()
    client.force_login(
        cast.lindenhof.users[Role.SUPPORT], backend="django.contrib.auth.backends.ModelBackend"
    )

    answer = client.get("/organization/")

    assert answer.status_code == 403
    assert "Lindenhof Verwaltung AG" in answer.content.decode()


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("as it happens")


@pytest.fixture
def broken_page(settings: Any) -> None:
    module = ModuleType("tests.broken_routes")
    module.urlpatterns = [*product_urls.urlpatterns, path("broken/", broken)]  # type: ignore[attr-defined]
    settings.ROOT_URLCONF = module


def test_a_failure_is_told_without_asking_anything(administrator: Client, broken_page: None) -> None:
    answer = administrator.get("/broken/")

    assert answer.status_code == 500
    assert "as it happens" not in answer.content.decode()
    assert "wrong on our side" in answer.content.decode()


@pytest.mark.parametrize("name", ["400.html", "500.html"])
def test_the_static_error_pages_need_no_context(name: str) -> None:
    assert "Zählwerk" in get_template(name).render()


def test_a_forged_form_is_refused_with_an_explanation(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(
        cast.lindenhof.users[Role.ADMINISTRATOR], backend="django.contrib.auth.backends.ModelBackend"
    )
    answer = client.post("/profile/", {"name": "Forged"})

    assert answer.status_code == 403
    assert "zw-entrance" in answer.content.decode()


# ---------------------------------------------------------------- probes, glossary


def test_a_process_that_answers_is_alive(client: Client) -> None:
    assert client.get("/healthz").content == b"ok\n"


def test_a_migrated_database_is_ready(client: Client, db: None) -> None:
    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()["database"]) == (200, "ok")


def test_a_broker_out_of_reach_is_shown_and_not_required(
    client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probes, "_broker", lambda: "out of reach")
    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()["broker"]) == (200, "out of reach")


def test_open_migrations_are_not_ready(client: Client, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "_has_open_migrations", lambda: True)
    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()["migrations"]) == (503, "open")


def test_the_glossary_is_found_by_a_word_of_any_language(client: Client, db: None) -> None:
    page = client.get("/glossary/?q=Eigenverbrauch")

    assert [term.en for term in page.context["terms"]] == ["Self-consumption", "Self-consumption community"]
    assert "zw-empty" in client.get("/glossary/?q=xyzzy").content.decode()


@pytest.mark.parametrize("path_asked", ["/accounts/login/", "/accounts/password/reset/", "/accounts/signup/"])
@pytest.mark.parametrize("language", ["de", "fr", "it", "en"])
def test_the_entrance_speaks_four_languages(client: Client, db: None, language: str, path_asked: str) -> None:
    client.post("/language/", {"language": language})

    assert f'<html lang="{language}"' in client.get(path_asked).content.decode()
