# SPDX-License-Identifier: Apache-2.0
"""Where: sites, their buildings, and the places in them that are billed."""

from zoneinfo import ZoneInfo

import pgtrigger
from django.contrib.postgres.fields import DateRangeField
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.audit import audited
from accounts.scope import OrganizationScoped, ScopedForeignKey
from sites.models.tiling import tiling_trigger


def validate_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValidationError(
            _("“%(name)s” is not a time zone. Use a name such as Europe/Zurich."), params={"name": name}
        ) from None


class SiteState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    SETUP = "setup", _("Set-up")
    VALIDATION = "validation", _("Validation")
    OPERATION = "operation", _("In operation")
    DEACTIVATED = "deactivated", _("Deactivated")


@audited
class Site(OrganizationScoped):
    """One property with one time zone; its days and tariff hours are everybody's days and tariff hours."""

    reference = models.CharField(
        _("Reference"), max_length=20, help_text=_("Short and unique, as it stands on the plans.")
    )
    name = models.CharField(_("Name"), max_length=120)
    street = models.CharField(_("Street"), max_length=70, blank=True)
    house_number = models.CharField(_("House number"), max_length=16, blank=True)
    postcode = models.CharField(_("Postcode"), max_length=16, blank=True)
    town = models.CharField(_("Town"), max_length=35, blank=True)
    country = models.CharField(
        _("Country"), max_length=2, default="CH", choices=[("CH", _("Switzerland")), ("DE", _("Germany"))]
    )
    latitude = models.DecimalField(_("Latitude"), max_digits=8, decimal_places=5, null=True, blank=True)
    longitude = models.DecimalField(_("Longitude"), max_digits=8, decimal_places=5, null=True, blank=True)
    time_zone = models.CharField(
        _("Time zone"), max_length=40, default="Europe/Zurich", validators=[validate_zone]
    )
    grid_operator = models.CharField(_("Grid operator"), max_length=80, blank=True)
    state = models.CharField(_("State"), max_length=12, choices=SiteState.choices, default=SiteState.DRAFT)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("Site")
        ordering = ["name"]
        constraints = [models.UniqueConstraint("organization", "reference", name="site_reference_unique")]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def address(self) -> str:
        return f"{self.street} {self.house_number}, {self.postcode} {self.town}".strip(" ,")


@audited
class Building(OrganizationScoped):
    """A building of a site; billing points are listed by building everywhere."""

    site = ScopedForeignKey(
        "premises.Site", on_delete=models.PROTECT, related_name="buildings", verbose_name=_("Site")
    )
    name = models.CharField(_("Name"), max_length=80)
    position = models.PositiveSmallIntegerField(_("Order"), default=0)

    class Meta:
        verbose_name = _("Building")
        ordering = ["position", "name"]
        constraints = [models.UniqueConstraint("organization", "site", "name", name="building_name_unique")]

    def __str__(self) -> str:
        return self.name


class BillingPointUse(models.TextChoices):
    FLAT = "flat", _("Flat")
    SHOP = "shop", _("Shop or office")
    COMMON = "common", _("Common area")
    PARKING = "parking", _("Parking bay")
    LAUNDRY = "laundry", _("Laundry")
    TECHNICAL = "technical", _("Technical room")


@audited
@pgtrigger.register(
    tiling_trigger("NEW.id", pgtrigger.Insert | pgtrigger.UpdateOf("existence"))  # type: ignore[no-untyped-call]
)
class BillingPoint(OrganizationScoped):
    """
    A place that is billed: flat, shop, common area, parking bay.  Never a person.

    From the first day of its existence to the last, exactly one occupancy holds
    on every day (exclusion constraint and deferred trigger).
    """

    building = ScopedForeignKey(
        "premises.Building",
        on_delete=models.PROTECT,
        related_name="billing_points",
        verbose_name=_("Building"),
    )
    name = models.CharField(_("Name"), max_length=80)
    use = models.CharField(
        _("Use"), max_length=10, choices=BillingPointUse.choices, default=BillingPointUse.FLAT
    )
    area_m2 = models.DecimalField(
        _("Area (m²)"),
        max_digits=9,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    thousandths = models.DecimalField(
        _("Thousandths"),
        max_digits=8,
        decimal_places=3,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    position = models.PositiveSmallIntegerField(_("Order"), default=0)
    is_activated = models.BooleanField(_("Activated"), default=True, help_text=_("Counted and billed."))
    consumer_billing = models.BooleanField(_("Consumer billing"), default=True)
    in_cost_statement = models.BooleanField(_("In the cost statement"), default=True)
    priority = models.SmallIntegerField(
        _("Self-consumption priority"),
        default=0,
        help_text=_("Larger numbers are served with solar power first."),
    )
    existence = DateRangeField(_("Exists"))

    class Meta:
        verbose_name = _("Billing point")
        ordering = ["building__position", "position", "name"]
        constraints = [
            models.UniqueConstraint("organization", "building", "name", name="billing_point_name_unique")
        ]

    def __str__(self) -> str:
        return self.name


class ActorRole(models.TextChoices):
    OWNER = "owner", _("Owner")
    AGENT = "agent", _("Agent")
    TECHNICAL = "technical", _("Technical manager")
    CONTRACTOR = "contractor", _("Contractor")
    OTHER = "other", _("Other")


@audited
class SiteActor(OrganizationScoped):
    """An account linked to a site; what its contacts may do follows from it."""

    site = ScopedForeignKey(
        "premises.Site", on_delete=models.CASCADE, related_name="actors", verbose_name=_("Site")
    )
    account = ScopedForeignKey(
        "accounts.Account", on_delete=models.PROTECT, related_name="site_links", verbose_name=_("Account")
    )
    role = models.CharField(_("Role"), max_length=10, choices=ActorRole.choices, default=ActorRole.OWNER)

    class Meta:
        verbose_name = _("Actor")
        constraints = [
            models.UniqueConstraint("organization", "site", "account", "role", name="site_actor_unique")
        ]

    def __str__(self) -> str:
        return f"{self.account} ({self.get_role_display()})"
