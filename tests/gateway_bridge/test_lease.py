# SPDX-License-Identifier: Apache-2.0
"""One owner per bus: leases, their epochs, and what they keep apart."""

import threading
from collections.abc import Iterator

import pytest
from django.db import connection, connections
from pytest_django import Settings

from accounts.scope import organization_scope
from gateway_bridge.models import Endpoint
from gateway_bridge.services import lease
from tests.cast import Cast
from tests.gateway_bridge.setup import a_gateway


@pytest.fixture(autouse=True)
def _loopback(settings: Settings) -> None:
    settings.GATEWAY_LOOPBACK_ALLOWED = True


@pytest.fixture
def endpoint(cast: Cast) -> Iterator[Endpoint]:
    with organization_scope(cast.lindenhof.id):
        yield a_gateway(cast.lindenhof, 15020)


def _expire(endpoint: Endpoint) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE gateway_bridge_endpoint SET lease_until = clock_timestamp() - interval '1 s'"
            " WHERE id = %s",
            [endpoint.pk],
        )


def test_a_free_endpoint_is_taken_once(endpoint: Endpoint) -> None:
    assert lease.acquire([endpoint.pk], owner="one") == {endpoint.pk: 1}
    assert lease.acquire([endpoint.pk], owner="two") == {}
    assert lease.free([endpoint.pk]) == set()


def test_what_is_given_back_is_free_and_the_epoch_goes_on(endpoint: Endpoint) -> None:
    epochs = lease.acquire([endpoint.pk], owner="one")
    lease.release(epochs, owner="one")
    assert lease.acquire([endpoint.pk], owner="two") == {endpoint.pk: 2}


def test_a_killed_owners_lease_ends_by_itself(endpoint: Endpoint) -> None:
    lease.acquire([endpoint.pk], owner="killed")
    _expire(endpoint)
    assert lease.acquire([endpoint.pk], owner="next") == {endpoint.pk: 2}


def test_a_renewed_lease_does_not_end(endpoint: Endpoint) -> None:
    epochs = lease.acquire([endpoint.pk], owner="one")
    _expire(endpoint)
    assert lease.renew(epochs, owner="one") == {endpoint.pk}
    assert lease.acquire([endpoint.pk], owner="two") == {}


def test_a_former_owner_can_neither_store_nor_renew_nor_release(endpoint: Endpoint) -> None:
    epochs = lease.acquire([endpoint.pk], owner="slow")
    _expire(endpoint)
    newer = lease.acquire([endpoint.pk], owner="next")
    with pytest.raises(lease.LeaseLost):
        lease.hold(endpoint.pk, epochs[endpoint.pk], owner="slow")
    assert lease.renew(epochs, owner="slow") == set()
    lease.release(epochs, owner="slow")
    assert lease.acquire([endpoint.pk], owner="third") == {}
    lease.hold(endpoint.pk, newer[endpoint.pk], owner="next")


def test_an_expired_lease_that_nobody_took_may_still_store(endpoint: Endpoint) -> None:
    epochs = lease.acquire([endpoint.pk], owner="slow")
    _expire(endpoint)
    lease.hold(endpoint.pk, epochs[endpoint.pk], owner="slow")
    assert lease.renew(epochs, owner="slow") == {endpoint.pk}


def test_editing_an_endpoint_leaves_no_history_of_leases(endpoint: Endpoint) -> None:
    lease.release(lease.acquire([endpoint.pk], owner="one"), owner="one")
    events = Endpoint.pgh_event_model.objects.filter(pgh_obj_id=endpoint.pk)  # type: ignore[attr-defined]
    assert [event.pgh_label for event in events] == ["insert"]


def test_another_organizations_endpoint_cannot_be_taken(cast: Cast, endpoint: Endpoint) -> None:
    with organization_scope(cast.seeblick.id):
        assert lease.acquire([endpoint.pk], owner="stranger") == {}
    assert lease.acquire([endpoint.pk], owner="mine") == {endpoint.pk: 1}


def test_of_many_who_try_at_once_exactly_one_wins(committed_cast: Cast) -> None:
    with organization_scope(committed_cast.lindenhof.id):
        endpoint = a_gateway(committed_cast.lindenhof, 15020)
    won: list[str] = []
    start = threading.Barrier(6)

    def attempt(owner: str) -> None:
        start.wait()
        for _ in range(20):
            with organization_scope(committed_cast.lindenhof.id):
                if lease.acquire([endpoint.pk], owner=owner):
                    won.append(owner)
        connections.close_all()

    threads = [threading.Thread(target=attempt, args=(f"worker {n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1


def test_the_known_bad_twin_reading_and_then_writing_lets_several_win(committed_cast: Cast) -> None:
    """Why the lease is one UPDATE: between a look and a write there is room for everybody."""
    with organization_scope(committed_cast.lindenhof.id):
        endpoint = a_gateway(committed_cast.lindenhof, 15020)
    won: list[str] = []
    looked = threading.Barrier(4)

    def careless(owner: str) -> None:
        with organization_scope(committed_cast.lindenhof.id):
            free = Endpoint.objects.get(pk=endpoint.pk).lease_owner == ""
            looked.wait()
            if free:
                Endpoint.objects.filter(pk=endpoint.pk).update(lease_owner=owner)
                won.append(owner)
        connections.close_all()

    threads = [threading.Thread(target=careless, args=(f"worker {n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 4
