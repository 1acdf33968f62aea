# SPDX-License-Identifier: Apache-2.0
"""A pytest plug-in that keeps, or leaves out, the tests that use a database.

`python -m pytest -p scripts.database_tests --database only` runs the tests of which a second PostgreSQL may
change the outcome; `--database none` runs those that need no server at all, which are the quick ones.
"""

import pytest

FIXTURES = {"db", "transactional_db", "django_db_setup", "committed_db", "live_server"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database", choices=["all", "only", "none"], default="all", help="by use of a database"
    )


def uses_database(item: pytest.Item) -> bool:
    fixtures = set(getattr(item, "fixturenames", ()))
    return bool(fixtures & FIXTURES) or item.get_closest_marker("django_db") is not None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    choice = config.getoption("--database")
    if choice == "all":
        return
    kept = [item for item in items if uses_database(item) == (choice == "only")]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept
