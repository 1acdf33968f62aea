# SPDX-License-Identifier: Apache-2.0
"""Stop and start the reading of a whole gateway, or of one device."""

from gateway_bridge.models import DeviceBinding, Gateway


def pause(gateway: Gateway) -> None:
    """Nothing behind the gateway is read until `resume`; a cycle that runs now is stored."""
    _set_paused(gateway, paused=True)


def resume(gateway: Gateway) -> None:
    """Read again, from the next slot or repair on."""
    _set_paused(gateway, paused=False)


def enable(binding: DeviceBinding, *, enabled: bool) -> None:
    """Whether this device is read."""
    binding.is_enabled = enabled
    binding.save(update_fields=["is_enabled"])


def _set_paused(gateway: Gateway, *, paused: bool) -> None:
    gateway.is_paused = paused
    gateway.save(update_fields=["is_paused"])
