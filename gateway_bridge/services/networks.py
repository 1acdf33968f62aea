# SPDX-License-Identifier: Apache-2.0
"""Which networks an organization's gateways may be in: the platform's operator decides."""

from gateway_bridge.models import GatewayNetwork


def allow_network(*, cidr: str, note: str = "") -> GatewayNetwork:
    """
    Let the organization in force have gateways in this network.

    :raises ValidationError: if `cidr` is no network.
    """
    network = GatewayNetwork(cidr=cidr, note=note)
    network.clean()
    known = GatewayNetwork.objects.filter(cidr=network.cidr).first()
    if known is None:
        network.save()
    return known or network
