# SPDX-License-Identifier: Apache-2.0
"""Why the simulator does not start or does not do what it was told."""

from __future__ import annotations


class UnableToSimulate(Exception):
    """A world file or a control command that makes no sense; the message names the place."""
