# SPDX-License-Identifier: Apache-2.0
"""What came of one item of a file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

Item = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`state` is "ok", "FAIL" or "not yet"; `detail` says expected and got."""

    state: str
    name: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.state} {self.name} {self.detail}".rstrip()


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as expected."""

    what: str
    expected: object
    got: object

    def __str__(self) -> str:
        return f"{self.what} expected {self.expected} got {self.got}"


def judged(name: str, differences: Iterable[Difference]) -> Verdict:
    """ok if nothing differs, else FAIL with everything that does."""
    listed = [str(difference) for difference in differences]
    return Verdict("FAIL", name, "; ".join(listed)) if listed else Verdict("ok", name)
