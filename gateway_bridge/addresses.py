# SPDX-License-Identifier: Apache-2.0
"""Which addresses a gateway may have: pure rules, asked at save and again at every connection.

An installer may type any host.  Without rules the poller would be a port scanner inside the operator's
own network, so: an organization reaches only the networks that the platform's operator has allowed it,
and never some addresses that no meter has.  Python's `is_private` and `is_global` miss several forms
(NAT64, 6to4, multicast), hence the explicit list and the unwrapping.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from gateway_bridge.drivers.errors import EndpointDown

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_LOOPBACK: tuple[Network, ...] = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
# Never a meter, whatever an organization's list says.
_NEVER: tuple[Network, ...] = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",  # this host
        "169.254.0.0/16",  # link-local, cloud metadata
        "192.0.0.0/24",  # protocol assignments
        "192.88.99.0/24",  # 6to4 relays
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
        "::/128",
        "100::/64",  # discard
        "2001::/32",  # Teredo: an address within an address, obfuscated
        "fd00:ec2::/32",  # cloud metadata
        "fe80::/10",  # link-local
        "fec0::/10",  # site-local, withdrawn
        "ff00::/8",  # multicast
    )
)
_NAT64: tuple[IPv6Network, ...] = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
_COMPATIBLE = IPv6Network("::/96")

# Modbus TCP and the ports that serial servers and M-Bus converters come with; what databases, brokers and
# web servers listen on is not among them.
PORTS: tuple[range, ...] = (
    range(502, 504),
    range(2000, 2033),
    range(4001, 4033),
    range(4196, 4197),
    range(5000, 5033),
    range(8234, 8235),
    range(8899, 8900),
    range(10001, 65536),
)
# Memory caches, brokers, document stores and their consoles, which listen among the high ports.
SERVERS = frozenset({11211, 15672, 16379, 25672, 27017, 27018, 27019, 50000, 61613, 61616})


class AddressRefused(EndpointDown):
    """The address is none that this organization may reach.  The text never says which rule refused."""

    kind = "address_refused"


@dataclass(frozen=True, slots=True)
class Reach:
    """What an organization may connect to."""

    networks: tuple[Network, ...] = ()
    loopback: bool = False

    def allows(self, address: Address) -> bool:
        """Whether the address and every address wrapped in it may be reached."""
        forms = list(unwrapped(address))
        if any(_within(form, _LOOPBACK) for form in forms):
            return self.loopback and len(forms) == 1
        if any(_within(form, _NEVER) for form in forms):
            return False
        return any(_within(form, self.networks) for form in forms)


def unwrapped(address: Address) -> Iterator[Address]:
    """
    The address, and the IPv4 address that an IPv6 form of it carries.

    >>> [str(form) for form in unwrapped(ip_address("::ffff:10.0.0.1"))]
    ['::ffff:a00:1', '10.0.0.1']
    """
    yield address
    if isinstance(address, IPv4Address):
        return
    embedded = address.ipv4_mapped or address.sixtofour
    if embedded is None and any(address in network for network in _NAT64):
        embedded = IPv4Address(int(address) & 0xFFFFFFFF)
    if embedded is None and address in _COMPATIBLE and int(address) > 1:
        embedded = IPv4Address(int(address))
    if embedded is not None:
        yield embedded


def check(addresses: Sequence[str], port: int, reach: Reach) -> list[Address]:
    """
    The addresses that a name stands for, if all of them may be reached.

    One address that may not be reached refuses the name: which one is taken is not ours to foresee.

    :raises AddressRefused: otherwise, or if there are none.
    """
    if port in SERVERS or not any(port in ports for ports in PORTS):
        raise AddressRefused(REFUSAL)
    try:
        found = [ip_address(text.partition("%")[0]) for text in addresses]
    except ValueError:
        raise AddressRefused(REFUSAL) from None
    if not found or not all(reach.allows(address) for address in found):
        raise AddressRefused(REFUSAL)
    return found


# One sentence for every reason: differences would map the operator's network.
REFUSAL = "this address may not be used"


def _within(address: Address, networks: Sequence[Network]) -> bool:
    return any(address.version == network.version and address in network for network in networks)
