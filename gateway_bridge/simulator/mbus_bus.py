# SPDX-License-Identifier: Apache-2.0
"""A simulated M-Bus segment: primary addresses, selection with wildcards, several telegrams, collisions."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from fractions import Fraction

from gateway_bridge.drivers.errors import UnableToDecode
from gateway_bridge.drivers.mbus import Function, RecordKey, encode
from gateway_bridge.drivers.mbus import frame as link_layer
from gateway_bridge.drivers.mbus.header import Header, manufacturer_code
from gateway_bridge.drivers.mbus.units import FB, FD, PRIMARY, Unit
from gateway_bridge.drivers.measure import BASE_UNITS
from gateway_bridge.drivers.profile import Quantity, RecordMatch
from gateway_bridge.simulator.bus import GARBAGE, SimulatedBus
from gateway_bridge.simulator.clock import ClockFile
from gateway_bridge.simulator.faults import Fault
from gateway_bridge.simulator.meter import Meter
from gateway_bridge.simulator.series import SeriesStore
from gateway_bridge.simulator.world import BusSpec

_TABLES = {"FB": FB, "FD": FD}
_LOCAL_OFFSET = timedelta(hours=1)
# The step a live value is sent in; counters are sent in their base unit.
_LIVE_STEPS = {"W": Fraction(1), "m^3/h": Fraction(1, 1000)}
_OTHER_LIVE_STEP = Fraction(1, 100)


class Slave:
    """A meter's link layer: is it selected, which telegram comes next."""

    def __init__(self, meter: Meter) -> None:
        self.meter = meter
        self.selected = False
        self.access = 0
        self._fcb: bool | None = None
        self._next = 0
        self._last: bytes = b""
        self._chain: list[bytes] = []

    def reset(self) -> None:
        self._fcb = None
        self._next = 0

    def fits(self, body: bytes) -> bool:
        """Whether a selection means this meter; F and FF stand for anything."""
        spec = self.meter.spec
        wanted = body[0:4][::-1].hex().upper()
        digits = spec.serial.rjust(8, "0")
        maker = manufacturer_code(spec.manufacturer).to_bytes(2, "little")
        return (
            all(w in ("F", d) for w, d in zip(wanted, digits, strict=True))
            and body[4:6] in (b"\xff\xff", maker)
            and body[6] in (0xFF, spec.version)
            and body[7] in (0xFF, spec.medium)
        )

    def telegram(self, *, fcb: bool, at: datetime, serial: str, bad_values: bool) -> bytes:
        """The same telegram again for the same FCB, else the next; all of a chain show one instant."""
        if fcb == self._fcb and self._last:
            return self._last
        if self._next == 0:
            self.access = (self.access + 1) & 0xFF
            self._chain = build_chain(
                self.meter, at, serial=serial, access=self.access, bad_values=bad_values
            )
        self._last = self._chain[self._next]
        self._next = (self._next + 1) % len(self._chain)
        self._fcb = fcb
        return self._last


class MBusBus(SimulatedBus):
    """Short frames and selections in, acknowledges and telegrams out."""

    def __init__(self, spec: BusSpec, *, clock: ClockFile, series: SeriesStore) -> None:
        super().__init__(spec, clock=clock, series=series)
        self._slaves = [Slave(meter) for meter in self.meters]

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        pending = b""
        while octets := await reader.read(512):
            pending += octets
            while pending:
                try:
                    length = link_layer.expected_length(pending)
                    if length is None or len(pending) < length:
                        break
                    request = link_layer.parse_frame(pending[:length])
                except UnableToDecode:
                    pending = b""
                    break
                pending = pending[length:]
                async with self._wire:
                    await self._answer(request, writer)

    async def _answer(self, request: link_layer.Frame, writer: asyncio.StreamWriter) -> None:
        if request.ci == link_layer.CI_SELECT and len(request.body) >= 8:
            await self._select(request.body, writer)
            return
        addressed = [slave for slave in self._slaves if self._listens(slave, request.address)]
        if not addressed or request.control is None:
            return
        if request.control == link_layer.SND_NKE:
            for slave in addressed:
                slave.reset()
                if request.address == link_layer.ADDRESS_SELECTED:
                    slave.selected = False
            await self._acknowledge(addressed[0].meter, writer)
        elif request.control & ~link_layer.FCB == link_layer.REQ_UD2:
            await self._read(addressed, bool(request.control & link_layer.FCB), writer)

    def _listens(self, slave: Slave, address: int | None) -> bool:
        if address == link_layer.ADDRESS_SELECTED:
            return slave.selected
        return address == link_layer.ADDRESS_TEST or slave.meter.spec.primary == address

    async def _select(self, body: bytes, writer: asyncio.StreamWriter) -> None:
        for slave in self._slaves:
            slave.selected = slave.fits(body)
            if slave.selected:
                slave.reset()
        chosen = [slave for slave in self._slaves if slave.selected]
        if chosen:
            # Several acknowledges at once look like one: the bits are the same.
            await self._acknowledge(chosen[0].meter, writer)

    async def _acknowledge(self, meter: Meter, writer: asyncio.StreamWriter) -> None:
        fault = self.faults.standing(meter.spec.name)
        if fault is not None and fault.kind == "silent":
            self.fault_for(meter)
            return
        writer.write(bytes((link_layer.ACK,)))
        await writer.drain()

    async def _read(self, addressed: list[Slave], fcb: bool, writer: asyncio.StreamWriter) -> None:
        if len(addressed) > 1:
            writer.write(GARBAGE)
            return
        slave = addressed[0]
        fault = self.fault_for(slave.meter)
        kind = None if fault is None else fault.kind
        serial = self.serial_of(slave.meter, fault)
        telegram = slave.telegram(fcb=fcb, at=self.now(), serial=serial, bad_values=kind == "bad_values")
        await self.deliver(_spoil(telegram, fault), fault, writer, slave.meter)


def _spoil(telegram: bytes, fault: Fault | None) -> bytes:
    kind = None if fault is None else fault.kind
    if kind == "crc_error":
        return telegram[:-2] + bytes((telegram[-2] ^ 0x55,)) + telegram[-1:]
    if kind == "short_answer":
        return telegram[: len(telegram) // 2]
    if kind in ("wrong_function", "wrong_unit", "exception"):
        parsed = link_layer.parse_frame(telegram)
        assert parsed.address is not None and parsed.ci is not None
        return link_layer.long_frame(
            control=link_layer.RSP_UD,
            address=(parsed.address + 1) & 0xFF if kind == "wrong_unit" else parsed.address,
            ci={"wrong_function": 0x51, "exception": 0x70}.get(kind, parsed.ci),
            body=b"\x08" if kind == "exception" else parsed.body,
        )
    return telegram


def build_chain(
    meter: Meter, at: datetime, *, serial: str, access: int, bad_values: bool = False
) -> list[bytes]:
    """All telegrams of a meter for one instant."""
    spec = meter.spec
    header = Header(
        serial.rjust(8, "0"), spec.manufacturer, spec.version, spec.medium, access, status=0, signature=0
    )
    records = [_fabrication_number(serial), _clock(at)]
    for quantity in spec.profile.quantities:
        records.append(_record(meter, quantity, at, bad_values=bad_values))
    count = max(1, min(spec.telegrams, len(records)))
    size = -(-len(records) // count)
    parts = [b"".join(records[start : start + size]) for start in range(0, len(records), size)]
    return [
        encode.answer(
            address=spec.primary or 0, header=header, records=part, more_follow=position < len(parts) - 1
        )
        for position, part in enumerate(parts)
    ]


def _fabrication_number(serial: str) -> bytes:
    key = RecordKey(Function.INSTANTANEOUS, 0, 0, 0, "78")
    return encode.record_octets(key, int(serial), bcd=True)


def _clock(at: datetime) -> bytes:
    """The meter's own clock: type F, standard time of central Europe, no zone."""
    local = at + _LOCAL_OFFSET
    year = local.year % 100
    low = local.day | (year & 0x07) << 5
    high = local.month | (year & 0x78) << 1
    return bytes((0x04, 0x6D, local.minute, local.hour, low, high))


def _record(meter: Meter, quantity: Quantity, at: datetime, *, bad_values: bool) -> bytes:
    match = quantity.source
    assert isinstance(match, RecordMatch)
    vif, step = _resolution(quantity, meter.spec.vifs.get(quantity.name))
    key = RecordKey(match.function, match.storage, match.tariff, match.subunit, vif, match.modifiers)
    number = (Fraction(meter.value(quantity, at)) / step).__floor__()
    return encode.record_octets(key, None if bad_values else number)


def _resolution(quantity: Quantity, wanted: str | None) -> tuple[str, Fraction]:
    """
    A VIF of this quantity and its step in the base unit.

    Without a wish, the one whose step is nearest to what such meters send.
    """
    match = quantity.source
    assert isinstance(match, RecordMatch)
    steps = {vif: _step(vif) for vif in sorted(match.vifs)}
    usable = {vif: step for vif, step in steps.items() if step is not None}
    if wanted is not None:
        return wanted, usable[wanted]
    ideal = Fraction(1)
    if quantity.poll != "billing":
        ideal = _LIVE_STEPS.get(quantity.base_unit, _OTHER_LIVE_STEP)
    best = min(usable, key=lambda vif: max(usable[vif] / ideal, ideal / usable[vif]))
    return best, usable[best]


def _step(vif: str) -> Fraction | None:
    unit: Unit = _TABLES[vif[:2]][int(vif[2:], 16)] if len(vif) == 4 else PRIMARY[int(vif, 16)]
    if unit.unit not in BASE_UNITS:
        return None
    return Fraction(10) ** unit.exponent * unit.factor * BASE_UNITS[unit.unit][1]
