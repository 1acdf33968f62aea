# SPDX-License-Identifier: Apache-2.0
"""One connection to one bus, with the rule that keeps a late answer from becoming another meter's reading.

A transparent serial server hands bytes to whoever is connected.  An answer that comes after its time-out
is therefore taken for the answer to the next question, and every later one is off by one, without any
error.  Reconnecting at once does not help.  So after *any* failure (time-out, bad check sum, short frame,
cancellation) the link is tainted: it closes, stays away for the settle time, opens again, and throws away
what arrives in the first moments.

The connection is opened by a callable that is passed in: which hosts may be reached is not a driver's
decision.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from gateway_bridge.drivers.errors import BadFrame, DeadlinePassed, DeviceSilent, EndpointDown
from gateway_bridge.drivers.trace import Trace

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Connect = Callable[[], Awaitable[Streams]]
# How long the frame that starts with these bytes must be; None while that cannot be told.  May raise
# BadFrame.
LengthRule = Callable[[bytes], int | None]

MAX_FRAME = 512


@dataclass(frozen=True, slots=True)
class Timing:
    """
    Seconds.  `answer` runs from the question to the first byte, `gap` from byte to byte after that.

    `settle` must be at least as long as the longest late answer; None means max(1 s, `answer`).
    """

    connect: float = 3.0
    answer: float = 1.0
    gap: float = 0.3
    settle: float | None = None
    discard: float = 0.05
    pause: float = 0.0

    @property
    def silence(self) -> float:
        return max(1.0, self.answer) if self.settle is None else self.settle


@dataclass(slots=True)
class Counters:
    """What the link has done since it was made."""

    opened: int = 0
    exchanges: int = 0
    failures: int = 0
    settled: int = 0
    octets_sent: int = 0
    octets_received: int = 0


class Deadline:
    """The end of a piece of work on the event loop's clock."""

    def __init__(self, seconds: float) -> None:
        self.at = asyncio.get_running_loop().time() + seconds

    def remaining(self) -> float:
        return self.at - asyncio.get_running_loop().time()


class Link:
    """
    A byte stream on which one question at a time is asked and answered.

    `shared_bus` is True where answers carry nothing that ties them to their question.
    """

    shared_bus = True

    def __init__(self, connect: Connect, *, timing: Timing | None = None, trace: Trace | None = None) -> None:
        self._connect = connect
        self.timing = timing or Timing()
        self.trace = trace if trace is not None else Trace()
        self.counters = Counters()
        self._streams: Streams | None = None
        self._lock = asyncio.Lock()
        self._silent_until = 0.0
        self._born: float | None = None

    @property
    def is_open(self) -> bool:
        return self._streams is not None

    async def open(self, *, deadline: Deadline | None = None) -> None:
        """
        Connect; after a failure, only when the settle time is over.

        :raises EndpointDown: if nobody answers at the address.
        :raises DeadlinePassed: if the settle time would outlast the deadline.
        """
        if self._streams is not None:
            return
        await self._stay_silent(deadline)
        limit = self._limit(self.timing.connect, deadline)
        try:
            async with asyncio.timeout(limit):
                self._streams = await self._connect()
        except (OSError, TimeoutError) as refusal:
            self._note("!", note=f"no connection: {refusal or 'time-out'}")
            raise EndpointDown(str(refusal) or f"no connection within {limit:.1f} s") from refusal
        self.counters.opened += 1
        self._note("!", note="connected")
        if self.shared_bus:
            try:
                await self._discard()
            except BaseException:
                self._drop()
                raise

    async def close(self) -> None:
        """Disconnect; after a failure, return when the settle time is over: the next owner may start."""
        self._drop()
        await self._stay_silent(None)

    async def exchange(
        self,
        request: bytes,
        *,
        length: LengthRule,
        answer: float | None = None,
        deadline: Deadline | None = None,
    ) -> bytes:
        """
        Send `request` and return exactly one frame, as long as `length` says.

        :raises EndpointDown: if there is no connection or it breaks.
        :raises DeviceSilent: if no first byte comes in time.
        :raises BadFrame: if the frame stops in the middle, is too long, or `length` refuses it.
        :raises DeadlinePassed: if the deadline comes first.
        """
        async with self._lock:
            await self.open(deadline=deadline)
            self.counters.exchanges += 1
            try:
                return await self._ask(request, length, answer or self.timing.answer, deadline)
            except BaseException as failure:
                # Cancellation too: the question is out, its answer will come to somebody.
                self.taint(str(failure) or type(failure).__name__)
                raise

    def taint(self, reason: str) -> None:
        """Distrust everything that may still come: drop the connection and start the settle time."""
        self.counters.failures += 1
        self._note("!", note=f"tainted: {reason}")
        self._drop()
        if self.shared_bus:
            self._silent_until = asyncio.get_running_loop().time() + self.timing.silence

    async def _ask(
        self, request: bytes, length: LengthRule, answer: float, deadline: Deadline | None
    ) -> bytes:
        assert self._streams is not None
        reader, writer = self._streams
        if self.timing.pause:
            await asyncio.sleep(self.timing.pause)
        if self.shared_bus:
            await self._refuse_unsolicited(reader)
        try:
            self._note(">", request)
            writer.write(request)
            await writer.drain()
            self.counters.octets_sent += len(request)
            frame = await self._receive(reader, request, length, answer, deadline)
        except (ConnectionError, OSError) as refusal:
            raise EndpointDown(f"connection lost: {refusal}") from refusal
        self._note("<", frame)
        return frame

    async def _receive(
        self,
        reader: asyncio.StreamReader,
        request: bytes,
        length: LengthRule,
        answer: float,
        deadline: Deadline | None,
    ) -> bytes:
        received = b""
        echo = True
        while True:
            received += await self._more(reader, self.timing.gap if received else answer, received, deadline)
            if echo and received.startswith(request) and self.may_echo(request):
                # Some converters send back what they transmit.
                received, echo = received[len(request) :], False
            wanted = length(received) if received else None
            if wanted is None:
                continue
            if len(received) > wanted:
                raise BadFrame(f"{len(received) - wanted} bytes too many: {received[:64].hex(' ')}")
            if len(received) == wanted:
                return received

    async def _more(
        self, reader: asyncio.StreamReader, patience: float, received: bytes, deadline: Deadline | None
    ) -> bytes:
        limit = self._limit(patience, deadline)
        try:
            async with asyncio.timeout(limit):
                octets = await reader.read(MAX_FRAME)
        except TimeoutError:
            if received:
                self._note("<", received, " (incomplete)")
                raise BadFrame(f"frame stops after {len(received)} bytes") from None
            if limit < patience:
                raise DeadlinePassed("the visit's time is used up") from None
            raise DeviceSilent(f"no answer within {limit:.2f} s") from None
        if not octets:
            raise EndpointDown("connection closed by the other side")
        self.counters.octets_received += len(octets)
        if len(received) + len(octets) > MAX_FRAME:
            raise BadFrame(f"more than {MAX_FRAME} bytes without a frame")
        return octets

    async def _refuse_unsolicited(self, reader: asyncio.StreamReader) -> None:
        """Bytes that nobody asked for are somebody's late answer; more may follow."""
        await asyncio.sleep(0)
        with contextlib.suppress(TimeoutError):
            # Time-out 0: returns what is buffered, never waits.
            async with asyncio.timeout(0):
                octets = await reader.read(MAX_FRAME)
                if not octets:
                    raise EndpointDown("connection closed by the other side")
                self._note("<", octets, " (unsolicited)")
                raise BadFrame(f"{len(octets)} bytes before the question")

    def may_echo(self, request: bytes) -> bool:
        """Whether an echo of this request can be told from an answer."""
        return False

    async def _discard(self) -> None:
        """Throw away what a serial server still had for us."""
        assert self._streams is not None
        end = asyncio.get_running_loop().time() + self.timing.discard
        with contextlib.suppress(TimeoutError, OSError):
            async with asyncio.timeout_at(end):
                while octets := await self._streams[0].read(MAX_FRAME):
                    self._note("<", octets, " (discarded)")

    async def _stay_silent(self, deadline: Deadline | None) -> None:
        wait = self._silent_until - asyncio.get_running_loop().time()
        if wait <= 0:
            return
        if deadline is not None and deadline.remaining() < wait:
            raise DeadlinePassed("the bus must stay silent for longer than the visit may last")
        self.counters.settled += 1
        await asyncio.sleep(wait)

    def _limit(self, patience: float, deadline: Deadline | None) -> float:
        if deadline is None:
            return patience
        remaining = deadline.remaining()
        if remaining <= 0:
            raise DeadlinePassed("the visit's time is used up")
        return min(patience, remaining)

    def _drop(self) -> None:
        if self._streams is not None:
            # Abort, not close: nothing that is still on its way may reach us or be waited for.
            self._streams[1].transport.abort()
            self._streams = None

    def _note(self, direction: str, octets: bytes = b"", note: str = "") -> None:
        now = asyncio.get_running_loop().time()
        if self._born is None:
            self._born = now
        self.trace.add(now - self._born, direction, octets, note)
