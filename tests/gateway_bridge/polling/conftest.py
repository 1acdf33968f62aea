# SPDX-License-Identifier: Apache-2.0
"""Houses for the tests of the polling."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from accounts.scope import organization_scope
from tests.cast import Cast
from tests.gateway_bridge.polling.house import BUSES, House, simulated


@pytest.fixture(autouse=True)
def _demo_like(settings: Settings, tmp_path: Path) -> None:
    """The simulator is on this machine, and its clock is everybody's."""
    settings.GATEWAY_LOOPBACK_ALLOWED = True
    settings.CLOCK_FILE = str(tmp_path / "clock.json")


@pytest.fixture
def house(cast: Cast, tmp_path: Path) -> Iterator[House]:
    """Three buses, four devices; everything in one transaction that is rolled back."""
    with simulated(tmp_path, cast.lindenhof, BUSES) as running, organization_scope(cast.lindenhof.id):
        running.connect(BUSES)
        yield running


@pytest.fixture
def committed_house(committed_cast: Cast, tmp_path: Path) -> Iterator[House]:
    """The same with real commits, for tests with threads and processes."""
    with simulated(tmp_path, committed_cast.lindenhof, BUSES) as running:
        with organization_scope(committed_cast.lindenhof.id):
            running.connect(BUSES)
        yield running
