# SPDX-License-Identifier: Apache-2.0
"""What kinds of meters an organization has, and where its readings come from."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.audit import audited
from accounts.scope import OrganizationScoped


class BaseUnit(models.TextChoices):
    """One whole unit per medium: everything stored and computed is a whole number of it."""

    WATT_HOUR = "Wh", "Wh"
    MILLILITRE = "ml", "ml"


class Medium(models.TextChoices):
    ELECTRICITY = "electricity", _("Electricity")
    HEAT = "heat", _("Heat")
    COOLING = "cooling", _("Cooling")
    COLD_WATER = "cold_water", _("Cold water")
    HOT_WATER = "hot_water", _("Hot water")
    GAS = "gas", _("Gas")


@audited
class MeterKind(OrganizationScoped):
    """A kind of meter; a used one is deactivated, never deleted."""

    wall_grants = "SELECT, INSERT, UPDATE"

    number = models.PositiveSmallIntegerField(_("Number"))
    name = models.CharField(_("Name"), max_length=80)
    medium = models.CharField(_("Medium"), max_length=12, choices=Medium.choices)
    unit = models.CharField(_("Unit"), max_length=2, choices=BaseUnit.choices)
    billing_relevant = models.BooleanField(_("Billing-relevant by default"), default=True)
    dual_tariff = models.BooleanField(_("Dual tariff"), default=False)
    is_active = models.BooleanField(_("Active"), default=True)

    class Meta:
        verbose_name = _("Meter kind")
        verbose_name_plural = _("Meter kinds")
        ordering = ["number"]
        constraints = [models.UniqueConstraint("organization", "number", name="meter_kind_number_unique")]

    def __str__(self) -> str:
        return self.name


@audited
class ReadingMethod(OrganizationScoped):
    """
    Where a reading came from.

    Where several readings exist for one register and instant, the method with
    the higher `rank` counts (measured before manual before estimated), then the
    later reading.  `code` is what the product's own sources call themselves.
    """

    wall_grants = "SELECT, INSERT, UPDATE"

    number = models.PositiveSmallIntegerField(_("Number"))
    code = models.SlugField(_("Code"), max_length=20)
    name = models.CharField(_("Name"), max_length=80)
    rank = models.PositiveSmallIntegerField(_("Rank"), help_text=_("The higher one counts."))
    is_default_manual = models.BooleanField(_("Default for manual entry"), default=False)
    is_default_generated = models.BooleanField(_("Default for generated readings"), default=False)
    is_active = models.BooleanField(_("Active"), default=True)

    class Meta:
        verbose_name = _("Reading method")
        verbose_name_plural = _("Reading methods")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint("organization", "number", name="reading_method_number_unique"),
            models.UniqueConstraint("organization", "code", name="reading_method_code_unique"),
            models.UniqueConstraint(
                fields=["organization"],
                condition=models.Q(is_default_manual=True),
                name="reading_method_one_default_manual",
            ),
            models.UniqueConstraint(
                fields=["organization"],
                condition=models.Q(is_default_generated=True),
                name="reading_method_one_default_generated",
            ),
        ]

    def __str__(self) -> str:
        return self.name
