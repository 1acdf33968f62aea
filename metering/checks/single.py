# SPDX-License-Identifier: Apache-2.0
"""Checks that look at one register."""

from dataclasses import dataclass

import numpy as np

from metering.checks.base import Finding, Line, Severity, runs
from metering.series.calendar import SLOTS_PER_DAY


@dataclass(frozen=True, slots=True)
class Incomplete:
    """Slots without a value.  A local day has 92, 96 or 100 of them; each must be there once."""

    name: str = "incomplete"
    severity: Severity = "error"

    def find(self, line: Line) -> list[Finding]:
        return [Finding(self.name, self.severity, at, length, length) for at, length in runs(~line.known)]


@dataclass(frozen=True, slots=True)
class Negative:
    """An energy below zero: a register never counts backwards."""

    name: str = "negative"
    severity: Severity = "error"

    def find(self, line: Line) -> list[Finding]:
        below = line.known & (line.values < 0)
        return [
            Finding(self.name, self.severity, at, length, int(line.values[at : at + length].min()))
            for at, length in runs(below)
        ]


@dataclass(frozen=True, slots=True)
class AboveConnection:
    """More than the connection can carry in a slot; silent where its power is unknown."""

    name: str = "above connection"
    severity: Severity = "error"

    def find(self, line: Line) -> list[Finding]:
        if line.most_per_slot is None:
            return []
        return [
            Finding(self.name, self.severity, at, length, int(line.values[at : at + length].max()))
            for at, length in runs(line.known & (line.values > line.most_per_slot))
        ]


@dataclass(frozen=True, slots=True)
class Frozen:
    """The same energy, not zero, for a day: a device repeats itself.  A vacant flat's zeros are fine."""

    name: str = "frozen"
    severity: Severity = "warning"
    slots: int = SLOTS_PER_DAY

    def find(self, line: Line) -> list[Finding]:
        if len(line.values) < 2:
            return []
        same = (np.diff(line.values) == 0) & line.known[1:] & (line.values[1:] != 0)
        return [
            Finding(self.name, self.severity, at, length + 1, int(line.values[at]))
            for at, length in runs(same)
            if length + 1 >= self.slots
        ]


@dataclass(frozen=True, slots=True)
class NeverZero:
    """Water that never stands still for a day: a leak.  For water registers only."""

    name: str = "never zero"
    severity: Severity = "warning"
    slots: int = SLOTS_PER_DAY

    def find(self, line: Line) -> list[Finding]:
        return [
            Finding(
                self.name, self.severity, at, length, int(line.values[at : at + length].sum(dtype=np.int64))
            )
            for at, length in runs(line.known & (line.values > 0))
            if length >= self.slots
        ]


@dataclass(frozen=True, slots=True)
class VacantUse:
    """Energy in a place said to be vacant; `allowed` covers stand-by.  For vacant periods only."""

    name: str = "use while vacant"
    severity: Severity = "notice"
    allowed: int = 0

    def find(self, line: Line) -> list[Finding]:
        used = int(line.values[line.known].sum(dtype=np.int64))
        if used <= self.allowed:
            return []
        return [Finding(self.name, self.severity, 0, len(line.values), used)]
