# SPDX-License-Identifier: Apache-2.0
"""The M-Bus link layer (EN 13757-2): frames in, frames out.

    E5                                   acknowledge
    10 C A CS 16                         short frame
    68 L L 68 C A CI data… CS 16         long frame; L counts C, A, CI and the data

Length and checksum are verified before anything is looked at.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway_bridge.drivers.mbus.errors import BrokenFrame

ACK = 0xE5
SHORT_START = 0x10
LONG_START = 0x68
STOP = 0x16

SND_NKE = 0x40
REQ_UD2 = 0x5B
SND_UD = 0x53
FCB = 0x20
RSP_UD = 0x08

CI_SELECT = 0x52
ADDRESS_SELECTED = 0xFD
ADDRESS_TEST = 0xFE


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of the link layer; an acknowledge has no fields, a short frame no CI and no data."""

    control: int | None
    address: int | None
    ci: int | None
    body: bytes

    @property
    def is_ack(self) -> bool:
        return self.control is None


def parse_frame(octets: bytes) -> Frame:
    """
    Read exactly one frame.

    :raises BrokenFrame: if start, length, checksum or stop byte are wrong, or bytes are missing or left over.
    """
    if not octets:
        raise BrokenFrame("empty telegram", position=0)
    if octets[0] == ACK and len(octets) == 1:
        return Frame(None, None, None, b"")
    if octets[0] == SHORT_START:
        return _parse_short(octets)
    if octets[0] == LONG_START:
        return _parse_long(octets)
    raise BrokenFrame(f"unknown start byte {octets[0]:02X}", position=0)


def _parse_short(octets: bytes) -> Frame:
    if len(octets) != 5:
        raise BrokenFrame(f"short frame of {len(octets)} bytes", position=len(octets))
    _verify(octets, first=1)
    return Frame(octets[1], octets[2], None, b"")


def _parse_long(octets: bytes) -> Frame:
    if len(octets) < 9:
        raise BrokenFrame(f"long frame of {len(octets)} bytes", position=len(octets))
    length = octets[1]
    if octets[2] != length or octets[3] != LONG_START:
        raise BrokenFrame("the two length bytes or start bytes differ", position=1)
    if length < 3 or len(octets) != length + 6:
        raise BrokenFrame(f"length says {length + 6} bytes, there are {len(octets)}", position=1)
    _verify(octets, first=4)
    return Frame(octets[4], octets[5], octets[6], octets[7:-2])


def _verify(octets: bytes, *, first: int) -> None:
    expected = checksum(octets[first:-2])
    if octets[-2] != expected:
        raise BrokenFrame(f"checksum {octets[-2]:02X}, expected {expected:02X}", position=len(octets) - 2)
    if octets[-1] != STOP:
        raise BrokenFrame(f"stop byte {octets[-1]:02X}", position=len(octets) - 1)


def checksum(octets: bytes) -> int:
    """The arithmetic sum of the bytes, lowest eight bits."""
    return sum(octets) & 0xFF


def short_frame(*, control: int, address: int) -> bytes:
    """A frame without data, such as SND_NKE (40) and REQ_UD2 (5B, 7B)."""
    return bytes((SHORT_START, control, address, (control + address) & 0xFF, STOP))


def long_frame(*, control: int, address: int, ci: int, body: bytes) -> bytes:
    """A frame with data; the body may have 252 bytes at most."""
    inner = bytes((control, address, ci)) + body
    assert len(inner) <= 0xFF
    return bytes((LONG_START, len(inner), len(inner), LONG_START)) + inner + bytes((checksum(inner), STOP))


def expected_length(octets: bytes) -> int | None:
    """How many bytes the frame that begins so will have; None if more are needed to tell.

    :raises BrokenFrame: if no frame begins like this.
    """
    if not octets:
        return None
    if octets[0] == ACK:
        return 1
    if octets[0] == SHORT_START:
        return 5
    if octets[0] != LONG_START:
        raise BrokenFrame(f"unknown start byte {octets[0]:02X}", position=0)
    if len(octets) < 4:
        return None
    if octets[1] != octets[2] or octets[3] != LONG_START or octets[1] < 3:
        raise BrokenFrame("the two length bytes or start bytes differ", position=1)
    return octets[1] + 6
