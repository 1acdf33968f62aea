# SPDX-License-Identifier: Apache-2.0
"""The API's description is whole, and its page works under the product's own strict policy."""

import json
import re
from typing import Any

import pytest
from django.test import Client
from drf_spectacular.validation import validate_schema

from accounts.rights import Role
from tests.cast import Cast


@pytest.fixture
def schema(cast: Cast) -> dict[str, Any]:
    answer = Client().get("/api/v1/schema/", headers={"Accept": "application/json"})
    assert answer.status_code == 200
    described: dict[str, Any] = json.loads(answer.content)
    return described


def operations(schema: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        operation["operationId"]: operation
        for path in schema["paths"].values()
        for operation in path.values()
    }


def test_the_description_is_valid_and_names_every_operation(
    schema: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    validate_schema(schema)
    assert schema["openapi"].startswith("3.0")
    assert set(operations(schema)) == {
        "sites_list", "sites_retrieve", "billing_points_list", "billing_points_retrieve",
        "meters_list", "meters_retrieve", "readings_list", "readings_push", "intervals", "totals",
        "invoices_list", "invoices_retrieve", "invoices_pdf",
    }  # fmt: skip
    Client().get("/api/v1/schema/")
    said = capsys.readouterr().err
    assert "Warning" not in said
    assert "Error" not in said


def test_every_operation_says_what_it_is_and_how_it_refuses(schema: dict[str, Any]) -> None:
    for name, operation in operations(schema).items():
        assert operation["description"], name
        assert {"400", "401", "403", "429"} <= set(operation["responses"]), name
        for code, response in operation["responses"].items():
            if code.startswith("4"):
                content = response["content"]["application/problem+json"]["schema"]
                assert content == {"$ref": "#/components/schemas/Problem"}, (name, code)


def test_a_refusal_has_the_shape_that_is_described(schema: dict[str, Any]) -> None:
    described = schema["components"]["schemas"]
    refusal = Client().get("/api/v1/sites/").json()
    assert set(refusal) == set(described["Problem"]["properties"])
    assert set(refusal["errors"][0]) == set(described["ProblemError"]["properties"])


def test_the_page_stands_in_the_frame_and_brings_no_style_or_script_of_its_own(cast: Cast) -> None:
    client = Client()
    client.force_login(
        cast.lindenhof.users[Role.COORDINATOR], backend="django.contrib.auth.backends.ModelBackend"
    )
    answer = client.get("/api/v1/docs/", headers={"Accept": "text/html"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert 'id="swagger-ui"' in page
    assert "zw-frame" in page
    assert "<style" not in page
    assert not re.search(r"<script(?![^>]*src=)", page)
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy + ";"
    assert "style-src 'self';" in policy + ";"


def test_its_script_is_a_file_of_ours(cast: Cast) -> None:
    page = Client().get("/api/v1/docs/").content.decode()
    address = next(found for found in re.findall(r'src="([^"]+)"', page) if "script=" in found)
    answer = Client().get(address.replace("&amp;", "&"))
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("application/javascript")
    assert b"/api/v1/schema/" in answer.content
