# SPDX-License-Identifier: Apache-2.0
"""One record of a telegram: what is measured (DIF, VIF and their extensions) and the value.

The key of a record is what a meter's mapping goes by, never its position: firmware may insert records.  An
extension that is not a plain power of ten stays in the key as a modifier, so that "duration of the limit
exceeded" can never be taken for the flow it belongs to.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum

from gateway_bridge.drivers.mbus import dates, units, values
from gateway_bridge.drivers.mbus.errors import BrokenRecord
from gateway_bridge.drivers.mbus.units import Unit

MAX_EXTENSIONS = 10
_EXTENDED = 0x80
_PLAIN_TEXT = 0x7C
_MANUFACTURER = 0x7F
_TABLES = {0x7B: units.FB, 0x7D: units.FD}
_INTEGER_SIZES = {1: 1, 2: 2, 3: 3, 4: 4, 6: 6, 7: 8}
_BCD_SIZES = {0x9: 1, 0xA: 2, 0xB: 3, 0xC: 4, 0xE: 6}
_DATE_KEYS = frozenset({"6C", "6D", "FD30", "FD70"})
_DATE_TYPES = {2: dates.type_g, 3: dates.type_j, 4: dates.type_f, 6: dates.type_i}

RecordValue = Decimal | str | date | datetime | time | None


class Function(Enum):
    """What kind of value a record holds."""

    INSTANTANEOUS = "instantaneous"
    MAXIMUM = "maximum"
    MINIMUM = "minimum"
    ERROR = "error"


_FUNCTIONS = (Function.INSTANTANEOUS, Function.MAXIMUM, Function.MINIMUM, Function.ERROR)


@dataclass(frozen=True, slots=True)
class RecordKey:
    """
    What a record is about.

    `vif` is the code in hexadecimal without extension bit ("06", "FD49", "FB00", or "7C:" and the unit's
    plain text); `modifiers` are the further codes that change its meaning ("7e", or "mfr" for what only
    the maker knows).
    """

    function: Function
    storage: int
    tariff: int
    subunit: int
    vif: str
    modifiers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """A value with its key; `value` is None where the meter says that it has none."""

    key: RecordKey
    quantity: str
    unit: str
    value: RecordValue
    raw: bytes


@dataclass(frozen=True, slots=True)
class ManufacturerData:
    """What follows DIF 0F (or 1F: and more telegrams follow), kept as it came."""

    raw: bytes
    more_follow: bool


def read_record(octets: bytes, start: int, *, high_first: bool = False) -> tuple[Record, int]:
    """
    Read the record that begins at `start`; answer it and the position after it.

    :raises BrokenRecord: if the record is cut short or described in a way the standard does not allow.
    """
    try:
        return _read_record(octets, start, high_first=high_first)
    except IndexError:
        raise BrokenRecord("record ends too early", position=len(octets)) from None


def _read_record(octets: bytes, start: int, *, high_first: bool) -> tuple[Record, int]:
    dif = octets[start]
    storage, tariff, subunit, at = _read_dife(octets, start)
    vif, unit, modifiers, power, at = _read_vib(octets, at)
    size, lvar, at = _data_size(octets, at, dif & 0x0F)
    if at + size > len(octets):
        raise BrokenRecord("data of a record end too early", position=at)
    raw = octets[at : at + size]
    key = RecordKey(_FUNCTIONS[(dif >> 4) & 3], storage, tariff, subunit, vif, modifiers)
    value = _value(dif & 0x0F, lvar, raw[::-1] if high_first and lvar is None else raw, key, unit, power)
    return Record(key, unit.quantity, unit.unit, value, raw), at + size


def _read_dife(octets: bytes, at: int) -> tuple[int, int, int, int]:
    """Storage, tariff and subunit from the DIF's bit 6 and up to ten extensions."""
    octet = octets[at]
    storage, tariff, subunit = (octet >> 6) & 1, 0, 0
    at += 1
    count = 0
    while octet & _EXTENDED:
        if count == MAX_EXTENSIONS:
            raise BrokenRecord("more than ten extensions of the data field", position=at)
        octet = octets[at]
        storage |= (octet & 0x0F) << (1 + 4 * count)
        tariff |= ((octet >> 4) & 3) << (2 * count)
        subunit |= ((octet >> 6) & 1) << count
        at += 1
        count += 1
    return storage, tariff, subunit, at


def _read_vib(octets: bytes, at: int) -> tuple[str, Unit, tuple[str, ...], int, int]:
    """Code, unit, modifiers that were not applied, power of ten of those that were, next position."""
    octet = octets[at]
    at += 1
    code = octet & 0x7F
    extended = octet & _EXTENDED
    if extended and code in _TABLES:
        octet = octets[at]
        at += 1
        vif, unit = f"{code | _EXTENDED:02X}{octet & 0x7F:02X}", _TABLES[code][octet & 0x7F]
        extended = octet & _EXTENDED
    elif code == _PLAIN_TEXT:
        length = octets[at]
        text = octets[at + 1 : at + 1 + length]
        if len(text) < length:
            raise BrokenRecord("plain text unit ends too early", position=at)
        at += 1 + length
        name = text[::-1].decode("latin-1")
        vif, unit = f"7C:{name}", Unit(name, "-")
    else:
        vif, unit = f"{code:02X}", units.PRIMARY[code]
    if not extended:
        return vif, unit, (), 0, at
    modifiers, power, at = _read_vife(octets, at, opaque=code == _MANUFACTURER)
    return vif, unit, modifiers, power, at


def _read_vife(octets: bytes, at: int, *, opaque: bool) -> tuple[tuple[str, ...], int, int]:
    """Follow the chain of extensions; after "manufacturer specific" only the maker knows what they mean."""
    modifiers: list[str] = []
    power = count = 0
    more = _EXTENDED
    while more:
        if count == MAX_EXTENSIONS:
            raise BrokenRecord("more than ten extensions of the value field", position=at)
        octet = octets[at]
        at += 1
        count += 1
        code, more = octet & 0x7F, octet & _EXTENDED
        if "mfr" in modifiers:
            continue
        if opaque:
            modifiers.append(f"{code:02x}")
        elif code == _MANUFACTURER:
            modifiers.append("mfr")
        elif 0x70 <= code <= 0x77:
            power += code - 0x76
        elif code == 0x7D:
            power += 3
        else:
            modifiers.append(f"{code:02x}")
    return tuple(modifiers), power, at


def _data_size(octets: bytes, at: int, coding: int) -> tuple[int, int | None, int]:
    """Bytes of data, the length byte of variable data (else None), position of the data."""
    if coding == 0x0D:
        lvar = octets[at]
        return values.variable_size(lvar), lvar, at + 1
    if coding == 0x05:
        return 4, None, at
    return _INTEGER_SIZES.get(coding) or _BCD_SIZES.get(coding) or 0, None, at


def _value(coding: int, lvar: int | None, raw: bytes, key: RecordKey, unit: Unit, power: int) -> RecordValue:
    if lvar is not None:
        content = values.variable_length(lvar, raw)
        if not isinstance(content, int):
            return content
        number: int | None = content
    elif coding in _INTEGER_SIZES:
        if key.vif in _DATE_KEYS and len(raw) in _DATE_TYPES:
            return _DATE_TYPES[len(raw)](raw)
        number = values.signed_integer(raw)
    elif coding in _BCD_SIZES:
        number = values.bcd(raw)
    elif coding == 0x05:
        real = values.real32(raw)
        return None if real is None else _scaled_real(real, unit, power)
    else:
        # No data (0) and selection for readout (8): the record is only announced.
        return None
    if number is None:
        return None
    return values.scaled(number, exponent=unit.exponent + power, factor=unit.factor)


def _scaled_real(real: Decimal, unit: Unit, power: int) -> Decimal:
    sign, digits, exponent = real.as_tuple()
    number = int("".join(map(str, digits))) * (-1 if sign else 1)
    return values.scaled(number, exponent=int(exponent) + unit.exponent + power, factor=unit.factor)
