# SPDX-License-Identifier: Apache-2.0
"""Technical objects: whatever in a building is inspected or read."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.audit import audited
from accounts.scope import OrganizationScoped, ScopedForeignKey


class EquipmentKind(models.TextChoices):
    METER = "meter", _("Meter")
    GATEWAY = "gateway", _("Gateway")
    ROUTER = "router", _("Router")
    CONVERTER = "converter", _("Converter")
    INVERTER = "inverter", _("Inverter")
    OTHER = "other", _("Other")


class EquipmentDefinition(OrganizationScoped):
    """What kinds of technical objects an organization has, and whether they may form trees."""

    name = models.CharField(_("Name"), max_length=80)
    kind = models.CharField(_("Kind"), max_length=10, choices=EquipmentKind.choices)
    tree_allowed = models.BooleanField(_("Tree structure allowed"), default=True)
    calibration_field = models.BooleanField(_("Calibration expiry in use"), default=True)

    class Meta:
        verbose_name = _("Definition")
        ordering = ["name"]
        constraints = [models.UniqueConstraint("organization", "name", name="definition_name_unique")]

    def __str__(self) -> str:
        return self.name


@audited
class Equipment(OrganizationScoped):
    """One technical object at its place.  A meter or gateway adds what only meters or gateways have."""

    definition = ScopedForeignKey(
        "premises.EquipmentDefinition",
        on_delete=models.PROTECT,
        related_name="equipment",
        verbose_name=_("Definition"),
    )
    site = ScopedForeignKey(
        "premises.Site", on_delete=models.PROTECT, related_name="equipment", verbose_name=_("Site")
    )
    building = ScopedForeignKey(
        "premises.Building",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="equipment",
        verbose_name=_("Building"),
    )
    name = models.CharField(_("Name"), max_length=80)
    place = models.CharField(_("Place"), max_length=120, blank=True)
    manufacturer = models.CharField(_("Manufacturer"), max_length=60, blank=True)
    model = models.CharField(_("Model"), max_length=60, blank=True)
    serial = models.CharField(_("Serial number"), max_length=40, blank=True)
    installed_on = models.DateField(_("Installed"), null=True, blank=True)
    removed_on = models.DateField(_("Removed"), null=True, blank=True)
    calibration_expires_on = models.DateField(_("Calibration expires"), null=True, blank=True)
    warranty_until = models.DateField(_("Warranty until"), null=True, blank=True)

    class Meta:
        verbose_name = _("Equipment")
        verbose_name_plural = _("Equipment")
        ordering = ["name"]
        indexes = [models.Index(fields=["organization", "serial"], name="equipment_serial")]

    def __str__(self) -> str:
        return self.name
