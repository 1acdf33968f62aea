# SPDX-License-Identifier: Apache-2.0
"""Which meter answers at which address, and what it said."""

import pgtrigger
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.audit import audited
from accounts.scope import OrganizationScoped, ScopedForeignKey

_IN_USE = models.Q(removed_at=None)


@audited
class DeviceBinding(OrganizationScoped):
    """
    A meter at an address of a bus, read with a profile.

    What it read stays with it: a binding is ended (`removed_at`), not deleted, and a meter that moves to
    another address gets a new one.  `serial` is what the device must say it is, at every visit.
    """

    endpoint = ScopedForeignKey(
        "gateway_bridge.Endpoint",
        on_delete=models.PROTECT,
        related_name="bindings",
        verbose_name=_("Connection"),
    )
    meter = ScopedForeignKey(
        "metering.Meter", on_delete=models.PROTECT, related_name="bindings", verbose_name=_("Meter")
    )
    profile = models.CharField(_("Device profile"), max_length=60)
    profile_version = models.PositiveSmallIntegerField(_("Profile version"))
    unit = models.PositiveSmallIntegerField(
        _("Unit address"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(247)]
    )
    primary = models.PositiveSmallIntegerField(
        _("Primary address"), null=True, blank=True, validators=[MaxValueValidator(250)]
    )
    serial = models.CharField(_("Serial number"), max_length=40, blank=True)
    manufacturer = models.CharField(_("Manufacturer code"), max_length=3, blank=True)
    is_enabled = models.BooleanField(_("Is read"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    removed_at = models.DateTimeField(_("Removed"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("Device")
        verbose_name_plural = _("Devices")
        ordering = ["endpoint", "unit", "primary", "serial"]
        constraints = [
            models.UniqueConstraint("organization", "meter", name="binding_meter_unique", condition=_IN_USE),
            models.UniqueConstraint(
                "organization", "endpoint", "unit", name="binding_unit_unique", condition=_IN_USE
            ),
            models.UniqueConstraint(
                "organization", "endpoint", "primary", name="binding_primary_unique", condition=_IN_USE
            ),
            models.UniqueConstraint(
                "organization",
                "endpoint",
                "serial",
                "manufacturer",
                name="binding_secondary_unique",
                condition=_IN_USE & models.Q(unit=None, primary=None),
            ),
            models.CheckConstraint(
                name="binding_has_one_address",
                condition=models.Q(unit__isnull=False, primary=None)
                | models.Q(unit=None, primary__isnull=False)
                | (models.Q(unit=None, primary=None) & ~models.Q(serial="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.meter} ({self.address})"

    @property
    def address(self) -> str:
        """The address as people write it on the cabinet."""
        number = self.unit if self.unit is not None else self.primary
        return str(number) if number is not None else f"{self.serial} {self.manufacturer}".strip()


@pgtrigger.register(
    pgtrigger.ReadOnly(
        name="telegram_is_kept_as_it_came",
        fields=["organization", "binding", "slot", "taken_at", "stored_at", "octets"],
    ),
    pgtrigger.Protect(
        name="telegram_is_kept_30_days",
        operation=pgtrigger.Delete,
        condition=pgtrigger.Condition("OLD.stored_at > now() - interval '30 days'"),
    ),
)
class RawTelegram(OrganizationScoped):
    """
    The bytes of one complete visit to a device, kept 30 days as they came (database triggers).

    One that gave values for each device and slot (unique): whoever polls a slot twice stores it once.
    Whether and by which version of which profile it was decoded may change; the bytes may not.
    """

    id = models.BigAutoField(primary_key=True)
    binding = ScopedForeignKey(
        "gateway_bridge.DeviceBinding", on_delete=models.PROTECT, related_name="telegrams"
    )
    slot = models.DateTimeField()
    taken_at = models.DateTimeField(_("Read"))
    stored_at = models.DateTimeField(db_default=Now())
    identity = models.CharField(_("Identity"), max_length=60, blank=True)
    octets = models.BinaryField()
    profile = models.CharField(_("Device profile"), max_length=60)
    profile_version = models.PositiveSmallIntegerField(_("Profile version"))
    decoded_at = models.DateTimeField(_("Decoded"), null=True)
    error = models.CharField(_("Error"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("Telegram")
        verbose_name_plural = _("Telegrams")
        ordering = ["-slot", "-pk"]
        constraints = [
            models.UniqueConstraint(
                "organization",
                "binding",
                "slot",
                name="telegram_once_per_slot",
                condition=models.Q(decoded_at__isnull=False),
            )
        ]
        indexes = [
            models.Index(fields=["organization", "stored_at"], name="telegram_age"),
            models.Index(
                fields=["organization", "id"],
                name="telegram_undecoded",
                condition=models.Q(decoded_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.binding_id} {self.slot:%Y-%m-%d %H:%M}"
