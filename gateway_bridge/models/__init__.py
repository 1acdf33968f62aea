# SPDX-License-Identifier: Apache-2.0
from gateway_bridge.models.devices import DeviceBinding, RawTelegram
from gateway_bridge.models.gateways import Endpoint, Gateway, GatewayNetwork, PollingClass, Transport
from gateway_bridge.models.health import DeviceHealth, EndpointHealth

__all__ = [
    "DeviceBinding",
    "DeviceHealth",
    "Endpoint",
    "EndpointHealth",
    "Gateway",
    "GatewayNetwork",
    "PollingClass",
    "RawTelegram",
    "Transport",
]
