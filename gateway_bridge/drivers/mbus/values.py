# SPDX-License-Identifier: Apache-2.0
"""Bytes of one record to an exact number, a text or a date.

No value passes through a binary float on its way, except IEEE 754 numbers themselves.  Those are widened
to 64 bits (exact) and written as the shortest decimal for these, which is what the recordings of the
reference decoder hold.
"""

from __future__ import annotations

import math
import struct
from decimal import Decimal

from gateway_bridge.drivers.mbus.errors import BrokenRecord

# Digits of a BCD byte, or None where a nibble is A…F.
_BCD_PAIRS = [
    f"{octet >> 4}{octet & 15}" if octet >> 4 < 10 and octet & 15 < 10 else None for octet in range(256)
]
_MINUS = 0xF


def signed_integer(octets: bytes) -> int:
    """Two's complement, low byte first."""
    return int.from_bytes(octets, "little", signed=True)


def bcd(octets: bytes) -> int | None:
    """
    Packed decimal digits, low byte first; F as the highest digit is a minus sign.

    Any other nibble above 9 means that the meter has no valid value: None, not a guess.
    """
    sign = 1
    highest = octets[-1]
    if highest >> 4 == _MINUS:
        sign, highest = -1, highest & 0x0F
    digits = [_BCD_PAIRS[highest]]
    digits += [_BCD_PAIRS[octet] for octet in octets[-2::-1]]
    if None in digits:
        return None
    return sign * int("".join(digits))  # type: ignore[arg-type]


def real32(octets: bytes) -> Decimal | None:
    """IEEE 754 binary32, low byte first; NaN and infinities are None."""
    number: float = struct.unpack("<f", octets)[0]
    return Decimal(repr(number)) if math.isfinite(number) else None


def scaled(number: int, *, exponent: int, factor: int = 1) -> Decimal:
    """number × factor × 10^exponent, exact for any number of digits."""
    product = number * factor
    return Decimal(product) if exponent == 0 else Decimal(f"{product}E{exponent}")


def variable_length(lvar: int, octets: bytes) -> str | int | None:
    """
    Data with a length byte in front (DIF 0D): text, BCD of either sign, a number, or plain bytes.

    Text and plain bytes are sent backwards; both are returned in reading order.
    """
    if lvar < 0xC0:
        return octets[::-1].decode("latin-1")
    if lvar < 0xD0:
        return bcd(octets) if octets else None
    if lvar < 0xE0:
        magnitude = bcd(octets) if octets else None
        return None if magnitude is None else -magnitude
    if lvar < 0xF0:
        return signed_integer(octets)
    return octets[::-1].hex(" ").upper()


def variable_size(lvar: int) -> int:
    """How many bytes follow the length byte.

    :raises BrokenRecord: for a reserved length byte.
    """
    if lvar < 0xC0:
        return lvar
    if lvar < 0xF0:
        return lvar & 0x0F
    if lvar <= 0xF4:
        # Binary numbers of 16, 20, 24, 28 and 32 bytes.
        return 4 * (lvar - 0xEC)
    if lvar == 0xF5:
        return 48
    if lvar == 0xF6:
        return 64
    raise BrokenRecord(f"reserved length byte {lvar:02X}")
