# SPDX-License-Identifier: Apache-2.0
"""Gateways, and the connections through which their buses are reached."""

from ipaddress import ip_network

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.audit import audited
from accounts.scope import OrganizationScoped, ScopedForeignKey, ScopedOneToOneField
from accounts.secrets import EncryptedTextField


class PollingClass(models.TextChoices):
    """How often the counters behind a gateway are read."""

    QUARTER_HOUR = "quarter", _("Every quarter hour")
    HOUR = "hour", _("Every hour")
    DAY = "day", _("Once a day, at midnight")


class Transport(models.TextChoices):
    """How the bus behind an endpoint is spoken to."""

    MODBUS_TCP = "modbus_tcp", _("Modbus TCP")
    RTU_TCP = "rtu_tcp", _("Modbus RTU over TCP")
    MBUS_TCP = "mbus_tcp", _("M-Bus over TCP")

    @property
    def protocol(self) -> str:
        """The protocol as device profiles name it."""
        return "mbus" if self is Transport.MBUS_TCP else "modbus"

    @property
    def profile_transport(self) -> str:
        """The transport as device profiles name it."""
        return {"modbus_tcp": "modbus-tcp", "rtu_tcp": "modbus-rtu", "mbus_tcp": "mbus"}[str(self.value)]


@audited(exclude=["secret"])
class Gateway(OrganizationScoped):
    """A box in a building through which meters are read; its name and place are its equipment's."""

    equipment = ScopedOneToOneField(
        "premises.Equipment", on_delete=models.PROTECT, related_name="gateway", verbose_name=_("Equipment")
    )
    site = ScopedForeignKey(
        "premises.Site", on_delete=models.PROTECT, related_name="gateways", verbose_name=_("Site")
    )
    polling_class = models.CharField(
        _("Reading interval"), max_length=8, choices=PollingClass.choices, default=PollingClass.QUARTER_HOUR
    )
    is_paused = models.BooleanField(
        _("Paused"), default=False, help_text=_("Nothing is read while a gateway is paused.")
    )
    secret = EncryptedTextField(
        _("Password"), help_text=_("Stored encrypted and never shown again. Leave empty to keep it.")
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("Gateway")
        verbose_name_plural = _("Gateways")
        ordering = ["site__name", "equipment__name"]
        constraints = [
            models.UniqueConstraint("organization", "equipment", name="gateway_equipment_unique"),
        ]

    def __str__(self) -> str:
        return str(self.equipment)


@audited(exclude=["lease_owner", "lease_epoch", "lease_until"])
class Endpoint(OrganizationScoped):
    """
    One connection to one bus.

    One process at a time may speak on it.  The lease says which and until when (on the database's clock);
    its epoch grows with every owner, so that a former owner that comes back late can store nothing.
    Code that edits an endpoint saves named fields only, never the lease.
    """

    gateway = ScopedForeignKey(
        "gateway_bridge.Gateway",
        on_delete=models.PROTECT,
        related_name="endpoints",
        verbose_name=_("Gateway"),
    )
    transport = models.CharField(_("Connection"), max_length=12, choices=Transport.choices)
    host = models.CharField(_("Host"), max_length=253, help_text=_("IP address or name of the converter."))
    port = models.PositiveIntegerField(
        _("Port"), default=502, validators=[MinValueValidator(1), MaxValueValidator(65535)]
    )
    answer_ms = models.PositiveIntegerField(
        _("Time to answer (ms)"),
        default=1000,
        validators=[MinValueValidator(100), MaxValueValidator(10_000)],
        help_text=_("How long a device may take; a serial server's own time-out and 300 ms more."),
    )
    settle_ms = models.PositiveIntegerField(
        _("Silence after an error (ms)"),
        default=1500,
        validators=[MaxValueValidator(30_000)],
        help_text=_("As long as the latest answer may be late. Never used with Modbus TCP."),
    )
    pause_ms = models.PositiveIntegerField(
        _("Pause between questions (ms)"), default=0, validators=[MaxValueValidator(5000)]
    )
    lease_owner = models.CharField(max_length=80, blank=True, default="", editable=False)
    lease_epoch = models.BigIntegerField(default=0, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("Connection")
        verbose_name_plural = _("Connections")
        ordering = ["gateway", "pk"]
        constraints = [
            models.UniqueConstraint("organization", "host", "port", name="endpoint_address_unique"),
            models.CheckConstraint(name="endpoint_port", condition=models.Q(port__gte=1, port__lte=65535)),
        ]

    def __str__(self) -> str:
        return f"{self.get_transport_display()} {self.host}:{self.port}"


@audited
class GatewayNetwork(OrganizationScoped):
    """A network in which an organization may have gateways; granted by the platform's operator."""

    cidr = models.CharField(_("Network"), max_length=49, help_text=_("For example 10.20.0.0/16."))
    note = models.CharField(_("Note"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("Gateway network")
        verbose_name_plural = _("Gateway networks")
        ordering = ["cidr"]
        constraints = [models.UniqueConstraint("organization", "cidr", name="gateway_network_unique")]

    def __str__(self) -> str:
        return self.cidr

    def clean(self) -> None:
        try:
            self.cidr = str(ip_network(self.cidr.strip(), strict=True))
        except ValueError:
            raise ValidationError(
                {"cidr": _("“%(cidr)s” is not a network such as 10.20.0.0/16.") % {"cidr": self.cidr}}
            ) from None
