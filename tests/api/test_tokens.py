# SPDX-License-Identifier: Apache-2.0
"""Who gets in by token, and what foreign and absent look like."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts import clock
from accounts.rights import Role
from accounts.scope import organization_scope
from tests.api.client import ApiClient, make_token
from tests.cast import Cast

SITES = "/api/v1/sites/"


def test_a_token_sees_the_sites_of_its_organization(cast: Cast) -> None:
    answer = ApiClient(cast.lindenhof).get(SITES)
    assert answer.status_code == 200
    assert [site["name"] for site in answer.json()["results"]] == ["Lindenhofstrasse 12"]


def test_foreign_and_absent_are_the_same_404(cast: Cast) -> None:
    client = ApiClient(cast.lindenhof)
    foreign = client.get(f"{SITES}{cast.seeblick.site.pk}/")
    absent = client.get(f"{SITES}999999/")
    assert (foreign.status_code, absent.status_code) == (404, 404)
    assert foreign.content == absent.content
    assert foreign.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("written", ["nonsense", "zw_1_abc", "zw_999999999_aaaaaaaa_b", "zw_x_y_z", ""])
def test_a_wrong_token_is_refused_with_words(cast: Cast, written: str) -> None:
    answer = Client(headers={"Authorization": f"Bearer {written}"}).get(SITES)
    assert answer.status_code == 401
    assert answer.json()["errors"][0]["detail"].startswith("This token is not known")


def test_expired_and_revoked_tokens_are_refused_at_once(cast: Cast) -> None:
    now = clock.now()
    for fields in ({"expires_at": now - timedelta(seconds=1)}, {"revoked_at": now}):
        assert ApiClient(cast.lindenhof, **fields).get(SITES).status_code == 401


def test_a_token_pointing_at_another_organization_is_refused(cast: Cast) -> None:
    _, written = make_token(cast.lindenhof)
    forged = written.replace(f"zw_{cast.lindenhof.id}_", f"zw_{cast.seeblick.id}_")
    assert Client(headers={"Authorization": f"Bearer {forged}"}).get(SITES).status_code == 401


def test_a_token_bound_to_a_site_sees_only_that_site(cast: Cast) -> None:
    client = ApiClient(cast.lindenhof, site_ids=[cast.lindenhof.site.pk + 1000])
    assert client.get(SITES).json()["results"] == []
    assert client.get("/api/v1/billing-points/").json()["results"] == []


def test_without_a_sign_in_the_answer_is_401(cast: Cast) -> None:
    answer = Client().get(SITES)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_unchanged_content_is_answered_with_304(cast: Cast) -> None:
    client = ApiClient(cast.lindenhof)
    etag = client.get(SITES).headers["ETag"]
    assert client.get(SITES, headers={"If-None-Match": etag}).status_code == 304


def test_last_use_is_noted(cast: Cast) -> None:
    client = ApiClient(cast.lindenhof)
    client.get(SITES)
    with organization_scope(cast.lindenhof.id):
        client.token.refresh_from_db()
    assert client.token.last_used_at is not None


def test_lists_are_filtered_and_bad_filters_are_named(cast: Cast) -> None:
    client = ApiClient(cast.lindenhof)
    assert client.get(SITES, {"reference": "SEE-1"}).json()["results"] == []
    bad: Any = client.get("/api/v1/billing-points/", {"site": "abc"})
    assert bad.status_code == 400
    assert bad.json()["errors"][0]["field"] == "site"


def test_the_description_is_complete_and_without_warning(
    cast: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = Client().get("/api/v1/schema/", headers={"Accept": "application/json"})
    assert answer.status_code == 200
    assert "Warning" not in capsys.readouterr().err
    assert SITES in answer.content.decode()


def test_a_resident_in_the_browser_reaches_no_site(cast: Cast) -> None:
    client = Client()
    client.force_login(
        cast.lindenhof.users[Role.RESIDENT], backend="django.contrib.auth.backends.ModelBackend"
    )
    assert client.get(SITES).status_code == 403
