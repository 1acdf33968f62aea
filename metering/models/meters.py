# SPDX-License-Identifier: Apache-2.0
"""Meters, what they count, where they belong and how they hang together."""

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.audit import audited
from accounts.scope import OrganizationScoped, ScopedForeignKey, ScopedOneToOneField
from metering.models.triggers import KEYS_STAY, TREE_HOLDS


class MeterMode(models.TextChoices):
    CONSUMPTION = "consumption", _("Consumption")
    INTRODUCTION = "introduction", _("Grid connection")
    PRODUCTION = "production", _("Production")
    BATTERY = "battery", _("Battery")


class Direction(models.TextChoices):
    """Seen from the network: import flows to the consumer (OBIS 1.8), export comes from it (OBIS 2.8)."""

    IMPORT = "import", _("Import")
    EXPORT = "export", _("Export")


@audited(history="MeterHistory")
@pgtrigger.register(KEYS_STAY)
class Meter(OrganizationScoped):
    """
    A technical object with registers.  Its number is what is printed on it and need not be unique.

    `successor.predecessor` points back in time; a chain is counted as one place.
    Meters are never deleted, only closed: readings refer to them for ever.
    """

    wall_grants = "SELECT, INSERT, UPDATE"

    equipment = ScopedOneToOneField(
        "premises.Equipment", on_delete=models.PROTECT, related_name="meter", verbose_name=_("Equipment")
    )
    site = ScopedForeignKey(
        "premises.Site", on_delete=models.PROTECT, related_name="meters", verbose_name=_("Site")
    )
    number = models.CharField(_("Number"), max_length=40)
    kind = ScopedForeignKey(
        "metering.MeterKind", on_delete=models.PROTECT, related_name="meters", verbose_name=_("Kind")
    )
    mode = models.CharField(
        _("Mode"), max_length=12, choices=MeterMode.choices, default=MeterMode.CONSUMPTION
    )
    billing_relevant = models.BooleanField(_("Billing-relevant"), default=True)
    predecessor = ScopedOneToOneField(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="successor",
        verbose_name=_("Predecessor"),
    )
    most_per_hour = models.BigIntegerField(
        _("Most per hour"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("What the connection can carry in an hour (Wh or ml); more is a jump."),
    )
    opened_at = models.DateTimeField(_("In service since"), null=True, blank=True)
    closed_at = models.DateTimeField(_("Out of service since"), null=True, blank=True)

    class Meta:
        verbose_name = _("Meter")
        verbose_name_plural = _("Meters")
        ordering = ["number", "id"]
        indexes = [models.Index(fields=["organization", "number"], name="meter_number")]
        constraints = [
            models.CheckConstraint(
                name="meter_not_its_own_predecessor", condition=~models.Q(predecessor=models.F("id"))
            ),
            models.CheckConstraint(
                name="meter_opened_before_closed",
                condition=models.Q(opened_at=None)
                | models.Q(closed_at=None)
                | models.Q(opened_at__lte=models.F("closed_at")),
            ),
        ]

    def __str__(self) -> str:
        return self.number


@audited
@pgtrigger.register(KEYS_STAY)
class Register(OrganizationScoped):
    """
    One counting mechanism of a meter.

    Its readings and slots are whole numbers of `10^resolution` base units; at
    `10^digits` of those it begins again at 0.  Never deleted, and it never
    changes its id or organization: interval rows refer to it without a foreign
    key (docs/adr/0010).
    """

    wall_grants = "SELECT, INSERT, UPDATE"

    meter = ScopedForeignKey(
        "metering.Meter", on_delete=models.PROTECT, related_name="registers", verbose_name=_("Meter")
    )
    obis = models.CharField(_("OBIS code"), max_length=20)
    direction = models.CharField(
        _("Direction"), max_length=6, choices=Direction.choices, default=Direction.IMPORT
    )
    tariff = models.PositiveSmallIntegerField(
        _("Tariff"), default=0, help_text=_("0 is the total; 1 and 2 are the registers of a dual tariff.")
    )
    digits = models.PositiveSmallIntegerField(
        _("Digits"),
        null=True,
        blank=True,
        validators=[MinValueValidator(3), MaxValueValidator(18)],
        help_text=_("After the last one the register begins again at 0."),
    )
    resolution = models.PositiveSmallIntegerField(
        _("Resolution"),
        default=0,
        validators=[MaxValueValidator(6)],
        help_text=_("Power of ten of the base unit (Wh or ml) that one count stands for."),
    )

    class Meta:
        verbose_name = _("Register")
        verbose_name_plural = _("Registers")
        ordering = ["meter", "obis"]
        constraints = [
            models.UniqueConstraint("organization", "meter", "obis", name="register_obis_unique"),
            models.CheckConstraint(name="register_resolution", condition=models.Q(resolution__lte=6)),
            models.CheckConstraint(
                name="register_digits",
                condition=models.Q(digits=None) | models.Q(digits__gte=3, digits__lte=18),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.meter} {self.obis}"

    @property
    def maximum(self) -> int | None:
        """The highest index it shows, in counts."""
        return None if self.digits is None else int(10**self.digits) - 1


def _no_overlap(name: str, field: str) -> ExclusionConstraint:
    return ExclusionConstraint(
        name=name,
        expressions=[
            ("organization", RangeOperators.EQUAL),
            (field, RangeOperators.EQUAL),
            ("period", RangeOperators.OVERLAPS),
        ],
    )


@audited
class MeterFactor(OrganizationScoped):
    """The transformer ratio of a meter in a period of the site's days; without one it is 1."""

    meter = ScopedForeignKey("metering.Meter", on_delete=models.PROTECT, related_name="factors")
    factor = models.PositiveIntegerField(_("Factor"), validators=[MinValueValidator(1)])
    period = DateRangeField(_("Period"))

    class Meta:
        verbose_name = _("Factor")
        verbose_name_plural = _("Factors")
        ordering = ["meter", "period"]
        constraints = [
            _no_overlap("meter_factor_no_overlap", "meter"),
            models.CheckConstraint(name="meter_factor_not_empty", condition=models.Q(period__isempty=False)),
            models.CheckConstraint(name="meter_factor_positive", condition=models.Q(factor__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.meter} × {self.factor}"


@audited
class MeterAssignment(OrganizationScoped):
    """Which billing point pays for a meter in a period of the site's days (not where the meter hangs)."""

    meter = ScopedForeignKey(
        "metering.Meter", on_delete=models.PROTECT, related_name="assignments", verbose_name=_("Meter")
    )
    billing_point = ScopedForeignKey(
        "premises.BillingPoint",
        on_delete=models.PROTECT,
        related_name="meter_assignments",
        verbose_name=_("Billing point"),
    )
    period = DateRangeField(_("Period"))

    class Meta:
        verbose_name = _("Assignment")
        verbose_name_plural = _("Assignments")
        ordering = ["meter", "period"]
        constraints = [
            _no_overlap("meter_assignment_no_overlap", "meter"),
            models.CheckConstraint(
                name="meter_assignment_not_empty", condition=models.Q(period__isempty=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.meter} → {self.billing_point}"


@audited
@pgtrigger.register(TREE_HOLDS)
class MeterLink(OrganizationScoped):
    """
    A child hangs below a parent in a period of the site's days.

    The database refuses a second parent (exclusion constraint), a parent of
    another site or unit, and a cycle (trigger).
    """

    parent = ScopedForeignKey(
        "metering.Meter", on_delete=models.PROTECT, related_name="child_links", verbose_name=_("Parent")
    )
    child = ScopedForeignKey(
        "metering.Meter", on_delete=models.PROTECT, related_name="parent_links", verbose_name=_("Child")
    )
    period = DateRangeField(_("Period"))

    class Meta:
        verbose_name = _("Place in the tree")
        verbose_name_plural = _("Places in the tree")
        ordering = ["parent", "period"]
        constraints = [
            _no_overlap("meter_link_one_parent", "child"),
            models.CheckConstraint(name="meter_link_not_empty", condition=models.Q(period__isempty=False)),
        ]

    def __str__(self) -> str:
        return f"{self.parent} → {self.child}"
