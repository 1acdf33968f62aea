# SPDX-License-Identifier: Apache-2.0
"""What a cycle is given and what it brings home."""

from __future__ import annotations

from dataclasses import dataclass

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


class UnknownProfile(WireError):
    """The device is bound to a profile that does not exist (any more)."""

    kind = "unknown_profile"


@dataclass(frozen=True, slots=True)
class DeviceOutcome:
    """What came of a visit: exactly one of `visit` and `error` is given."""

    binding_id: int
    visit: Visit | None
    error: WireError | None


@dataclass(frozen=True, slots=True)
class EndpointPlan:
    """
    A bus to read and the lease under which it is read.

    `devices` are in the order in which they may be tried, the one that answered last in front.
    `breaker_open`: nobody answered lately, so one device is asked first, and the others only if it
    answers.  `unreadable` are devices that cannot be asked at all.
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
    unreadable: tuple[DeviceOutcome, ...] = ()


@dataclass(frozen=True, slots=True)
class EndpointOutcome:
    """A whole cycle over one bus; the bus has been silent for the settle time when this is handed over."""

    plan: EndpointPlan
    outcomes: tuple[DeviceOutcome, ...]
    seconds: float
    connected: bool
