# SPDX-License-Identifier: Apache-2.0
"""The one door to gateways: what an installer may type, and what the poller then does about it."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator, Sequence
from ipaddress import ip_address, ip_network

import pytest

from gateway_bridge.addresses import AddressRefused, Reach, check, unwrapped
from gateway_bridge.connect import check_host, connector

BUILDING = Reach(networks=(ip_network("10.20.0.0/16"), ip_network("2001:db8:20::/48")))
EVERYTHING = Reach(networks=(ip_network("0.0.0.0/0"), ip_network("::/0")))

ALLOWED = [
    "10.20.0.5",
    "::ffff:10.20.0.5",
    "::ffff:0a14:0005",
    "64:ff9b::10.20.0.5",
    "2002:0a14:0005::1",
    "2001:db8:20::7",
]
FOREIGN = [
    "10.21.0.5",
    "192.168.1.10",
    "172.16.0.1",
    "100.64.0.1",
    "8.8.8.8",
    "2001:db8:21::7",
    "fd00::1",
    "::ffff:10.21.0.5",
]
NEVER = [
    "127.0.0.1",
    "127.8.8.8",
    "::1",
    "::ffff:127.0.0.1",
    "::127.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b:1::7f00:1",
    "2002:7f00:1::",
    "0.0.0.0",
    "0.1.2.3",
    "::",
    "169.254.169.254",
    "::ffff:169.254.169.254",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "224.0.0.1",
    "ff02::1",
    "255.255.255.255",
    "240.0.0.1",
    "192.88.99.1",
    "2001:0:53aa:64c::1",
]


@pytest.mark.parametrize("text", ALLOWED)
def test_an_address_of_an_allowed_network_passes_in_every_form(text: str) -> None:
    assert check([text], 502, BUILDING) == [ip_address(text)]


@pytest.mark.parametrize("text", FOREIGN)
def test_what_nobody_has_allowed_is_refused(text: str) -> None:
    with pytest.raises(AddressRefused):
        check([text], 502, BUILDING)


@pytest.mark.parametrize("text", NEVER)
def test_some_addresses_are_refused_even_to_those_who_may_reach_everything(text: str) -> None:
    with pytest.raises(AddressRefused):
        check([text], 502, EVERYTHING)


def test_the_known_bad_twin_pythons_own_idea_of_private_lets_wrapped_loopback_through() -> None:
    """Why the list is ours: 6to4 and NAT64 forms of 127.0.0.1 count as ordinary for `ipaddress`."""
    wrapped = [ip_address("64:ff9b::127.0.0.1"), ip_address("2002:7f00:1::"), ip_address("100.64.0.1")]
    assert not all(address.is_private for address in wrapped)


def test_one_refused_address_refuses_the_name() -> None:
    with pytest.raises(AddressRefused):
        check(["10.20.0.5", "10.21.0.5"], 502, BUILDING)
    with pytest.raises(AddressRefused):
        check([], 502, BUILDING)


@pytest.mark.parametrize("port", [0, 22, 25, 80, 443, 3306, 5432, 6379, 8000, 9200, 11211, 70000])
def test_ports_of_other_services_are_refused(port: int) -> None:
    with pytest.raises(AddressRefused):
        check(["10.20.0.5"], port, BUILDING)
    assert check(["10.20.0.5"], 502, BUILDING) and check(["10.20.0.5"], 10001, BUILDING)


def test_loopback_needs_the_explicit_setting_and_its_plain_form() -> None:
    demo = Reach(loopback=True)
    assert check(["127.0.0.1"], 20000, demo) and check(["::1"], 20000, demo)
    for text in ("::ffff:127.0.0.1", "64:ff9b::127.0.0.1", "10.20.0.5", "169.254.169.254"):
        with pytest.raises(AddressRefused):
            check([text], 20000, demo)


def test_every_refusal_says_the_same() -> None:
    words = set()
    for texts, port in ((["127.0.0.1"], 502), (["10.21.0.5"], 502), (["10.20.0.5"], 22), ([], 502)):
        with pytest.raises(AddressRefused) as refusal:
            check(texts, port, BUILDING)
        words.add(str(refusal.value))
    assert len(words) == 1


def test_an_address_is_unwrapped_to_what_it_carries() -> None:
    assert [str(form) for form in unwrapped(ip_address("2002:0a14:0005::1"))][-1] == "10.20.0.5"
    assert [str(form) for form in unwrapped(ip_address("10.20.0.5"))] == ["10.20.0.5"]


# ---------------------------------------------------------------- with a listener that counts


class Listener:
    """Counts connections on loopback, v4 and where there is one v6, on one port that gateways may have."""

    def __init__(self) -> None:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.server.settimeout(0.2)
        self.port = self.server.getsockname()[1]

    def connections(self) -> int:
        count = 0
        with contextlib.suppress(TimeoutError):
            while True:
                self.server.accept()[0].close()
                count += 1
        return count


@pytest.fixture
def listener() -> Iterator[Listener]:
    counting = Listener()
    yield counting
    counting.server.close()


SPELLINGS = [
    "127.0.0.1",
    "localhost",
    "127.1",
    "0177.0.0.1",
    "0x7f.1",
    "2130706433",
    "0",
    "::1",
    "::ffff:127.0.0.1",
    "0:0:0:0:0:ffff:7f00:1",
    "no-such-host.invalid",
    "",
]


@pytest.mark.parametrize("host", SPELLINGS)
def test_no_spelling_of_loopback_is_connected_to(host: str, listener: Listener) -> None:
    with pytest.raises(AddressRefused):
        check_host(host=host, port=listener.port, reach=EVERYTHING)
    with pytest.raises(AddressRefused):
        asyncio.run(_open_and_close(connector(host=host, port=listener.port, reach=EVERYTHING)))
    assert listener.connections() == 0


def test_the_known_bad_twin_without_rules_connects(listener: Listener) -> None:
    async def careless() -> None:
        for host in ("127.1", "0x7f.1", "2130706433"):
            _, writer = await asyncio.open_connection(host, listener.port)
            writer.close()
            await writer.wait_closed()

    asyncio.run(careless())
    assert listener.connections() == 3


def test_with_the_setting_of_the_demo_loopback_is_connected_to(listener: Listener) -> None:
    check_host(host="127.0.0.1", port=listener.port, reach=Reach(loopback=True))
    asyncio.run(_open_and_close(connector(host="127.0.0.1", port=listener.port, reach=Reach(loopback=True))))
    assert listener.connections() == 1


class Fickle:
    """A name server that answers differently each time it is asked."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked += 1
        return [self.answers[min(self.asked, len(self.answers)) - 1]]


def test_a_name_that_changes_its_mind_after_the_check_gains_nothing(listener: Listener) -> None:
    """The name is resolved once, and what was checked is what is connected to."""
    names = Fickle("10.20.0.5", "127.0.0.1")
    connect = connector(host="gateway.example", port=listener.port, reach=BUILDING, resolve=names)

    async def visit() -> None:
        with contextlib.suppress(TimeoutError, OSError):
            async with asyncio.timeout(0.3):
                await _open_and_close(connect)

    asyncio.run(visit())
    assert (names.asked, listener.connections()) == (1, 0)
    # The next connection resolves again and is checked again.
    with pytest.raises(AddressRefused):
        asyncio.run(_open_and_close(connect))


def test_the_known_bad_twin_checks_the_name_and_then_connects_to_the_name(listener: Listener) -> None:
    names = Fickle("10.20.0.5", "127.0.0.1")

    async def careless() -> None:
        check(await names("gateway.example", listener.port), listener.port, BUILDING)
        address = (await names("gateway.example", listener.port))[0]
        _, writer = await asyncio.open_connection(address, listener.port)
        writer.close()
        await writer.wait_closed()

    asyncio.run(careless())
    assert listener.connections() == 1


def test_a_closed_port_is_told_without_the_systems_words(listener: Listener) -> None:
    port = listener.port
    listener.server.close()
    with pytest.raises(ConnectionError, match=r"^no connection$"):
        asyncio.run(_open_and_close(connector(host="127.0.0.1", port=port, reach=Reach(loopback=True))))


async def _open_and_close(connect: object) -> None:
    _, writer = await connect()  # type: ignore[operator]
    writer.close()
    await writer.wait_closed()
