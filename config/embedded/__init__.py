# SPDX-License-Identifier: Apache-2.0
"""PostgreSQL and Valkey for a machine that has only Python: from wheels, on unix sockets below var/.

Settings, tests and the demo call `ensure()`; on a terminal it is `python -m config.embedded`. No Django here:
the settings themselves import this package.
"""

from config.embedded.launcher import Services, ensure, running, start, stop
from config.embedded.places import places_of
from config.embedded.problems import UnableToStart

__all__ = ["Services", "UnableToStart", "ensure", "places_of", "running", "start", "stop"]
