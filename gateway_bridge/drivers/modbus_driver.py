# SPDX-License-Identifier: Apache-2.0
"""Read a Modbus device: who are you, then the blocks of the plan, all or nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal, InvalidOperation

from gateway_bridge.drivers import modbus_pdu as pdu
from gateway_bridge.drivers.decode import decode_stored, identity_text
from gateway_bridge.drivers.errors import DeviceSilent, ModbusException, UnableToDecode, WrongIdentity
from gateway_bridge.drivers.link import Deadline
from gateway_bridge.drivers.modbus_link import ModbusLink
from gateway_bridge.drivers.modbus_plan import Block, Plan, plan_reads, single_reads
from gateway_bridge.drivers.profile import IdentityCheck, Profile, Quantity
from gateway_bridge.drivers.recording import Exchange, pack_exchanges
from gateway_bridge.drivers.samples import Device, Visit

ILLEGAL_ADDRESS = 2


class ModbusDriver:
    """
    Reads devices of one bus through one link, one after the other.

    `now` tells the instant that samples are stamped with; the driver has no clock of its own.
    """

    def __init__(self, link: ModbusLink, *, now: Callable[[], datetime]) -> None:
        self.link = link
        self._now = now
        # Blocks that a device refused (exception 2) are not tried again by this driver.
        self._refused: dict[tuple[int, str], set[Block]] = {}

    def plan(self, profile: Profile, quantities: tuple[Quantity, ...] | None = None) -> Plan:
        return plan_reads(profile, quantities)

    async def identify(
        self,
        device: Device,
        profile: Profile,
        *,
        answer: float | None = None,
        deadline: Deadline | None = None,
    ) -> str | None:
        """
        What the device says it is; None where the profile knows no identity registers.

        :raises WrongIdentity: if that is not what was enrolled.
        :raises WireError: if the device gives no valid answer.
        """
        check = profile.identity
        if not isinstance(check, IdentityCheck):
            return None
        return _judge(device, check, await self._identity_exchange(device, check, answer, deadline))

    async def read(
        self, device: Device, plan: Plan, *, answer: float | None = None, deadline: Deadline | None = None
    ) -> Visit:
        """
        Visit a device: identity first, then every block.

        :raises WrongIdentity: another meter answers; nothing of the visit may be used.
        :raises WireError: for everything else that goes wrong; no part of a visit is ever returned.
        """
        assert device.unit is not None
        loop = asyncio.get_running_loop()
        started = loop.time()
        exchanges: list[Exchange] = []
        identity: str | None = None
        check = plan.profile.identity
        if isinstance(check, IdentityCheck):
            exchange = await self._identity_exchange(device, check, answer, deadline)
            exchanges.append(exchange)
            identity = _judge(device, check, exchange)
        read_at = self._now()
        for block in plan.blocks:
            exchanges += await self._read_block(device, plan, block, answer, deadline)
        telegram = pack_exchanges(exchanges)
        try:
            samples = decode_stored(telegram, plan.profile, read_at=read_at, quantities=plan.quantities)
        except UnableToDecode as refusal:
            refusal.telegram, refusal.read_at = telegram, read_at
            raise
        return Visit(device, identity, read_at, telegram, samples, loop.time() - started)

    async def _read_block(
        self, device: Device, plan: Plan, block: Block, answer: float | None, deadline: Deadline | None
    ) -> list[Exchange]:
        """The exchange for a block, or those of its single registers if the device refuses it as a whole."""
        assert device.unit is not None
        refused = self._refused.setdefault((device.unit, plan.profile.name), set())
        singles = single_reads(plan, block)
        if block not in refused:
            exchange = await self._ask(device, block, answer, deadline)
            if _exception(exchange) is None or singles == [block]:
                return [exchange]
            # A register that the device does not have at all stays in the recording as its refusal.
            refused.add(block)
        return [await self._ask(device, single, answer, deadline) for single in singles]

    async def _identity_exchange(
        self, device: Device, check: IdentityCheck, answer: float | None, deadline: Deadline | None
    ) -> Exchange:
        registers = check.registers
        block = Block(registers.fc, registers.address, registers.words)
        return await self._ask(device, block, answer, deadline)

    async def _ask(
        self, device: Device, block: Block, answer: float | None, deadline: Deadline | None
    ) -> Exchange:
        assert device.unit is not None
        request = pdu.read_request(fc=block.fc, address=block.address, count=block.count)
        reply = await self.link.ask(device.unit, request, answer=answer, deadline=deadline)
        refusal = _exception((request, reply))
        if refusal is not None and refusal.means_silent:
            raise DeviceSilent(f"gateway: {refusal}")
        if refusal is not None and refusal.code != ILLEGAL_ADDRESS:
            raise refusal
        return request, reply


def _exception(exchange: Exchange) -> ModbusException | None:
    request, reply = exchange
    return ModbusException(reply[1]) if reply[0] != request[0] else None


def _judge(device: Device, check: IdentityCheck, exchange: Exchange) -> str:
    request, reply = exchange
    words = pdu.answer_words(request, reply)
    seen = identity_text(words, check.registers)
    if check.kind == "serial":
        if device.serial is not None and _plain(seen) != _plain(device.serial):
            raise WrongIdentity(expected=device.serial, seen=seen or "nothing")
    elif check.kind == "model":
        if seen is None or not seen.startswith(check.expected):
            raise WrongIdentity(expected=" or ".join(check.expected), seen=seen or "nothing")
    elif not _within(seen, check):
        raise WrongIdentity(expected=f"{check.lowest} to {check.highest}", seen=seen or "nothing")
    return seen or ""


def _plain(serial: str | None) -> str:
    """Serial numbers are printed with blanks and leading zeros, registers hold neither."""
    text = "".join((serial or "").split()).upper()
    return text.lstrip("0") or text


def _within(seen: str | None, check: IdentityCheck) -> bool:
    try:
        number = Decimal(seen or "")
    except InvalidOperation:
        return False
    return (check.lowest is None or check.lowest <= number) and (
        check.highest is None or number <= check.highest
    )
