# SPDX-License-Identifier: Apache-2.0
"""A client that may push, and a register of each side to push to."""

from dataclasses import dataclass

import pytest

from accounts.scope import organization_scope
from metering.models import Register
from tests.api.client import ApiClient
from tests.cast import Cast
from tests.metering.world import make_register


@dataclass(slots=True)
class Desk:
    """What a pushing client has before it: its own register and one of the other organization."""

    cast: Cast
    client: ApiClient
    register: Register
    foreign: Register


@pytest.fixture
def desk(cast: Cast) -> Desk:
    with organization_scope(cast.seeblick.id):
        foreign = make_register(cast.seeblick, "M-77")
    with organization_scope(cast.lindenhof.id):
        register = make_register(cast.lindenhof, "M-1", digits=9)
    return Desk(cast, ApiClient(cast.lindenhof), register, foreign)
