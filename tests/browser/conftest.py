# SPDX-License-Identifier: Apache-2.0
"""Browser tests: Chromium against a live server, on one committed cast a module.

Where no Chromium is found, these tests are skipped and the summary says so.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from playwright.sync_api import sync_playwright
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from accounts.rights import Role
from tests import database
from tests.browser.chromium import ARGUMENTS, WIDTHS, Watched, chromium_path
from tests.cast import Cast, build_cast

HERE = Path(__file__).parent
MISSING = (
    "Browser tests were skipped: no Chromium was found. Install Debian's package `chromium`,"
    " or name another one in CHROMIUM."
)
# Playwright keeps an event loop in the tests' thread; the database is used there all the same.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    missing = chromium_path() is None
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("browser")
            if missing:
                item.add_marker(pytest.mark.skip(reason=MISSING))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if chromium_path() is None:
        terminalreporter.write_line(MISSING, yellow=True)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=ARGUMENTS)
        yield browser
        browser.close()


@dataclass
class Stage:
    """A running server and the people who use it."""

    cast: Cast
    url: str


@pytest.fixture(scope="module")
def stage(django_db_setup: None, django_db_blocker: Any) -> Iterator[Stage]:
    """The cast, committed, and a server that sees it; emptied after the module."""
    with django_db_blocker.unblock():
        server = LiveServer("127.0.0.1:0")
        try:
            yield Stage(build_cast(), str(server.url))
        finally:
            server.stop()
            for connection in connections.all():
                connection.close()
            database.empty()


@dataclass
class Visitor:
    """Opens pages as somebody, and remembers all of them for the last check."""

    chromium: Any
    stage: Stage
    watched: list[Watched] = field(default_factory=list)

    def __call__(
        self, who: Role | User | None = None, *, device: str = "desktop", dark: bool = False, theme: str = ""
    ) -> Watched:
        """A browser of its own; `who` is a role of Lindenhof, a user, or nobody."""
        width, height = WIDTHS[device]
        context = self.chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            locale="en-GB",
        )
        user = self.stage.cast.lindenhof.users[who] if isinstance(who, Role) else who
        if user is not None:
            User.objects.filter(pk=user.pk).update(language="en", theme=theme or "auto")
            context.add_cookies([self._session(user)])
        page = Watched(context.new_page(), self.stage.url)
        self.watched.append(page)
        return page

    def _session(self, user: User) -> Any:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": self.stage.url}


@pytest.fixture
def visit(chromium: Any, stage: Stage) -> Iterator[Visitor]:
    """
    `visit(Role.OWNER, device="phone", dark=True).open("/")`.

    Afterwards no page may have complained: console, scripts, content security policy, and
    (where `check()` was called) accessibility and width.
    """
    visitor = Visitor(chromium, stage)
    yield visitor
    complaints = [complaint for page in visitor.watched for complaint in page.complaints]
    for page in visitor.watched:
        page.page.context.close()
    assert not complaints, "\n".join(complaints)
