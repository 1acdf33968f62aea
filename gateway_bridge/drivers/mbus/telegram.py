# SPDX-License-Identifier: Apache-2.0
"""A whole telegram: header and records, exact, or one typed refusal.

>>> telegram = decode_telegram(bytes.fromhex("681515680801727856341224400107550000000C1345230100D816"))
>>> telegram.records[0].quantity, telegram.records[0].value
('Volume', Decimal('12.345'))
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway_bridge.drivers.mbus.errors import (
    ApplicationError,
    BrokenFrame,
    EncryptedTelegram,
    UnsupportedTelegram,
)
from gateway_bridge.drivers.mbus.fixed import read_fixed
from gateway_bridge.drivers.mbus.frame import RSP_UD, parse_frame
from gateway_bridge.drivers.mbus.header import (
    LONG_LENGTH,
    NO_HEADER,
    SHORT_LENGTH,
    Header,
    is_encrypted,
    read_long_header,
    read_short_header,
)
from gateway_bridge.drivers.mbus.record import ManufacturerData, Record, read_record

_FILLER = 0x2F
_MANUFACTURER_DATA = 0x0F
_MORE_RECORDS = 0x1F
_GLOBAL_READOUT = 0x7F
_BODY = 7
# Without the access-demand and data-flow bits, which an answer may carry.
_DIRECTION_AND_FUNCTION = 0xCF
_CI_ERROR = 0x70
_CI_LONG = (0x72, 0x76)
_CI_FIXED = (0x73, 0x77)
_CI_NONE = (0x78,)
_CI_SHORT = (0x7A,)


@dataclass(frozen=True, slots=True)
class Telegram:
    """What one answer of a meter said; `items` keeps manufacturer data in their place among the records."""

    address: int
    structure: str
    header: Header
    items: tuple[Record | ManufacturerData, ...]

    @property
    def records(self) -> list[Record]:
        return [item for item in self.items if isinstance(item, Record)]

    @property
    def more_follow(self) -> bool:
        """The meter has further telegrams for this reading (DIF 1F)."""
        return (
            bool(self.items) and isinstance(self.items[-1], ManufacturerData) and self.items[-1].more_follow
        )


def octets_of(text: str) -> bytes:
    """
    The bytes of a telegram written in hexadecimal; blanks are allowed.

    :raises BrokenFrame: if a character is no hexadecimal digit or half a byte is left over.
    """
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise BrokenFrame("not a row of whole bytes in hexadecimal", position=len(text) // 2) from None


def decode_telegram(octets: bytes) -> Telegram:
    """
    Decode one answer (RSP_UD) of a meter that stands by itself.

    :raises UnableToDecode: for everything that is not wholly readable, or holds no record at all; no
        partial result is given, because a record list with a hole looks like a meter without that
        register.
    """
    telegram = decode_part(octets)
    if not telegram.records:
        raise UnsupportedTelegram("the telegram holds manufacturer data only", position=len(octets) - 2)
    return telegram


def decode_part(octets: bytes) -> Telegram:
    """
    Decode one of several telegrams of a reading; a part may consist of manufacturer data alone.

    :raises UnableToDecode: as `decode_telegram`.
    """
    frame = parse_frame(octets)
    if frame.control is None or frame.address is None or frame.ci is None:
        raise UnsupportedTelegram("an acknowledge or short frame holds no readings", position=0)
    if frame.control & _DIRECTION_AND_FUNCTION != RSP_UD:
        raise UnsupportedTelegram(f"control field {frame.control:02X} is not an answer with data", position=4)
    if frame.ci == _CI_ERROR:
        raise ApplicationError(frame.body[0] if frame.body else None)
    if frame.ci in _CI_FIXED:
        header, items = read_fixed(frame.body, high_first=frame.ci == _CI_FIXED[1])
        return Telegram(frame.address, "fixed", header, items)
    header, length = _read_header(frame.ci, frame.body)
    if is_encrypted(header, frame.body[length:]):
        raise EncryptedTelegram("the records are encrypted")
    # The records are read in place, so that a refusal names the byte where a person will look for it.
    items = _read_items(octets[:-2], _BODY + length, high_first=frame.ci == _CI_LONG[1])
    return Telegram(frame.address, "variable", header, items)


def _read_header(ci: int, body: bytes) -> tuple[Header, int]:
    """The header that this control information announces, and its length."""
    if ci in _CI_NONE:
        return NO_HEADER, 0
    if ci not in _CI_LONG and ci not in _CI_SHORT:
        raise UnsupportedTelegram(f"control information {ci:02X} is not supported", position=6)
    length = LONG_LENGTH if ci in _CI_LONG else SHORT_LENGTH
    if len(body) < length:
        raise UnsupportedTelegram("the header is cut short", position=_BODY)
    if ci in _CI_SHORT:
        return read_short_header(body), length
    return read_long_header(body, high_first=ci == _CI_LONG[1]), length


def _read_items(octets: bytes, at: int, *, high_first: bool) -> tuple[Record | ManufacturerData, ...]:
    items: list[Record | ManufacturerData] = []
    while at < len(octets):
        dif = octets[at]
        if dif in (_FILLER, _GLOBAL_READOUT):
            at += 1
        elif dif in (_MANUFACTURER_DATA, _MORE_RECORDS):
            items.append(ManufacturerData(octets[at + 1 :], more_follow=dif == _MORE_RECORDS))
            break
        elif dif & 0x0F == 0x0F:
            raise UnsupportedTelegram(f"reserved data field {dif:02X}", position=at)
        else:
            record, at = read_record(octets, at, high_first=high_first)
            items.append(record)
    return tuple(items)
