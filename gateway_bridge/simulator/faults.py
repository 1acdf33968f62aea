# SPDX-License-Identifier: Apache-2.0
"""Faults on demand: which device misbehaves, how, and for how long."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from gateway_bridge.simulator.errors import UnableToSimulate

KINDS = {
    "silent": 0.0,
    "slow": 0.3,
    "late": 1.0,
    "drip": 1.0,
    "garbage": 0.0,
    "wrong_identity": 0.0,
    "crc_error": 0.0,
    "short_answer": 0.0,
    "wrong_function": 0.0,
    "wrong_unit": 0.0,
    "exception": 0.0,
    "transaction_zero": 0.0,
    "bad_values": 0.0,
    "down": 0.0,
}
_DEFAULT_CODE = 4


@dataclass(slots=True)
class Fault:
    """One fault; `count` falls with every request it spoils, `until` is on the monotonic clock."""

    kind: str
    seconds: float = 0.0
    code: int = _DEFAULT_CODE
    serial: str | None = None
    count: int | None = None
    until: float | None = None

    @property
    def is_over(self) -> bool:
        return self.count == 0 or (self.until is not None and time.monotonic() > self.until)


def read_fault(content: Any, place: str) -> Fault:
    """
    A fault from JSON.

    :raises UnableToSimulate: if its kind is unknown or a parameter is of the wrong type.
    """
    if not isinstance(content, dict) or content.get("kind") not in KINDS:
        raise UnableToSimulate(f"{place}: kind must be one of {', '.join(KINDS)}")
    unknown = set(content) - {"kind", "seconds", "code", "serial", "count", "for_seconds"}
    if unknown:
        raise UnableToSimulate(f"{place}: unknown key {min(unknown)!r}")
    kind = content["kind"]
    try:
        count = content.get("count")
        duration = content.get("for_seconds")
        return Fault(
            kind=kind,
            seconds=float(content.get("seconds", KINDS[kind])),
            code=int(content.get("code", _DEFAULT_CODE)),
            serial=content.get("serial"),
            count=None if count is None else int(count),
            until=None if duration is None else time.monotonic() + float(duration),
        )
    except (TypeError, ValueError) as refusal:
        raise UnableToSimulate(f"{place}: {refusal}") from refusal


@dataclass(slots=True)
class FaultBoard:
    """The faults of one bus and its devices; the key None is the bus."""

    _faults: dict[str | None, list[Fault]] = field(default_factory=dict)

    def add(self, device: str | None, fault: Fault) -> None:
        self._faults.setdefault(device, []).append(fault)

    def clear(self, device: str | None = None, *, everything: bool = False) -> None:
        if everything:
            self._faults.clear()
        else:
            self._faults.pop(device, None)

    def standing(self, device: str | None) -> Fault | None:
        """The newest fault that still holds for a device (or else its bus), without using it up."""
        for key in (device, None):
            faults = [fault for fault in self._faults.get(key, []) if not fault.is_over]
            self._faults[key] = faults
            if faults:
                return faults[-1]
        return None

    def take(self, device: str | None) -> Fault | None:
        """As `standing`, and one request less is left of it."""
        fault = self.standing(device)
        if fault is not None and fault.count is not None:
            fault.count -= 1
        return fault
