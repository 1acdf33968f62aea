# SPDX-License-Identifier: Apache-2.0
"""Houses for the tests of the polling."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from accounts.scope import organization_scope
from gateway_bridge.simulator.process import SimulatorProcess
from tests.cast import Cast
from tests.gateway_bridge.polling.house import BUSES, House
from tests.gateway_bridge.worlds import make_world


@pytest.fixture(scope="session")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[SimulatorProcess, Path]]:
    """One simulator for all tests, and the file with its clock, which is everybody's."""
    folder = tmp_path_factory.mktemp("house")
    with SimulatorProcess(make_world(folder, *BUSES)) as process:
        yield process, folder / "clock.json"


@pytest.fixture(autouse=True)
def _demo_like(settings: Settings, simulator: tuple[SimulatorProcess, Path]) -> None:
    """The simulator is on this machine."""
    settings.GATEWAY_LOOPBACK_ALLOWED = True
    settings.CLOCK_FILE = str(simulator[1])


@pytest.fixture
def house(cast: Cast, simulator: tuple[SimulatorProcess, Path]) -> Iterator[House]:
    """
    Three buses, six devices, everything in one transaction that is rolled back.

    A device has 0.25 s to answer; after an error there is silence for 0.4 s.
    """
    running = House(*simulator, cast.lindenhof)
    running.reset()
    with organization_scope(cast.lindenhof.id):
        running.connect(BUSES, answer_ms=250, settle_ms=400)
        yield running


@pytest.fixture
def committed_house(committed_cast: Cast, simulator: tuple[SimulatorProcess, Path]) -> House:
    """The same with real commits, for tests with threads and processes."""
    running = House(*simulator, committed_cast.lindenhof)
    running.reset()
    with organization_scope(committed_cast.lindenhof.id):
        running.connect(BUSES, answer_ms=250, settle_ms=400)
    return running
