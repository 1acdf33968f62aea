# SPDX-License-Identifier: Apache-2.0
"""What every test stands on: the runtime role's database, two organizations, no network."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connections
from django.utils import translation

from tests import database
from tests.cast import Cast, build_cast


@pytest.fixture(autouse=True)
def in_english(settings: Any) -> Iterator[None]:
    """Tests read the English of the code, whether or not translations are compiled."""
    settings.LANGUAGE_CODE = "en"
    with translation.override("en"):
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: Any, request: pytest.FixtureRequest) -> None:
    """Replaces pytest-django's: the database is made by the owner and used by the runtime role."""
    # Slow hashing protects people, not the cast: sixteen people a test.
    django_settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with django_db_blocker.unblock():
        database.prepare(anew=request.config.getoption("create_db", False))
        database.empty()


@pytest.fixture
def committed_db(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """For tests with real commits (threads, workers, live server); emptied by the owner afterwards."""
    with django_db_blocker.unblock():
        yield
        for connection in connections.all():
            connection.close()
        database.empty()


@pytest.fixture
def cast(db: None) -> Cast:
    """Lindenhof and Seeblick: two organizations with the same people, names apart."""
    return build_cast()


@pytest.fixture
def committed_cast(committed_db: None) -> Cast:
    return build_cast()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last: Playwright keeps an event loop running, beside which no other can start."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
