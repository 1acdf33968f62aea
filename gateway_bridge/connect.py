# SPDX-License-Identifier: Apache-2.0
"""The one door to a gateway.

A name is resolved once; every address it stands for is checked; the connection goes to the checked
address, not to the name, so that a name which changes its mind between check and connection gains
nothing.  Nothing else in the product opens a connection to a host that a person typed.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence

from gateway_bridge import addresses
from gateway_bridge.addresses import REFUSAL, AddressRefused, Reach
from gateway_bridge.drivers.link import Connect, Streams

# Host and port to address texts, as the operating system's resolver gives them.
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


def connector(*, host: str, port: int, reach: Reach, resolve: Resolve | None = None) -> Connect:
    """What a link needs to open its connection; nothing is resolved or connected before it is called."""
    resolver = resolve or _resolve

    async def connect() -> Streams:
        return await _connect(host, port, reach, resolver)

    return connect


def check_host(*, host: str, port: int, reach: Reach) -> None:
    """
    The check at save: what the name stands for now.  The connection checks again.

    :raises AddressRefused: if the host cannot be resolved or any of its addresses may not be reached.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise AddressRefused(REFUSAL) from None
    addresses.check([str(entry[4][0]) for entry in found], port, reach)


async def _resolve(host: str, port: int) -> Sequence[str]:
    loop = asyncio.get_running_loop()
    # Numeric short forms (127.1, 0x7f.1) are understood here as everywhere, hence checked as what they are.
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


async def _connect(host: str, port: int, reach: Reach, resolve: Resolve) -> Streams:
    try:
        texts = await resolve(host, port)
    except (OSError, UnicodeError):
        raise AddressRefused(REFUSAL) from None
    refusal: OSError | None = None
    for address in addresses.check(texts, port, reach):
        try:
            streams = await asyncio.open_connection(str(address), port)
        except OSError as error:
            refusal = error
            continue
        _keep_alive(streams)
        return streams
    # The system's own words say whether a port is closed or filtered; people get one sentence.
    raise ConnectionError("no connection") from refusal


def _keep_alive(streams: Streams) -> None:
    """A gateway that was switched off is noticed, not waited for."""
    connection: socket.socket | None = streams[1].get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
