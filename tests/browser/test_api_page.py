# SPDX-License-Identifier: Apache-2.0
"""The API's try-it page: it draws itself, breaks no policy and asks the API."""

import pytest
from playwright.sync_api import expect

from accounts.rights import Role
from tests.browser.conftest import Visitor

LOOKS = [("phone", False), ("phone", True), ("desktop", False), ("desktop", True)]


@pytest.mark.parametrize(("device", "dark"), LOOKS)
def test_the_page_is_sound_in_every_look(visit: Visitor, device: str, dark: bool) -> None:
    person = visit(Role.COORDINATOR, device=device, dark=dark)
    person.open("/api/v1/docs/")
    expect(person.page.locator("#operations-readings-readings_push")).to_be_visible()
    person.check()


def test_the_api_is_tried_by_somebody_signed_in(visit: Visitor) -> None:
    person = visit(Role.COORDINATOR)
    person.open("/api/v1/docs/")
    operation = person.page.locator("#operations-sites-sites_list")
    operation.locator(".opblock-summary-control").click()
    operation.locator(".try-out__btn").click()
    operation.locator(".execute").click()
    expect(operation.locator(".live-responses-table")).to_contain_text("Lindenhofstrasse 12")


def test_the_page_is_read_by_somebody_who_has_not_signed_in(visit: Visitor) -> None:
    person = visit()
    person.open("/api/v1/docs/")
    expect(person.page.locator("#operations-readings-readings_push")).to_be_visible()
