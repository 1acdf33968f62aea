# SPDX-License-Identifier: Apache-2.0
"""What registers showed."""

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.scope import OrganizationScoped, ScopedForeignKey
from metering.models.triggers import ROWS_STAY, TABLE_STAYS


class BatchKind(models.TextChoices):
    GATEWAY = "gateway", _("Gateway")
    IMPORT = "import", _("Import")
    MANUAL = "manual", _("Manual entry")
    EXCHANGE = "exchange", _("Exchange")
    MOVE = "move", _("Move")
    CORRECTION = "correction", _("Correction")
    GENERATED = "generated", _("Generated")
    API = "api", _("API")


class ReadingBatch(OrganizationScoped):
    """
    What came in together: one poll, one file, one entry.

    `(kind, key)` names it; the same delivery twice is the same batch.
    """

    wall_grants = "SELECT, INSERT, UPDATE"

    kind = models.CharField(_("Kind"), max_length=10, choices=BatchKind.choices)
    key = models.CharField(_("Key"), max_length=120)
    created_by = models.ForeignKey(
        "accounts.User", on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("Who")
    )
    received_at = models.DateTimeField(_("Received"))
    taken_back_at = models.DateTimeField(_("Taken back"), null=True, blank=True)

    class Meta:
        verbose_name = _("Batch")
        verbose_name_plural = _("Batches")
        ordering = ["-id"]
        constraints = [models.UniqueConstraint("organization", "kind", "key", name="reading_batch_unique")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.key}"


@pgtrigger.register(ROWS_STAY, TABLE_STAYS)
class Reading(OrganizationScoped):
    """
    What a register showed at one instant, in its own counts.

    Never changed and never deleted: a wrong one is answered by another
    `revision`.  The effective one of an instant is the one of the method with
    the highest rank, then the highest revision (`metering.store`).
    Partitioned by year of `at`.
    """

    wall_grants = "SELECT, INSERT"

    pk = models.CompositePrimaryKey("register", "at", "method", "revision")
    value = models.BigIntegerField(_("Index"))
    at = models.DateTimeField(_("Instant"))
    received_at = models.DateTimeField(_("Received"))
    register = ScopedForeignKey(
        "metering.Register",
        on_delete=models.PROTECT,
        related_name="readings",
        db_index=False,
        verbose_name=_("Register"),
    )
    organization = models.ForeignKey(
        "accounts.Organization",
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        db_index=False,
        db_constraint=False,
    )
    method = ScopedForeignKey(
        "metering.ReadingMethod",
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("Method"),
    )
    batch = ScopedForeignKey(
        "metering.ReadingBatch", on_delete=models.PROTECT, related_name="readings", verbose_name=_("Batch")
    )
    revision = models.SmallIntegerField(_("Revision"), default=0)
    reference = models.CharField(_("Reference"), max_length=60, null=True, blank=True)

    class Meta:
        verbose_name = _("Reading")
        verbose_name_plural = _("Readings")
        ordering = ["register", "at"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.value}"
