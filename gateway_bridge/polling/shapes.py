# SPDX-License-Identifier: Apache-2.0
"""What a cycle is given and what it brings home."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gateway_bridge.addresses import Reach
from gateway_bridge.drivers.errors import WireError
from gateway_bridge.drivers.link import Timing
from gateway_bridge.drivers.profile import Profile
from gateway_bridge.drivers.samples import Device, Visit


@dataclass(frozen=True, slots=True)
class DevicePlan:
    """A device to visit; `suspect` if it did not answer last time."""

    binding_id: int
    device: Device
    profile: Profile
    suspect: bool = False


@dataclass(frozen=True, slots=True)
class EndpointPlan:
    """
    A bus to read and the lease under which it is read.

    `breaker_open`: nobody answered for many cycles, so one device is asked first, and the others only if
    it answers.
    """

    endpoint_id: int
    epoch: int
    transport: str
    host: str
    port: int
    timing: Timing
    reach: Reach
    devices: tuple[DevicePlan, ...]
    breaker_open: bool = False


@dataclass(frozen=True, slots=True)
class DeviceOutcome:
    """What came of a visit: exactly one of `visit` and `error` is given."""

    binding_id: int
    visit: Visit | None
    error: WireError | None
    read_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class EndpointOutcome:
    """A whole cycle over one bus; the bus has been silent for the settle time when this is handed over."""

    plan: EndpointPlan
    outcomes: tuple[DeviceOutcome, ...]
    seconds: float
    connected: bool
