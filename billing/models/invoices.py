# SPDX-License-Identifier: Apache-2.0
"""Documents about money.  Issued, they never change (triggers), and their numbers have no gap."""

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.scope import OrganizationScoped, ScopedForeignKey, ScopedOneToOneField
from billing.models import triggers


class InvoiceKind(models.TextChoices):
    INVOICE = "invoice", _("Invoice")
    STATEMENT = "statement", _("Statement")
    CREDIT_NOTE = "credit_note", _("Credit note")


class InvoiceState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    VALIDATED = "validated", _("Validated")
    SENT = "sent", _("Sent")
    SETTLED = "settled", _("Settled")
    CANCELLED = "cancelled", pgettext_lazy("document", "Cancelled")
    WRITTEN_OFF = "written_off", _("Written off")


@pgtrigger.register(
    triggers.born_as_draft(),
    triggers.issued_stays(),
    triggers.next_number_only(),
    triggers.cancelled_by_credit_note(),
    triggers.no_truncate(),
)
class Invoice(OrganizationScoped):
    """
    One document for one occupancy, one solution and one period.

    A draft has no number and may be computed again.  Validation freezes the snapshot and gives the
    next number of (organization, kind, year) in the same transaction.  No two live documents bill
    the same occupancy and solution on the same day.
    """

    kind = models.CharField(_("Document"), max_length=11, choices=InvoiceKind.choices)
    state = models.CharField(
        _("State"), max_length=11, choices=InvoiceState.choices, default=InvoiceState.DRAFT
    )
    state_changed_at = models.DateTimeField()
    reminder_level = models.PositiveSmallIntegerField(_("Reminder level"), default=0)
    number = models.PositiveIntegerField(null=True, editable=False)
    year = models.PositiveSmallIntegerField(null=True, editable=False)
    label = models.CharField(_("Number"), max_length=20, blank=True)
    run = ScopedForeignKey("billing.BillingRun", on_delete=models.PROTECT, null=True, related_name="invoices")
    site = ScopedForeignKey("premises.Site", on_delete=models.PROTECT, related_name="invoices")
    solution = ScopedForeignKey("billing.Solution", on_delete=models.PROTECT, related_name="invoices")
    occupancy = ScopedForeignKey("premises.Occupancy", on_delete=models.PROTECT, related_name="invoices")
    billing_point = ScopedForeignKey(
        "premises.BillingPoint",
        on_delete=models.PROTECT,
        related_name="invoices",
        verbose_name=_("Billing point"),
    )
    account = ScopedForeignKey(
        "accounts.Account", on_delete=models.PROTECT, related_name="invoices", verbose_name=_("Account")
    )
    period = DateRangeField(_("Period"))
    basis = ScopedForeignKey("billing.RunBasis", on_delete=models.PROTECT, null=True, related_name="+")
    cancels = ScopedOneToOneField(
        "billing.Invoice", on_delete=models.PROTECT, null=True, related_name="cancelled_by"
    )
    currency = models.CharField(_("Currency"), max_length=3)
    net = models.DecimalField(_("Net"), max_digits=12, decimal_places=2)
    vat = models.DecimalField(_("VAT"), max_digits=12, decimal_places=2)
    rounding = models.DecimalField(_("Rounding"), max_digits=4, decimal_places=2)
    total = models.DecimalField(_("Total"), max_digits=12, decimal_places=2)
    estimated = models.BooleanField(_("Contains estimates"), default=False)
    issued_on = models.DateField(_("Issued"), null=True)
    due_on = models.DateField(_("Due"), null=True)
    reference = models.CharField(_("Reference"), max_length=27, blank=True)
    # Consumption page and readings, computed with the lines; part of the snapshot later.
    figures = models.TextField(blank=True)
    snapshot = models.TextField(blank=True)
    snapshot_sha256 = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("Invoice")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint("organization", "kind", "year", "number", name="invoice_number_unique"),
            ExclusionConstraint(
                name="invoice_no_double_billing",
                expressions=[
                    ("organization", RangeOperators.EQUAL),
                    ("occupancy", RangeOperators.EQUAL),
                    ("solution", RangeOperators.EQUAL),
                    ("period", RangeOperators.OVERLAPS),
                ],
                condition=~models.Q(kind="credit_note") & ~models.Q(state="cancelled"),
            ),
            models.CheckConstraint(
                name="invoice_numbered_when_issued",
                condition=models.Q(state="draft", number__isnull=True, year__isnull=True, label="")
                | (
                    ~models.Q(state="draft")
                    & models.Q(number__gt=0, year__isnull=False, issued_on__isnull=False)
                    & ~models.Q(label="")
                    & ~models.Q(snapshot="")
                ),
            ),
            models.CheckConstraint(
                name="invoice_sums",
                condition=models.Q(total=models.F("net") + models.F("vat") + models.F("rounding")),
            ),
            models.CheckConstraint(
                name="invoice_credit_note_cancels",
                condition=models.Q(kind="credit_note", cancels__isnull=False)
                | (~models.Q(kind="credit_note") & models.Q(cancels__isnull=True)),
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "site", "state"], name="invoice_site_state"),
            models.Index(fields=["organization", "account"], name="invoice_account"),
        ]

    def __str__(self) -> str:
        return self.label or f"{self.get_kind_display()} ({self.get_state_display()})"

    @property
    def is_issued(self) -> bool:
        return self.state != InvoiceState.DRAFT


@pgtrigger.register(triggers.part_of_a_draft("affected.invoice_id"), triggers.no_truncate())
class InvoiceLine(OrganizationScoped):
    """
    One position: unrounded quantity × unrounded price, rounded once to the cent.

    `energy_wh` is the quantity of an energy line in whole Wh; fees have none.
    """

    invoice = ScopedForeignKey("billing.Invoice", on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField()
    component = ScopedForeignKey(
        "billing.TariffComponent", on_delete=models.PROTECT, null=True, related_name="invoice_lines"
    )
    section = models.CharField(max_length=60)
    title = models.CharField(_("Title"), max_length=120)
    period = DateRangeField(_("Period"))
    part = models.CharField(_("Part"), max_length=6)
    slot = models.CharField(_("Tariff hours"), max_length=30)
    unit = models.CharField(_("Unit"), max_length=6)
    quantity = models.DecimalField(_("Quantity"), max_digits=18, decimal_places=6)
    energy_wh = models.BigIntegerField(null=True)
    unit_price = models.DecimalField(_("Price"), max_digits=12, decimal_places=5)
    amount = models.DecimalField(_("Amount"), max_digits=12, decimal_places=2)
    vat_rule = models.CharField(max_length=20)
    vat_rate = models.DecimalField(_("VAT"), max_digits=5, decimal_places=2)
    estimated = models.BooleanField(_("Estimated"), default=False)

    class Meta:
        verbose_name = _("Line")
        ordering = ["invoice", "position"]
        constraints = [
            models.UniqueConstraint("organization", "invoice", "position", name="invoice_line_unique")
        ]

    def __str__(self) -> str:
        return self.title


@pgtrigger.register(
    triggers.part_of_a_draft("SELECT l.invoice_id FROM billing_invoiceline l WHERE l.id = affected.line_id"),
    triggers.no_truncate(),
)
class LineEvidence(OrganizationScoped):
    """
    What one register contributed to a line.

    `consumption_wh` was measured by the register in the line's tariff hours, `slots` quarter hours of
    them, `estimated_slots` not measured.  `share_wh` of the occupancy's `of_wh` are on the line.
    `revisions` names the days whose values are not the first ones received.
    """

    id = models.BigAutoField(primary_key=True)
    line = ScopedForeignKey("billing.InvoiceLine", on_delete=models.CASCADE, related_name="evidence")
    register = ScopedForeignKey("metering.Register", on_delete=models.PROTECT, null=True, related_name="+")
    meter_number = models.CharField(_("Meter"), max_length=60, blank=True)
    obis = models.CharField(_("Register"), max_length=30, blank=True)
    start_at = models.DateTimeField(_("From"))
    end_at = models.DateTimeField(_("To"))
    slots = models.PositiveIntegerField(_("Quarter hours"))
    estimated_slots = models.PositiveIntegerField(_("Not measured"))
    consumption_wh = models.BigIntegerField()
    share_wh = models.BigIntegerField()
    of_wh = models.BigIntegerField()
    method = models.CharField(_("Method"), max_length=20)
    revisions = models.JSONField(default=dict)

    class Meta:
        ordering = ["line", "pk"]
        constraints = [
            models.UniqueConstraint("organization", "line", "register", "start_at", name="evidence_unique")
        ]

    def __str__(self) -> str:
        return f"{self.meter_number} {self.obis}"


@pgtrigger.register(triggers.unchangeable(), triggers.no_truncate())
class InvoiceDocument(OrganizationScoped):
    """The PDF of an issued document, byte for byte, written once."""

    wall_grants = "SELECT, INSERT"

    invoice = ScopedOneToOneField("billing.Invoice", on_delete=models.PROTECT, related_name="document")
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.sha256[:12]


@pgtrigger.register(triggers.counts_up_by_one(), triggers.no_truncate())
class NumberSeries(OrganizationScoped):
    """The last number given in (organization, kind, year): one locked row, taken last."""

    kind = models.CharField(max_length=11, choices=InvoiceKind.choices)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint("organization", "kind", "year", name="number_series_unique")]

    def __str__(self) -> str:
        return f"{self.kind} {self.year}: {self.last}"
