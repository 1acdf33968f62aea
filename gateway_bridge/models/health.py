# SPDX-License-Identifier: Apache-2.0
"""How connections and devices fare: what the pages show and what decides whom to ask next."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.scope import OrganizationScoped, ScopedOneToOneField


class EndpointHealth(OrganizationScoped):
    """
    The last cycle over an endpoint.

    `last_slot` is the latest slot whose cycle was stored: what is behind it has to be sent again.
    """

    endpoint = ScopedOneToOneField("gateway_bridge.Endpoint", on_delete=models.CASCADE, related_name="health")
    last_slot = models.DateTimeField(null=True)
    last_contact_at = models.DateTimeField(_("Last contact"), null=True)
    cycle_ms = models.PositiveIntegerField(_("Duration of the last cycle (ms)"), null=True)
    devices_read = models.PositiveSmallIntegerField(_("Devices read"), default=0)
    devices_asked = models.PositiveSmallIntegerField(_("Devices asked"), default=0)
    error_kind = models.CharField(_("Error"), max_length=20, blank=True)
    consecutive_failures = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("State of a connection")

    def __str__(self) -> str:
        return f"{self.endpoint_id}: {self.error_kind or 'ok'}"


class DeviceHealth(OrganizationScoped):
    """The last visits to a device.  `next_try_at` is set while it backs off."""

    binding = ScopedOneToOneField(
        "gateway_bridge.DeviceBinding", on_delete=models.CASCADE, related_name="health"
    )
    last_slot = models.DateTimeField(null=True)
    last_ok_at = models.DateTimeField(_("Last answer"), null=True)
    last_value_at = models.DateTimeField(_("Last value"), null=True)
    last_value = models.BigIntegerField(null=True)
    last_unit = models.CharField(max_length=16, blank=True)
    last_obis = models.CharField(max_length=24, blank=True)
    latency_ms = models.PositiveIntegerField(_("Duration of a visit (ms)"), null=True)
    error_kind = models.CharField(_("Error"), max_length=20, blank=True)
    consecutive_errors = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("State of a device")

    def __str__(self) -> str:
        return f"{self.binding_id}: {self.error_kind or 'ok'}"
