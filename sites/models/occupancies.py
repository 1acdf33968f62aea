# SPDX-License-Identifier: Apache-2.0
"""Who has which place when."""

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.audit import audited
from accounts.scope import OrganizationScoped, ScopedForeignKey
from sites.models.tiling import tiling_trigger


@audited
@pgtrigger.register(
    tiling_trigger(
        "COALESCE(NEW.billing_point_id, OLD.billing_point_id)",
        pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
    )
)
class Occupancy(OrganizationScoped):
    """
    An account has a billing point for a half-open period of the site's days.

    No overlap (exclusion constraint) and no gap (deferred trigger, checked at
    commit): on every day of the point's existence exactly one account pays.
    """

    billing_point = ScopedForeignKey(
        "premises.BillingPoint",
        on_delete=models.PROTECT,
        related_name="occupancies",
        verbose_name=_("Billing point"),
    )
    account = ScopedForeignKey(
        "accounts.Account", on_delete=models.PROTECT, related_name="occupancies", verbose_name=_("Account")
    )
    period = DateRangeField(_("Period"))
    is_vacancy = models.BooleanField(
        _("Vacancy"), default=False, help_text=_("The owner pays while nobody lives here.")
    )

    class Meta:
        verbose_name = _("Occupancy")
        ordering = ["billing_point", "period"]
        constraints = [
            ExclusionConstraint(
                name="occupancy_no_overlap",
                expressions=[
                    ("organization", RangeOperators.EQUAL),
                    ("billing_point", RangeOperators.EQUAL),
                    ("period", RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(name="occupancy_not_empty", condition=models.Q(period__isempty=False)),
        ]

    def __str__(self) -> str:
        return f"{self.billing_point}: {self.account}"
