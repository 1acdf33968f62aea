# SPDX-License-Identifier: Apache-2.0
"""How the telegrams of one visit are kept: as they were on the wire, to be decoded again at any time.

Modbus answers do not say what was asked, so request and answer are kept in pairs, each with a length in
front.  M-Bus frames carry their own length and are kept one after the other.
"""

from __future__ import annotations

from collections.abc import Iterable

from gateway_bridge.drivers.errors import UnableToDecode
from gateway_bridge.drivers.mbus.frame import expected_length

Exchange = tuple[bytes, bytes]


def pack_exchanges(exchanges: Iterable[Exchange]) -> bytes:
    """Requests and answers (function code and data), each with its length as one byte."""
    return b"".join(bytes((len(part),)) + part for exchange in exchanges for part in exchange)


def unpack_exchanges(octets: bytes) -> list[Exchange]:
    """
    The reverse of `pack_exchanges`.

    :raises UnableToDecode: if the bytes are not whole pairs.
    """
    parts = []
    at = 0
    while at < len(octets):
        end = at + 1 + octets[at]
        if end > len(octets):
            raise UnableToDecode("recording is cut short", position=at)
        parts.append(octets[at + 1 : end])
        at = end
    if len(parts) % 2:
        raise UnableToDecode("a request without an answer", position=len(octets))
    return list(zip(parts[::2], parts[1::2], strict=True))


def split_frames(octets: bytes) -> list[bytes]:
    """
    The M-Bus frames of a recording.

    :raises UnableToDecode: if the bytes are not whole frames.
    """
    frames = []
    at = 0
    while at < len(octets):
        length = expected_length(octets[at : at + 4])
        if length is None or at + length > len(octets):
            raise UnableToDecode("recording is cut short", position=at)
        frames.append(octets[at : at + length])
        at += length
    return frames
