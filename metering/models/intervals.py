# SPDX-License-Identifier: Apache-2.0
"""
Energy per quarter hour, a day to a row, and its sums.

Only `metering.store` reads these tables and only `metering.services.ingest`
writes them: the columns are packed (docs/algorithms/storage.md).
"""

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.scope import OrganizationScoped
from metering.models.triggers import ROWS_STAY, TABLE_STAYS, registers_are_ours


class PackedRow(OrganizationScoped):
    """A row with 32-bit keys and without foreign keys of its own; `registers_are_ours` stands for them."""

    organization = models.ForeignKey(
        "accounts.Organization",
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        db_index=False,
        db_constraint=False,
    )
    register = models.ForeignKey(
        "metering.Register",
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_index=False,
        db_constraint=False,
        verbose_name=_("Register"),
    )

    class Meta:
        abstract = True


@pgtrigger.register(
    registers_are_ours(pgtrigger.Insert, "registers_are_ours_insert"),
    registers_are_ours(pgtrigger.Update, "registers_are_ours_update"),
)
class IntervalDay(PackedRow):
    """
    One register's UTC day: 96 big-endian int32 counts in `vector`, the sentinel -2^31 where missing.

    `quality` holds 96 bytes, or NULL where all that is there was measured.
    `total` and `n` are the sum and the number of the slots that are there.
    `revision` grows when a slot that could have been read changes; its
    predecessor then stands in `IntervalDayRevision`.  Partitioned by year.
    """

    wall_grants = "SELECT, INSERT, UPDATE"

    pk = models.CompositePrimaryKey("register", "day")
    total = models.BigIntegerField()
    day = models.DateField(_("UTC day"))
    n = models.SmallIntegerField()
    revision = models.SmallIntegerField()
    vector = models.BinaryField()
    quality = models.BinaryField(null=True)

    def __str__(self) -> str:
        return f"{self.register_id} {self.day}"


@pgtrigger.register(ROWS_STAY, TABLE_STAYS, registers_are_ours(pgtrigger.Insert, "registers_are_ours_insert"))
class IntervalDayRevision(PackedRow):
    """What an `IntervalDay` held before it was changed; a bill that read it can be computed again."""

    wall_grants = "SELECT, INSERT"

    pk = models.CompositePrimaryKey("register", "day", "revision")
    replaced_at = models.DateTimeField(_("Replaced"))
    day = models.DateField(_("UTC day"))
    revision = models.SmallIntegerField()
    vector = models.BinaryField()
    quality = models.BinaryField(null=True)

    def __str__(self) -> str:
        return f"{self.register_id} {self.day} ({self.revision})"


@pgtrigger.register(
    registers_are_ours(pgtrigger.Insert, "registers_are_ours_insert"),
    registers_are_ours(pgtrigger.Update, "registers_are_ours_update"),
)
class MonthTotal(PackedRow):
    """
    One register's local month at its site: the month's sum, and the sums of its days as vectors of 31.

    `day_totals` holds big-endian int64 counts, `day_counts` the number of slots
    there (uint8), `day_peaks` the highest slot (int32, -2^31 where none).
    """

    wall_grants = "SELECT, INSERT, UPDATE"

    pk = models.CompositePrimaryKey("register", "month")
    total = models.BigIntegerField()
    month = models.DateField(_("Month"), help_text=_("Its first day."))
    n = models.SmallIntegerField()
    peak = models.IntegerField()
    day_totals = models.BinaryField()
    day_counts = models.BinaryField()
    day_peaks = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.register_id} {self.month:%Y-%m}"


class DayTotal(models.Model):
    """View: `MonthTotal` a day to a row, for reports and BI tools (row-level security applies)."""

    pk = models.CompositePrimaryKey("register_id", "day")
    organization_id = models.IntegerField()
    register_id = models.IntegerField()
    day = models.DateField()
    total = models.BigIntegerField()
    n = models.SmallIntegerField()
    peak = models.IntegerField(null=True)

    class Meta:
        managed = False
        db_table = "metering_daytotal"

    def __str__(self) -> str:
        return f"{self.register_id} {self.day}"


class IntervalQuantity(models.Model):
    """View: `IntervalDay` a slot to a row, for reports and BI tools (row-level security applies)."""

    pk = models.CompositePrimaryKey("register_id", "starts_at")
    organization_id = models.IntegerField()
    register_id = models.IntegerField()
    starts_at = models.DateTimeField()
    quantity = models.IntegerField()
    quality = models.SmallIntegerField()

    class Meta:
        managed = False
        db_table = "metering_intervalquantity"

    def __str__(self) -> str:
        return f"{self.register_id} {self.starts_at}"
