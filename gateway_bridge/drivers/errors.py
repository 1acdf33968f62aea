# SPDX-License-Identifier: Apache-2.0
"""What can go wrong on a wire, told apart so that a person knows where to look.

Every anticipated refusal is a `WireError`; `kind` is the short name that health records keep.  Anything
else that leaves a driver is a bug.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar


class WireError(Exception):
    """The wire did not give what was asked; no value may be taken from this visit."""

    kind: ClassVar[str] = "wire_error"


class EndpointDown(WireError):
    """No connection to the converter or device: refused, unreachable, closed."""

    kind = "endpoint_down"


class BusSilent(WireError):
    """Connected, but no device of the bus answers."""

    kind = "bus_silent"


class DeviceSilent(WireError):
    """This device did not answer in time; others may."""

    kind = "device_silent"


class DeadlinePassed(WireError):
    """The time given for the whole visit was used up."""

    kind = "deadline_passed"


class WrongIdentity(WireError):
    """Another meter answered than the enrolled one: the whole visit is void."""

    kind = "wrong_identity"

    def __init__(self, *, expected: str, seen: str) -> None:
        super().__init__(f"expected meter {expected}, found {seen}")
        self.expected = expected
        self.seen = seen


class BadFrame(WireError):
    """The bytes are no valid answer to this request: checksum, address, function, length."""

    kind = "bad_frame"


class ModbusException(WireError):
    """The device (or its gateway) refused the request with an exception code."""

    kind = "modbus_exception"
    NAMES: ClassVar[dict[int, str]] = {
        1: "illegal function",
        2: "illegal data address",
        3: "illegal data value",
        4: "device failure",
        5: "acknowledge",
        6: "device busy",
        8: "memory parity error",
        10: "gateway path unavailable",
        11: "gateway target did not respond",
    }

    def __init__(self, code: int) -> None:
        super().__init__(f"exception {code}: {self.NAMES.get(code, 'unknown')}")
        self.code = code

    @property
    def means_silent(self) -> bool:
        """Gateways answer 10 or 11 in the name of a meter that did not."""
        return self.code in (10, 11)


class UnableToDecode(WireError):
    """
    A telegram that cannot be read as a whole; `position` counts bytes from its start.

    A driver that refuses a visit with this leaves the bytes in `telegram` and their instant in `read_at`:
    they are kept, and decoded once the profile or the decoder has been mended.
    """

    kind = "decode_error"

    def __init__(self, reason: str, *, position: int | None = None) -> None:
        super().__init__(reason if position is None else f"{reason} (at byte {position})")
        self.reason = reason
        self.position = position
        self.telegram = b""
        self.read_at: datetime | None = None
