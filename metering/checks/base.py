# SPDX-License-Identifier: Apache-2.0
"""What every check shares: the line it looks at and the finding it returns."""

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from metering.series.vectors import MISSING, Values

Severity = Literal["notice", "warning", "error"]


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """
    One register's energies in order of time, int32 [slots], with what is known about its connection.

    `most_per_slot` is the most the connection carries in a slot; None where unknown.
    """

    values: Values
    most_per_slot: int | None = None

    @property
    def known(self) -> NDArray[np.bool_]:
        return np.asarray(self.values != MISSING)


@dataclass(frozen=True, slots=True)
class Finding:
    """
    One run of slots a person should look at: [first, first + slots).  `measure` is the number that made
    the check speak (an energy, a length, a difference), in the check's own unit.
    """

    check: str
    severity: Severity
    first: int
    slots: int
    measure: int


class Check(Protocol):
    """A rule with a stable name; `find` returns the runs of slots that break it, in order of time."""

    @property
    def name(self) -> str: ...

    @property
    def severity(self) -> Severity: ...

    def find(self, line: Line) -> list[Finding]: ...


def runs(broken: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """
    The runs of True as (first, length).

    >>> runs(np.array([False, True, True, False, True]))
    [(1, 2), (4, 1)]
    """
    padded = np.concatenate(([False], broken, [False]))
    edges = np.flatnonzero(padded[1:] != padded[:-1])
    return [(int(a), int(b - a)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
