# SPDX-License-Identifier: Apache-2.0
"""The ways in which an M-Bus telegram is refused; all of them are `UnableToDecode`."""

from __future__ import annotations

from gateway_bridge.drivers.errors import UnableToDecode


class BrokenFrame(UnableToDecode):
    """Start, length, checksum or stop byte of the link layer do not fit."""


class UnsupportedTelegram(UnableToDecode):
    """A valid frame whose control information says it holds no readings we know."""


class ApplicationError(UnableToDecode):
    """The meter answered with an application error (CI 70)."""

    NAMES = (
        "unspecified",
        "unimplemented CI field",
        "buffer too long",
        "too many records",
        "premature end of record",
        "more than 10 DIFEs",
        "more than 10 VIFEs",
        "reserved",
        "busy",
        "too many readouts",
    )

    def __init__(self, code: int | None) -> None:
        name = self.NAMES[code] if code is not None and code < len(self.NAMES) else "unknown"
        super().__init__(f"application error: {name}")
        self.code = code


class BrokenRecord(UnableToDecode):
    """A record ends before its data does, or its description is not allowed."""


class EncryptedTelegram(UnableToDecode):
    """The records are encrypted; without the key there is nothing to read."""
