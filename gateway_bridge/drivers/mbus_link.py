# SPDX-License-Identifier: Apache-2.0
"""M-Bus through an Ethernet converter: reset, select, request, acknowledge.

A meter answers the same telegram again while the frame count bit (FCB) stays, and the next one when it
toggles; the bit is toggled only after a valid answer.
"""

from __future__ import annotations

from gateway_bridge.drivers.errors import BadFrame, UnableToDecode
from gateway_bridge.drivers.link import Deadline, Link
from gateway_bridge.drivers.mbus import decode_part, encode
from gateway_bridge.drivers.mbus.errors import BrokenFrame
from gateway_bridge.drivers.mbus.frame import ACK, ADDRESS_SELECTED, expected_length, parse_frame

# A meter with more telegrams than this for one reading is not a meter.
MAX_TELEGRAMS = 32
_ANY_IDENTIFICATION = "FFFFFFFF"


class MBusTcpLink(Link):
    """The master's side of one M-Bus segment."""

    shared_bus = True

    def may_echo(self, request: bytes) -> bool:
        """Slaves never send what a master sends: short frames, or a selection (answered by E5 alone)."""
        return True

    async def reset(
        self, address: int, *, answer: float | None = None, deadline: Deadline | None = None
    ) -> None:
        """
        SND_NKE: the meter starts over with its first telegram and FCB.

        :raises WireError: if no acknowledge comes.
        """
        await self._acknowledged(encode.reset(address), answer, deadline)

    async def select(
        self,
        identification: str = _ANY_IDENTIFICATION,
        *,
        manufacturer: str | None = None,
        version: int | None = None,
        medium: int | None = None,
        answer: float | None = None,
        deadline: Deadline | None = None,
    ) -> None:
        """
        Select by secondary address (F and None stand for anything); the meter then listens to address FD.

        A selection also deselects every meter that does not fit, so no deselection (SND_NKE to FD) goes
        before it: where none is selected, nobody would answer that, and silence costs a settle time.

        :raises DeviceSilent: if no meter fits.
        :raises BadFrame: if several answer at once.
        """
        frame = encode.select(identification, manufacturer=manufacturer, version=version, medium=medium)
        await self._acknowledged(frame, answer, deadline)

    async def telegrams(
        self, address: int, *, answer: float | None = None, deadline: Deadline | None = None
    ) -> list[bytes]:
        """
        All telegrams of one reading, until none announces another.

        :raises BadFrame: if an answer is no telegram, comes from another address, or there are too many.
        :raises UnableToDecode: if a telegram is whole but makes no sense; its bytes are in `telegram`.
        :raises WireError: see `Link.exchange`.
        """
        frames: list[bytes] = []
        fcb = True
        while True:
            frame = await self._request(address, fcb, answer, deadline)
            frames.append(frame)
            try:
                more_follow = decode_part(frame).more_follow
            except UnableToDecode as refusal:
                refusal.telegram = b"".join(frames)
                raise
            if not more_follow:
                return frames
            if len(frames) == MAX_TELEGRAMS:
                self.taint("too many telegrams")
                raise BadFrame(f"more than {MAX_TELEGRAMS} telegrams")
            fcb = not fcb

    async def _request(
        self, address: int, fcb: bool, answer: float | None, deadline: Deadline | None
    ) -> bytes:
        frame = await self.exchange(
            encode.request(address, fcb=fcb), length=_length, answer=answer, deadline=deadline
        )
        try:
            parsed = parse_frame(frame)
            if parsed.is_ack:
                raise BadFrame("an acknowledge where a telegram was expected")
            if address != ADDRESS_SELECTED and parsed.address != address:
                raise BadFrame(f"answer from address {parsed.address}, asked {address}")
        except BrokenFrame as refusal:
            self.taint(str(refusal))
            raise BadFrame(str(refusal)) from refusal
        except BadFrame as refusal:
            self.taint(str(refusal))
            raise
        return frame

    async def _acknowledged(self, request: bytes, answer: float | None, deadline: Deadline | None) -> None:
        frame = await self.exchange(request, length=_length, answer=answer, deadline=deadline)
        if frame != bytes((ACK,)):
            self.taint("no acknowledge")
            raise BadFrame(f"expected an acknowledge, got {frame[:16].hex(' ')}")


def _length(received: bytes) -> int | None:
    try:
        return expected_length(received)
    except BrokenFrame as refusal:
        raise BadFrame(str(refusal)) from refusal
