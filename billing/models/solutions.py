# SPDX-License-Identifier: Apache-2.0
"""What is billed on a site, how often, and by whom."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.audit import audited
from accounts.scope import OrganizationScoped, ScopedForeignKey


class SolutionKind(models.TextChoices):
    ELECTRICITY = "electricity", _("Electricity")


class Community(models.TextChoices):
    ZEV = "zev", _("Self-consumption community (ZEV)")
    VZEV = "vzev", _("Virtual self-consumption community (vZEV)")


class Frequency(models.TextChoices):
    MONTHLY = "monthly", _("Monthly")
    QUARTERLY = "quarterly", _("Quarterly")
    HALF_YEARLY = "half_yearly", _("Half-yearly")
    YEARLY = "yearly", _("Yearly")


class OperatingMethod(models.TextChoices):
    PAYMENTS = "payments", _("Billing and payments")
    STATEMENTS = "statements", _("Individual statements")


@audited
class Solution(OrganizationScoped):
    """
    One kind of energy billed on a site for a period of its days.

    With *billing and payments* the organization sends invoices and collects; with *individual
    statements* the documents are statements that the owner collects on.  What the site's balance
    leaves unexplained (losses, meter tolerance) is always reported; with `residual_point` it is
    also billed, to whoever has that point.
    """

    site = ScopedForeignKey(
        "premises.Site", on_delete=models.PROTECT, related_name="solutions", verbose_name=_("Site")
    )
    kind = models.CharField(
        _("Kind"), max_length=12, choices=SolutionKind.choices, default=SolutionKind.ELECTRICITY
    )
    community = models.CharField(
        _("Community"), max_length=8, choices=Community.choices, default=Community.ZEV
    )
    label = models.CharField(
        _("Label"), max_length=60, help_text=_("Stands as heading above these lines of the invoice.")
    )
    period = DateRangeField(_("Period"))
    frequency = models.CharField(
        _("Frequency"), max_length=12, choices=Frequency.choices, default=Frequency.QUARTERLY
    )
    operating_method = models.CharField(
        _("Operating method"),
        max_length=10,
        choices=OperatingMethod.choices,
        default=OperatingMethod.PAYMENTS,
    )
    residual_point = ScopedForeignKey(
        "premises.BillingPoint",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("Losses go to"),
        help_text=_("Billing point that pays for losses and meter tolerance; empty: they are only reported."),
    )

    class Meta:
        verbose_name = _("Solution")
        ordering = ["site", "kind", "period"]
        constraints = [
            ExclusionConstraint(
                name="solution_no_overlap",
                expressions=[
                    ("organization", RangeOperators.EQUAL),
                    ("site", RangeOperators.EQUAL),
                    ("kind", RangeOperators.EQUAL),
                    ("period", RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(name="solution_not_empty", condition=models.Q(period__isempty=False)),
        ]

    def __str__(self) -> str:
        return self.label
