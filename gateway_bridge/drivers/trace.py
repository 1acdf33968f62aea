# SPDX-License-Identifier: Apache-2.0
"""The last frames of an endpoint, for people who ask why a meter does not answer."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

CAPACITY = 200


@dataclass(frozen=True, slots=True)
class TraceEntry:
    """`seconds` since the link was made; `direction` is ">" sent, "<" received, "!" an event with a note."""

    seconds: float
    direction: str
    octets: bytes
    note: str

    def __str__(self) -> str:
        return f"{self.seconds:9.3f} {self.direction} {self.octets.hex(' ')}{self.note}"


class Trace:
    """A ring of the last 200 entries; older ones fall out."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._entries: deque[TraceEntry] = deque(maxlen=capacity)

    def add(self, seconds: float, direction: str, octets: bytes = b"", note: str = "") -> None:
        self._entries.append(TraceEntry(seconds, direction, octets, note))

    def __iter__(self) -> Iterator[TraceEntry]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def lines(self) -> list[str]:
        return [str(entry) for entry in self._entries]
