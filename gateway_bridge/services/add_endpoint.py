# SPDX-License-Identifier: Apache-2.0
"""Give a gateway another connection, or change one."""

from dataclasses import dataclass

from django.db import transaction

from gateway_bridge.connect import check_host
from gateway_bridge.models import DeviceBinding, Endpoint, EndpointHealth, Gateway, Transport
from gateway_bridge.selectors import reach_of_organization


class EndpointTaken(Exception):
    """Another connection of the organization has this host and port already: one bus, one owner."""


class TransportInUse(Exception):
    """Devices are bound to this connection with profiles of the other protocol."""


@dataclass(frozen=True, slots=True)
class EndpointDraft:
    """What a person says about a connection."""

    transport: str
    host: str
    port: int = 502
    answer_ms: int = 1000
    settle_ms: int = 1500
    pause_ms: int = 0


@transaction.atomic
def add_endpoint(*, gateway: Gateway, draft: EndpointDraft) -> Endpoint:
    """
    Create a connection of `gateway`.

    :raises AddressRefused: if the organization may not reach the host.
    :raises EndpointTaken: if another connection of the organization has this host and port.
    """
    _check(draft, None)
    endpoint = Endpoint.objects.create(
        gateway=gateway,
        transport=Transport(draft.transport),
        host=draft.host,
        port=draft.port,
        answer_ms=draft.answer_ms,
        settle_ms=draft.settle_ms,
        pause_ms=draft.pause_ms,
    )
    EndpointHealth.objects.create(endpoint=endpoint)
    return endpoint


@transaction.atomic
def change_endpoint(*, endpoint: Endpoint, draft: EndpointDraft) -> Endpoint:
    """
    Change a connection; what the breaker has learnt about the old one is forgotten.

    :raises AddressRefused: if the organization may not reach the host.
    :raises EndpointTaken: if another connection of the organization has this host and port.
    :raises TransportInUse: if devices on it speak the other protocol.
    """
    _check(draft, endpoint)
    before, after = Transport(endpoint.transport), Transport(draft.transport)
    in_use = DeviceBinding.objects.filter(endpoint=endpoint, removed_at=None)
    if before.protocol != after.protocol and in_use.exists():
        raise TransportInUse
    endpoint.transport, endpoint.host, endpoint.port = after, draft.host, draft.port
    endpoint.answer_ms, endpoint.settle_ms, endpoint.pause_ms = (
        draft.answer_ms, draft.settle_ms, draft.pause_ms,
    )  # fmt: skip
    # Never the lease: a worker may hold it right now.
    endpoint.save(update_fields=["transport", "host", "port", "answer_ms", "settle_ms", "pause_ms"])
    EndpointHealth.objects.filter(endpoint=endpoint).update(
        error_kind="", consecutive_failures=0, next_try_at=None
    )
    return endpoint


def _check(draft: EndpointDraft, endpoint: Endpoint | None) -> None:
    check_host(host=draft.host, port=draft.port, reach=reach_of_organization())
    taken = Endpoint.objects.filter(host=draft.host, port=draft.port)
    if endpoint is not None:
        taken = taken.exclude(pk=endpoint.pk)
    if taken.exists():
        raise EndpointTaken
