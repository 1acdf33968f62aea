# SPDX-License-Identifier: Apache-2.0
"""The telegrams a master sends, and those a meter would answer with (for the simulator and tests)."""

from __future__ import annotations

from gateway_bridge.drivers.mbus.frame import (
    ADDRESS_SELECTED,
    CI_SELECT,
    FCB,
    REQ_UD2,
    RSP_UD,
    SND_NKE,
    SND_UD,
    long_frame,
    short_frame,
)
from gateway_bridge.drivers.mbus.header import Header, manufacturer_code
from gateway_bridge.drivers.mbus.record import Function, RecordKey

_FUNCTION_CODES = {Function.INSTANTANEOUS: 0, Function.MAXIMUM: 1, Function.MINIMUM: 2, Function.ERROR: 3}
_INTEGER_CODINGS = ((4, 0x4), (8, 0x7))
_BCD_CODINGS = ((8, 0xC), (12, 0xE))
_MORE = 0x80


def reset(address: int) -> bytes:
    """SND_NKE: link reset; to the address FD it also deselects."""
    return short_frame(control=SND_NKE, address=address)


def request(address: int, *, fcb: bool) -> bytes:
    """REQ_UD2 with the frame count bit that was agreed."""
    return short_frame(control=REQ_UD2 | (FCB if fcb else 0), address=address)


def select(
    identification: str,
    *,
    manufacturer: str | None = None,
    version: int | None = None,
    medium: int | None = None,
) -> bytes:
    """
    SND_UD that selects by secondary address; F in the identification and None elsewhere stand for anything.

    >>> select("04990254").hex(" ")
    '68 0b 0b 68 53 fd 52 54 02 99 04 ff ff ff ff 91 16'
    """
    assert len(identification) == 8
    maker = 0xFFFF if manufacturer is None else manufacturer_code(manufacturer)
    body = bytes.fromhex(identification)[::-1] + maker.to_bytes(2, "little")
    body += bytes((0xFF if version is None else version, 0xFF if medium is None else medium))
    return long_frame(control=SND_UD, address=ADDRESS_SELECTED, ci=CI_SELECT, body=body)


def answer(*, address: int, header: Header, records: bytes, more_follow: bool = False) -> bytes:
    """RSP_UD with a long header; `more_follow` closes it with DIF 1F."""
    return long_frame(
        control=RSP_UD,
        address=address,
        ci=0x72,
        body=header_octets(header) + records + (b"\x1f" if more_follow else b""),
    )


def header_octets(header: Header) -> bytes:
    """The twelve bytes of a long header, low byte first."""
    assert header.identification is not None and header.manufacturer is not None
    return (
        bytes.fromhex(header.identification)[::-1]
        + manufacturer_code(header.manufacturer).to_bytes(2, "little")
        + bytes((header.version or 0, header.medium or 0, header.access or 0, header.status or 0))
        + (header.signature or 0).to_bytes(2, "little")
    )


def record_octets(key: RecordKey, number: int | None, *, bcd: bool = False) -> bytes:
    """
    One record; the number is in the unit and power of ten of the key's VIF.

    None becomes a BCD field of invalid digits, which is how meters say that they have no value.
    """
    octets, coding = _data(number, bcd=bcd)
    return _dib(key, coding) + _vib(key) + octets


def _data(number: int | None, *, bcd: bool) -> tuple[bytes, int]:
    if number is None:
        return b"\xee" * 4, 0xC
    if not bcd:
        for size, coding in _INTEGER_CODINGS:
            if -(1 << (8 * size - 1)) <= number < 1 << (8 * size - 1):
                return number.to_bytes(size, "little", signed=True), coding
        raise OverflowError(f"{number} does not fit into 64 bits")
    for digits, coding in _BCD_CODINGS:
        # A negative number gives its highest digit to the sign.
        if abs(number) < 10 ** (digits - (number < 0)):
            text = f"{abs(number):0{digits}d}"
            return bytes.fromhex("f" + text[1:] if number < 0 else text)[::-1], coding
    raise OverflowError(f"{number} does not fit into 12 digits")


def _dib(key: RecordKey, coding: int) -> bytes:
    storage, tariff, subunit = key.storage >> 1, key.tariff, key.subunit
    octets = [coding | _FUNCTION_CODES[key.function] << 4 | (key.storage & 1) << 6]
    while storage or tariff or subunit:
        octets[-1] |= _MORE
        octets.append((storage & 0x0F) | (tariff & 3) << 4 | (subunit & 1) << 6)
        storage, tariff, subunit = storage >> 4, tariff >> 2, subunit >> 1
    return bytes(octets)


def _vib(key: RecordKey) -> bytes:
    octets = list(bytes.fromhex(key.vif))
    octets += [0x7F if code == "mfr" else int(code, 16) for code in key.modifiers]
    return bytes([octet | _MORE for octet in octets[:-1]] + octets[-1:])
