# SPDX-License-Identifier: Apache-2.0
"""The wire: staff look; administrators, coordinators and installers change; owners and residents do not."""

from accounts.rights import Right
from gateway_bridge.models import DeviceBinding, Endpoint
from gateway_bridge.services.networks import allow_network
from tests.cast import Side
from tests.gateway_bridge.setup import SDM_UNIT, a_gateway, a_meter, bind
from tests.route_expectations import needs


def site(side: Side) -> int:
    return int(side.site.pk)


def _endpoint(side: Side) -> Endpoint:
    allow_network(cidr="192.0.2.0/24")
    return Endpoint.objects.first() or a_gateway(side, 502, host="192.0.2.10")


def endpoint(side: Side) -> int:
    return int(_endpoint(side).pk)


def gateway(side: Side) -> int:
    return int(_endpoint(side).gateway_id)


def _binding(side: Side) -> DeviceBinding:
    """A device whose profile has gone: a live reading says so without asking the wire."""
    binding = bind(_endpoint(side), a_meter(side, "E-1"), SDM_UNIT)
    binding.profile = "gone"
    binding.save()
    return binding


def device(side: Side) -> int:
    return int(_binding(side).pk)


def meter(side: Side) -> int:
    return int(_binding(side).meter_id)


LOOK, CHANGE = Right.GATEWAY_VIEW, Right.GATEWAY_EDIT
ROUTES = {
    "gateway_bridge:gateways": needs(LOOK),
    "gateway_bridge:gateway": needs(LOOK, pk=gateway),
    "gateway_bridge:gateway-state": needs(LOOK, pk=gateway),
    "gateway_bridge:gateway-edit": needs(CHANGE, pk=gateway, methods="GET POST"),
    "gateway_bridge:gateway-pause": needs(CHANGE, pk=gateway, methods="POST"),
    "gateway_bridge:endpoint-add": needs(CHANGE, pk=gateway, methods="GET POST"),
    "gateway_bridge:endpoint-edit": needs(CHANGE, pk=endpoint, methods="GET POST"),
    "gateway_bridge:device-add": needs(CHANGE, pk=endpoint, methods="GET POST"),
    "gateway_bridge:device-try": needs(CHANGE, pk=endpoint, methods="POST"),
    "gateway_bridge:device-remove": needs(CHANGE, pk=device, methods="POST"),
    "gateway_bridge:device-enable": needs(CHANGE, pk=device, methods="POST"),
    "gateway_bridge:meter-live": needs(LOOK, meter_id=meter),
    "gateway_bridge:meter-values": needs(LOOK, meter_id=meter),
    "gateway_bridge:site-gateways": needs(LOOK, site_id=site),
    "gateway_bridge:gateway-add": needs(CHANGE, site_id=site, methods="GET POST"),
    "gateway_bridge:connection-test": needs(CHANGE, site_id=site, methods="POST"),
}
