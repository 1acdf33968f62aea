# SPDX-License-Identifier: Apache-2.0
"""The fixed part at the head of a telegram: which meter speaks, and how it is.

Long header (CI 72, 76): identification, manufacturer, version, medium, access number, status,
configuration word.  Short header (CI 7A): the last three only.  The second of each pair of CI codes sends
high bytes first.
"""

from __future__ import annotations

from dataclasses import dataclass

MEDIA = {
    0x00: "Other",
    0x01: "Oil",
    0x02: "Electricity",
    0x03: "Gas",
    0x04: "Heat: Outlet",
    0x05: "Steam",
    0x06: "Warm water (30-90°C)",
    0x07: "Water",
    0x08: "Heat Cost Allocator",
    0x09: "Compressed Air",
    0x0A: "Cooling load meter: Outlet",
    0x0B: "Cooling load meter: Inlet",
    0x0C: "Heat: Inlet",
    0x0D: "Heat / Cooling load meter",
    0x0E: "Bus/System",
    0x0F: "Unknown Medium",
    0x10: "Irrigation Water",
    0x11: "Water Logger",
    0x12: "Gas Logger",
    0x13: "Gas Converter",
    0x14: "Calorific value",
    0x15: "Hot water (>90°C)",
    0x16: "Cold water",
    0x17: "Dual water",
    0x18: "Pressure",
    0x19: "A/D Converter",
    0x1A: "Smoke Detector",
    0x1B: "Ambient Sensor",
    0x1C: "Gas Detector",
    0x20: "Breaker: Electricity",
    0x21: "Valve: Gas or Water",
    0x25: "Customer Unit: Display Device",
    0x28: "Waste Water",
    0x29: "Garbage",
    0x30: "Service Unit",
    0x36: "Radio Converter: System",
    0x37: "Radio Converter: Meter",
}

LONG_LENGTH = 12
SHORT_LENGTH = 4
_MODES_WITH_ENCRYPTION = frozenset({5, 7, 8, 9, 10, 13})
_FILLED = b"\x2f\x2f"


@dataclass(frozen=True, slots=True)
class Header:
    """Who speaks.  Fields that a short or missing header does not tell are None."""

    identification: str | None
    manufacturer: str | None
    version: int | None
    medium: int | None
    access: int | None
    status: int | None
    signature: int | None

    @property
    def medium_name(self) -> str | None:
        return None if self.medium is None else MEDIA.get(self.medium, f"Unknown (0x{self.medium:02x})")

    @property
    def application_busy(self) -> bool:
        return self.status is not None and self.status & 0x03 == 1

    @property
    def application_error(self) -> bool:
        return self.status is not None and self.status & 0x03 == 2

    @property
    def low_power(self) -> bool:
        return bool((self.status or 0) & 0x04)

    @property
    def permanent_error(self) -> bool:
        return bool((self.status or 0) & 0x08)

    @property
    def temporary_error(self) -> bool:
        return bool((self.status or 0) & 0x10)


NO_HEADER = Header(None, None, None, None, None, None, None)


def read_long_header(octets: bytes, *, high_first: bool) -> Header:
    """Read the twelve bytes that follow CI 72 (low byte first) or 76 (high byte first)."""
    order = -1 if high_first else 1
    identification = octets[0:4][::-order].hex().upper()
    # Manufacturer and configuration word are 16 bit numbers in the telegram's byte order.
    manufacturer = int.from_bytes(octets[4:6][::order], "little")
    signature = int.from_bytes(octets[10:12][::order], "little")
    return Header(
        identification,
        manufacturer_letters(manufacturer),
        octets[6],
        octets[7],
        octets[8],
        octets[9],
        signature,
    )


def read_short_header(octets: bytes) -> Header:
    """Read the four bytes that follow CI 7A."""
    signature = int.from_bytes(octets[2:4], "little")
    return Header(None, None, None, None, octets[0], octets[1], signature)


def manufacturer_letters(code: int) -> str:
    """Three letters out of a 15 bit number, five bits each (EN 62056-21: FLAG)."""
    return "".join(chr(((code >> shift) & 0x1F) + 0x40) for shift in (10, 5, 0))


def manufacturer_code(letters: str) -> int:
    """The number for three letters; the reverse of `manufacturer_letters`."""
    code = 0
    for letter in letters:
        code = (code << 5) | ((ord(letter) - 0x40) & 0x1F)
    return code


def is_encrypted(header: Header, body: bytes) -> bool:
    """
    Say whether the records after the header are cipher text.

    Legacy meters put a check sum where newer ones have the configuration word, so the word alone proves
    nothing: the mode must exist, the number of 16 byte blocks must fit, and the text must not begin with
    the two fillers that stand at the head of every decrypted telegram.
    """
    word = header.signature or 0
    if (word >> 8) & 0x1F not in _MODES_WITH_ENCRYPTION:
        return False
    blocks = (word >> 4) & 0x0F
    return 0 < blocks * 16 <= len(body) and not body.startswith(_FILLED)
