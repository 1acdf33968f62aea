# SPDX-License-Identifier: Apache-2.0
"""Read an M-Bus meter by primary or secondary address; every header must be the enrolled meter's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway_bridge.drivers.decode import decode_telegrams
from gateway_bridge.drivers.errors import UnableToDecode, WrongIdentity
from gateway_bridge.drivers.link import Deadline
from gateway_bridge.drivers.mbus import Telegram, decode_part
from gateway_bridge.drivers.mbus.frame import ADDRESS_SELECTED
from gateway_bridge.drivers.mbus.header import Header
from gateway_bridge.drivers.mbus_link import MBusTcpLink
from gateway_bridge.drivers.profile import HeaderCheck, Profile, Quantity
from gateway_bridge.drivers.samples import Device, Visit


@dataclass(frozen=True, slots=True)
class MBusPlan:
    """An M-Bus reading always brings everything; the plan says what is wanted of it."""

    profile: Profile
    quantities: tuple[Quantity, ...]


class MBusDriver:
    """Reads the meters of one segment, one after the other; `now` stamps the samples."""

    def __init__(self, link: MBusTcpLink, *, now: Callable[[], datetime]) -> None:
        self.link = link
        self._now = now

    def plan(self, profile: Profile, quantities: tuple[Quantity, ...] | None = None) -> MBusPlan:
        return MBusPlan(profile, profile.billing if quantities is None else quantities)

    async def identify(
        self,
        device: Device,
        profile: Profile,
        *,
        answer: float | None = None,
        deadline: Deadline | None = None,
    ) -> str | None:
        """
        The identification in the meter's header.

        :raises WrongIdentity: if that is not what was enrolled.
        :raises WireError: if the meter gives no valid answer.
        """
        telegrams = await self._telegrams(device, answer, deadline)
        return judge_headers(device, profile, [decode_part(octets) for octets in telegrams])

    async def read(
        self, device: Device, plan: MBusPlan, *, answer: float | None = None, deadline: Deadline | None = None
    ) -> Visit:
        """
        Visit a meter: all its telegrams, the header of each checked.

        :raises WrongIdentity: another meter answers; nothing of the visit may be used.
        :raises WireError: for everything else that goes wrong; no part of a visit is ever returned.
        """
        loop = asyncio.get_running_loop()
        started = loop.time()
        try:
            octets = await self._telegrams(device, answer, deadline)
        except UnableToDecode as refusal:
            refusal.read_at = self._now()
            raise
        read_at = self._now()
        telegrams = [decode_part(part) for part in octets]
        identity = judge_headers(device, plan.profile, telegrams)
        try:
            samples = decode_telegrams(telegrams, plan.quantities, read_at=read_at)
        except UnableToDecode as refusal:
            refusal.telegram, refusal.read_at = b"".join(octets), read_at
            raise
        return Visit(device, identity, read_at, b"".join(octets), samples, loop.time() - started)

    async def _telegrams(
        self, device: Device, answer: float | None, deadline: Deadline | None
    ) -> list[bytes]:
        if device.primary is None:
            await self._select(device, answer, deadline)
            return await self.link.telegrams(ADDRESS_SELECTED, answer=answer, deadline=deadline)
        # Not to FD: there a reset undoes the selection.
        await self.link.reset(device.primary, answer=answer, deadline=deadline)
        return await self.link.telegrams(device.primary, answer=answer, deadline=deadline)

    async def _select(self, device: Device, answer: float | None, deadline: Deadline | None) -> None:
        assert device.serial is not None, "a meter without primary address is selected by its serial number"
        await self.link.select(
            secondary_identification(device.serial),
            manufacturer=device.manufacturer,
            version=device.version,
            medium=device.medium,
            answer=answer,
            deadline=deadline,
        )


def secondary_identification(serial: str) -> str:
    """Eight digits; what is printed shorter is filled with zeros.

    >>> secondary_identification("123456")
    '00123456'
    """
    text = "".join(serial.split()).upper()
    if len(text) > 8 or not all(digit in "0123456789ABCDEF" for digit in text):
        raise UnableToDecode(f"{serial!r} is no M-Bus identification")
    return text.rjust(8, "0")


def judge_headers(device: Device, profile: Profile, telegrams: Sequence[Telegram]) -> str:
    """
    The identification that all telegrams agree on.

    :raises WrongIdentity: if it is not the enrolled one, or does not fit the profile.
    """
    seen = {_described(telegram.header) for telegram in telegrams}
    header = telegrams[0].header
    identification = header.identification or ""
    expected = device.serial
    if len(seen) > 1:
        raise WrongIdentity(expected=expected or "one meter", seen=" and ".join(sorted(seen)))
    if expected is not None and identification != secondary_identification(expected):
        raise WrongIdentity(expected=expected, seen=identification or "no identification")
    if device.manufacturer is not None and header.manufacturer != device.manufacturer:
        raise WrongIdentity(expected=device.manufacturer, seen=header.manufacturer or "no manufacturer")
    check = profile.identity
    if isinstance(check, HeaderCheck):
        if check.manufacturers and header.manufacturer not in check.manufacturers:
            raise WrongIdentity(expected=" or ".join(check.manufacturers), seen=header.manufacturer or "none")
        if check.media and header.medium not in check.media:
            raise WrongIdentity(expected=f"medium {check.media}", seen=f"medium {header.medium}")
    return identification


def _described(header: Header) -> str:
    return f"{header.identification} {header.manufacturer} {header.version} {header.medium}"
