# SPDX-License-Identifier: Apache-2.0
"""Checks that hold two sources of the same energy against each other."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from metering.checks.base import Finding, Severity, runs

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ChannelSum:
    """
    Per slot: total = grid + community, as a network operator delivers them.

    `tolerance` is in the channels' unit: a supplier that rounds each channel on its own is off by one.
    The rows are imported all the same; the finding is a warning.
    """

    name: str = "channel sum"
    severity: Severity = "warning"
    tolerance: int = 1

    def find(self, *, total: Ints, grid: Ints, community: Ints) -> list[Finding]:
        off = total - grid - community
        return [
            Finding(self.name, self.severity, at, length, int(np.abs(off[at : at + length]).max()))
            for at, length in runs(np.abs(off) > self.tolerance)
        ]


@dataclass(frozen=True, slots=True)
class RegisterAgainstSlots:
    """The difference of two indexes and the sum of the slots between them: equal to the last unit."""

    name: str = "register against slots"
    severity: Severity = "error"

    def find(self, *, first_index: int, last_index: int, values: NDArray[np.integer]) -> list[Finding]:
        off = int(values.sum(dtype=np.int64)) - (last_index - first_index)
        return [Finding(self.name, self.severity, 0, len(values), off)] if off else []


@dataclass(frozen=True, slots=True)
class BalanceOfTree:
    """
    A parent meter and the sum of its children over a period: theft, wiring, a child missing in the tree.

    Beyond `warn` (a part of the parent's energy) it is a warning, beyond `block` an error.
    """

    name: str = "balance of tree"
    warn: Fraction = Fraction(5, 1000)
    block: Fraction = Fraction(20, 1000)

    def find(self, *, parent: int, children: int, slots: int) -> list[Finding]:
        off = parent - children
        if abs(off) <= self.warn * abs(parent):
            return []
        severity: Severity = "error" if abs(off) > self.block * abs(parent) else "warning"
        return [Finding(self.name, severity, 0, slots, off)]
