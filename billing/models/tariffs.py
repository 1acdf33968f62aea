# SPDX-License-Identifier: Apache-2.0
"""What a quantity costs, for whom, from when to when."""

import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.audit import audited
from accounts.scope import OrganizationScoped, ScopedForeignKey
from billing.models.solutions import SolutionKind
from billing.models.triggers import (
    approved_stays,
    follows_its_tariff,
    leads_its_assignments,
    no_truncate,
    unchangeable,
)

LANGUAGES = tuple(code for code, _name in settings.LANGUAGES)


def in_language(titles: dict[str, str], language: str | None = None) -> str:
    """The title in a language (the active one by default), else the first that was given."""
    chosen = (language or get_language() or "en").split("-")[0]
    return titles.get(chosen) or next((text for text in titles.values() if text), "")


class Flow(models.TextChoices):
    ELECTRICITY = "electricity", _("Electricity")


class Part(models.TextChoices):
    ALL = "all", _("All energy")
    SOLAR = "solar", _("Solar energy")
    GRID = "grid", _("Grid energy")


class Unit(models.TextChoices):
    KWH = "kWh", _("kWh")
    KW = "kW", _("kW (highest quarter hour of each month)")
    MONTH = "month", _("Month")
    DAY = "day", _("Day")


@audited
class SlotCalendar(OrganizationScoped):
    """Names for the hours of the week (high, low …); what they are is said by its versions."""

    name = models.CharField(_("Name"), max_length=80)

    class Meta:
        verbose_name = _("Calendar of tariff hours")
        ordering = ["name"]
        constraints = [models.UniqueConstraint("organization", "name", name="slot_calendar_name_unique")]

    def __str__(self) -> str:
        return self.name


@pgtrigger.register(unchangeable(), no_truncate())
class SlotCalendarVersion(OrganizationScoped):
    """One wording of a calendar, never changed: `windows` as `billing.tariffs` reads them."""

    wall_grants = "SELECT, INSERT"

    calendar = ScopedForeignKey(
        "billing.SlotCalendar", on_delete=models.PROTECT, related_name="versions", verbose_name=_("Calendar")
    )
    version = models.PositiveSmallIntegerField(_("Version"))
    windows = models.JSONField(_("Windows"))
    created_at = models.DateTimeField(_("Created"))
    created_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("Version of a calendar")
        ordering = ["calendar", "-version"]
        constraints = [
            models.UniqueConstraint("organization", "calendar", "version", name="calendar_version_unique")
        ]

    def __str__(self) -> str:
        return f"{self.calendar} ({self.version})"


@audited
@pgtrigger.register(leads_its_assignments())
class Tariff(OrganizationScoped):
    """
    Prices for a period of the site's days.

    Once the owner has approved it, its components stay as they are (trigger); another price is
    another tariff, from another day.
    """

    solution = ScopedForeignKey(
        "billing.Solution", on_delete=models.PROTECT, related_name="tariffs", verbose_name=_("Solution")
    )
    titles = models.JSONField(_("Title"), default=dict)
    period = DateRangeField(_("Period"))
    calendar = ScopedForeignKey(
        "billing.SlotCalendarVersion",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="tariffs",
        verbose_name=_("Tariff hours"),
        help_text=_("Empty: one price round the clock."),
    )
    approved_at = models.DateTimeField(_("Approved"), null=True, blank=True)
    approved_by = models.ForeignKey(
        "accounts.User",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("Approved by"),
    )
    approval_reason = models.TextField(_("Reason"), blank=True)

    class Meta:
        verbose_name = _("Tariff")
        ordering = ["solution", "period"]
        constraints = [
            models.CheckConstraint(name="tariff_not_empty", condition=models.Q(period__isempty=False)),
            models.CheckConstraint(
                name="tariff_approved_by_somebody",
                condition=models.Q(approved_at__isnull=True, approved_by__isnull=True)
                | models.Q(approved_at__isnull=False, approved_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        return in_language(self.titles)

    @property
    def is_approved(self) -> bool:
        return self.approved_at is not None


@audited
@pgtrigger.register(approved_stays("affected.tariff_id"), no_truncate())
class TariffComponent(OrganizationScoped):
    """One price: what flows, which part of it, in which tariff hours, per which unit."""

    tariff = ScopedForeignKey(
        "billing.Tariff", on_delete=models.CASCADE, related_name="components", verbose_name=_("Tariff")
    )
    flow = models.CharField(_("Flow"), max_length=12, choices=Flow.choices, default=Flow.ELECTRICITY)
    part = models.CharField(_("Part"), max_length=6, choices=Part.choices, default=Part.ALL)
    slot = models.CharField(
        _("Tariff hours"),
        max_length=30,
        default="all",
        validators=[RegexValidator(r"^[a-z0-9][a-z0-9_-]*\Z", _("Use small letters, digits, - and _."))],
        help_text=_("all, high, low, or a name from the calendar."),
    )
    unit = models.CharField(_("Unit"), max_length=6, choices=Unit.choices, default=Unit.KWH)
    price = models.DecimalField(_("Price"), max_digits=12, decimal_places=5, help_text=_("Without VAT."))
    vat_rule = models.CharField(_("VAT"), max_length=20, default="standard")
    titles = models.JSONField(_("Title on the invoice"), default=dict)
    position = models.PositiveSmallIntegerField(_("Order on the invoice"), default=0)
    tiers = models.JSONField(_("Tiers"), default=list, blank=True)

    class Meta:
        verbose_name = _("Tariff component")
        ordering = ["tariff", "position", "pk"]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        return in_language(self.titles)


@audited
@pgtrigger.register(follows_its_tariff())
class TariffAssignment(OrganizationScoped):
    """A tariff serves a billing point; at most one per point, kind of solution and day."""

    tariff = ScopedForeignKey(
        "billing.Tariff", on_delete=models.CASCADE, related_name="assignments", verbose_name=_("Tariff")
    )
    billing_point = ScopedForeignKey(
        "premises.BillingPoint",
        on_delete=models.PROTECT,
        related_name="tariff_assignments",
        verbose_name=_("Billing point"),
    )
    # Copies, kept by triggers: an exclusion constraint sees one table only.
    solution_kind = models.CharField(max_length=12, choices=SolutionKind.choices, editable=False)
    period = DateRangeField(editable=False, null=True)

    class Meta:
        verbose_name = _("Assignment of a tariff")
        constraints = [
            models.UniqueConstraint(
                "organization", "tariff", "billing_point", name="tariff_assignment_unique"
            ),
            ExclusionConstraint(
                name="tariff_assignment_no_overlap",
                expressions=[
                    ("organization", RangeOperators.EQUAL),
                    ("billing_point", RangeOperators.EQUAL),
                    ("solution_kind", RangeOperators.EQUAL),
                    ("period", RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tariff}: {self.billing_point}"
