# SPDX-License-Identifier: Apache-2.0
"""A simulated meter's values as register words."""

from __future__ import annotations

import struct
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from gateway_bridge.drivers.measure import BASE_UNITS
from gateway_bridge.drivers.profile import IdentityCheck, Quantity, Registers
from gateway_bridge.simulator.meter import Meter

# Unused registers in small gaps read as 0, as in most meters; farther away they do not exist.
_GAP = 16


def read_words(
    meter: Meter, *, fc: int, address: int, count: int, at: datetime, serial: str, bad_values: bool = False
) -> list[int] | None:
    """The words of a block; None where the meter has no such registers (exception 2)."""
    words: dict[int, int] = {}
    for quantity in meter.spec.profile.quantities:
        source = quantity.source
        assert isinstance(source, Registers)
        if source.fc == fc and source.address < address + count and source.end > address:
            content = _sentinel(source) if bad_values else quantity_words(meter, quantity, at)
            words |= dict(zip(range(source.address, source.end), content, strict=True))
    words |= _identity_words(meter, fc=fc, serial=serial, at=at)
    missing = [here for here in range(address, address + count) if here not in words]
    if missing and (meter.spec.strict or not _is_gap(meter, fc, missing)):
        return None
    return [words.get(here, 0) for here in range(address, address + count)]


def quantity_words(meter: Meter, quantity: Quantity, at: datetime) -> list[int]:
    """The words of one quantity, cut to the resolution of its registers."""
    source = quantity.source
    assert isinstance(source, Registers)
    value = Fraction(meter.value(quantity, at)) / BASE_UNITS[quantity.unit][1] / Fraction(source.scale)
    return number_words(value, source)


def number_words(value: Fraction, source: Registers) -> list[int]:
    """Encode a number of the registers' own scale; integers are rounded down."""
    if source.kind == "f32":
        octets = struct.pack(">f", float(value))
    elif source.kind == "f64":
        octets = struct.pack(">d", float(value))
    elif source.kind in ("t5", "t6"):
        octets = _exponent_format(value)
    else:
        size = 2 * source.words
        octets = (value.__floor__() % (1 << (8 * size))).to_bytes(size, "big")
    return _ordered(octets, source)


def _exponent_format(value: Fraction) -> bytes:
    exponent = 0
    while value.denominator != 1 and exponent > -5 and abs(value) < 1 << 19:
        value, exponent = value * 10, exponent - 1
    return (exponent & 0xFF).to_bytes(1, "big") + (int(value) & 0xFFFFFF).to_bytes(3, "big")


def _ordered(octets: bytes, source: Registers) -> list[int]:
    words = [int.from_bytes(octets[at : at + 2], "big") for at in range(0, len(octets), 2)]
    return words if source.word_order == "big" else words[::-1]


def _sentinel(source: Registers) -> list[int]:
    """What this meter sends for "no value": the profile's own pattern, else not-a-number or all ones."""
    size = 2 * source.words
    if source.invalid:
        octets = min(source.invalid).to_bytes(size, "big")
    elif source.kind == "f32":
        octets = bytes.fromhex("7fc00000")
    else:
        octets = b"\xff" * size
    return _ordered(octets, source)


def _identity_words(meter: Meter, *, fc: int, serial: str, at: datetime) -> dict[int, int]:
    check = meter.spec.profile.identity
    if not isinstance(check, IdentityCheck) or check.registers.fc != fc:
        return {}
    source = check.registers
    if check.kind == "range":
        content = number_words(Fraction(Decimal("50.01")) / Fraction(source.scale), source)
    elif source.kind == "str":
        text = serial if check.kind == "serial" else check.expected[0]
        octets = text.encode("latin-1").ljust(2 * source.words, b"\0")[: 2 * source.words]
        content = _ordered(octets, source)
    else:
        content = number_words(Fraction(int(serial)), source)
    return dict(zip(range(source.address, source.end), content, strict=True))


def _is_gap(meter: Meter, fc: int, missing: list[int]) -> bool:
    """Whether every missing address lies close to registers on both sides."""
    used = [
        q.source
        for q in meter.spec.profile.quantities
        if isinstance(q.source, Registers) and q.source.fc == fc
    ]
    for here in missing:
        before = max((source.end for source in used if source.end <= here), default=-1000)
        after = min((source.address for source in used if source.address > here), default=1 << 20)
        if after - before > _GAP:
            return False
    return True
