# SPDX-License-Identifier: Apache-2.0
"""The fixed structure (CI 73, 77) of old meters: two counters of eight digits.

Identification (4), access number, status, two bytes with medium and units, counter 1 (4), counter 2 (4).
The status says whether the counters are binary or BCD and whether they are actual values or those of a
fixed date.
"""

from __future__ import annotations

from gateway_bridge.drivers.mbus import values
from gateway_bridge.drivers.mbus.errors import UnsupportedTelegram
from gateway_bridge.drivers.mbus.header import Header
from gateway_bridge.drivers.mbus.record import Function, ManufacturerData, Record, RecordKey
from gateway_bridge.drivers.mbus.units import Unit

_LENGTH = 16
# Bits 0 and 1 as in EN 1434-3; libmbus and its descendants look at bits 7 and 6, which belong to the
# manufacturer.
_STATUS_BINARY = 0x01
_STATUS_STORED = 0x02
_SAME_AS_FIRST = 0x3E

# The four bits of the fixed structure to the media of the variable one; "mode 2" media are the same water
# or gas.
_MEDIA = dict(enumerate(range(9))) | {10: 0x03, 11: 0x04, 12: 0x06, 13: 0x07, 14: 0x08}
_ROWS = (
    (0x02, 0x0A, "Energy", "Wh", 0),
    (0x0B, 0x13, "Energy", "J", 3),
    (0x14, 0x1C, "Power", "W", 0),
    (0x1D, 0x25, "Power", "J/h", 3),
    (0x26, 0x2E, "Volume", "m^3", -6),
    (0x2F, 0x37, "Volume flow", "m^3/h", -6),
    (0x38, 0x38, "Temperature", "°C", -3),
)
_UNITS = {
    first + step: Unit(quantity, unit, exponent + step)
    for first, last, quantity, unit, exponent in _ROWS
    for step in range(last - first + 1)
} | {0x39: Unit("H.C.A.", "Units for H.C.A."), 0x3F: Unit("Manufacturer specific", "")}


def read_fixed(body: bytes, *, high_first: bool) -> tuple[Header, tuple[Record | ManufacturerData, ...]]:
    """
    Read header and the two counters.

    :raises UnsupportedTelegram: if the telegram is not exactly as long as the structure.
    """
    if len(body) != _LENGTH:
        raise UnsupportedTelegram(f"fixed structure of {len(body)} bytes, expected {_LENGTH}", position=7)
    order = -1 if high_first else 1
    status = body[5]
    codes = (body[6] & 0x3F, body[7] & 0x3F)
    medium = ((body[6] >> 6) & 0x03) | ((body[7] >> 4) & 0x0C)
    header = Header(body[0:4][::-order].hex().upper(), None, None, _MEDIA.get(medium), body[4], status, None)
    historic = codes[1] == _SAME_AS_FIRST
    counters = (
        (codes[0], 0, body[8:12][::order]),
        (codes[0] if historic else codes[1], int(historic), body[12:16][::order]),
    )
    records = tuple(
        _counter(octets, code, storage, position, status)
        for position, (code, storage, octets) in enumerate(counters)
    )
    return header, records


def _counter(octets: bytes, code: int, storage: int, position: int, status: int) -> Record:
    unit = _UNITS.get(code, Unit("Reserved", ""))
    number = values.signed_integer(octets) if status & _STATUS_BINARY else values.bcd(octets)
    stored = 1 if status & _STATUS_STORED else storage
    # Unit codes of this structure are not VIFs; the second counter is told apart by its subunit.
    key = RecordKey(Function.INSTANTANEOUS, stored, 0, position, f"fixed:{code:02X}")
    value = None if number is None else values.scaled(number, exponent=unit.exponent)
    return Record(key, unit.quantity, unit.unit, value, octets)
