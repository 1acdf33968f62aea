# SPDX-License-Identifier: Apache-2.0
"""One calculation over a site and a period, and what exactly it read."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField, DateRangeField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.audit import audited
from accounts.scope import OrganizationScoped, ScopedForeignKey
from billing.models.triggers import no_truncate, unchangeable


class RunState(models.TextChoices):
    PLANNED = "planned", _("Planned")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


@audited(exclude=["checks", "report", "state", "attempt", "job"])
class BillingRun(OrganizationScoped):
    """
    A billing of a site's solutions over a period.

    The same content is the same run (`content_key`): asked for twice, it is found, not doubled, and
    what it already billed is left alone.  `control_difference_wh` is the energy that the documents
    together bill more or less than was consumed; anything but 0 is a fault.
    """

    site = ScopedForeignKey(
        "premises.Site", on_delete=models.PROTECT, related_name="billing_runs", verbose_name=_("Site")
    )
    period = DateRangeField(_("Period"))
    solution_ids = ArrayField(models.IntegerField(), verbose_name=_("Solutions"))
    billing_point_ids = ArrayField(
        models.IntegerField(), default=list, blank=True, verbose_name=_("Only these billing points")
    )
    content_key = models.CharField(max_length=64, editable=False)
    state = models.CharField(_("State"), max_length=10, choices=RunState.choices, default=RunState.PLANNED)
    attempt = models.PositiveSmallIntegerField(default=0)
    job = ScopedForeignKey("jobs.Job", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    checks = models.JSONField(_("Findings"), default=list)
    skip_checks = models.BooleanField(_("Findings passed over"), default=False)
    skipped_by = models.ForeignKey(
        "accounts.User",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("Passed over by"),
    )
    skip_reason = models.TextField(_("Reason"), blank=True)
    issue_at_once = models.BooleanField(
        _("Issue at once"), default=False, help_text=_("Give numbers and make the PDFs in the same run.")
    )
    report = models.JSONField(_("Report"), default=dict)
    control_difference_wh = models.BigIntegerField(_("Control difference (Wh)"), null=True)
    created_by = models.ForeignKey(
        "accounts.User", on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("Started by")
    )
    created_at = models.DateTimeField(_("Created"))
    finished_at = models.DateTimeField(_("Finished"), null=True)

    class Meta:
        verbose_name = _("Billing run")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint("organization", "content_key", name="billing_run_unique"),
            models.CheckConstraint(
                name="billing_run_skipped_by_somebody",
                condition=models.Q(skip_checks=False)
                | (models.Q(skipped_by__isnull=False) & ~models.Q(skip_reason="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.site} {self.period.lower}"


@pgtrigger.register(unchangeable(), no_truncate())
class RunBasis(OrganizationScoped):
    """
    What a calculation rested on, never changed: meters, who had which place when, prices, and the
    revision of every day of every register it read.  With it any line can be computed again.
    """

    wall_grants = "SELECT, INSERT"

    solution = ScopedForeignKey("billing.Solution", on_delete=models.PROTECT, related_name="+")
    period = DateRangeField()
    content = models.TextField(help_text=_("JSON, as billing.engine.basis writes it."))
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint("organization", "sha256", name="run_basis_unique")]

    def __str__(self) -> str:
        return self.sha256[:12]
