# SPDX-License-Identifier: Apache-2.0
"""Lists of tariffs, runs and documents."""

from typing import Any

import django_filters
import django_tables2 as tables
from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.web.tables import (
    BadgeColumn,
    DayColumn,
    HouseTable,
    InstantColumn,
    LinkColumn,
    MoneyColumn,
    PeriodColumn,
)
from billing.models import BillingRun, Invoice, InvoiceKind, InvoiceState, Tariff
from billing.views.words import INVOICE_TONES, RUN_TONES
from sites.models import Building, Site


class TariffTable(HouseTable):
    title = LinkColumn("billing:tariff", verbose_name=_("Tariff"), orderable=False)
    site = tables.Column(accessor="solution__site__name", verbose_name=_("Site"))
    solution = tables.Column(accessor="solution__label", verbose_name=_("Solution"))
    period = PeriodColumn(verbose_name=_("Valid"))
    approved = BadgeColumn(empty_values=(), verbose_name=_("State"), accessor="approved_at")

    class Meta:
        model = Tariff
        fields = ("title", "site", "solution", "period", "approved")

    def render_approved(self, record: Tariff, column: Any, bound_column: Any) -> str:
        pair = ("success", _("Approved")) if record.is_approved else ("warning", _("Waits for approval"))
        return BadgeColumn.render(column, pair, record, bound_column)


class RunTable(HouseTable):
    site = LinkColumn("billing:run", accessor="site__name", verbose_name=_("Site"))
    period = PeriodColumn(verbose_name=_("Period"))
    state = BadgeColumn(verbose_name=_("State"))
    billed = tables.Column(accessor="report__billed", verbose_name=_("Billed"), orderable=False)
    skipped = tables.Column(accessor="report__skipped", verbose_name=_("Not billed"), orderable=False)
    created_at = InstantColumn(verbose_name=_("Planned"))

    class Meta:
        model = BillingRun
        fields = ("site", "period", "state", "billed", "skipped", "created_at")

    def render_state(self, record: BillingRun, column: Any, bound_column: Any) -> str:
        pair = (RUN_TONES[record.state], record.get_state_display())
        return BadgeColumn.render(column, pair, record, bound_column)


class InvoiceTable(HouseTable):
    label = LinkColumn(
        "billing:invoice",
        verbose_name=_("Number"),
        order_by=("year", "number"),
        empty_values=(),
        attrs={"td": {"class": "text-nowrap"}},
    )
    kind = tables.Column(verbose_name=_("Document"))
    point = tables.Column(accessor="billing_point__name", verbose_name=_("Billing point"))
    account = tables.Column(accessor="account__name", verbose_name=_("Account"))
    period = PeriodColumn(verbose_name=_("Period"))
    issued_on = DayColumn(verbose_name=_("Issued"))
    total = MoneyColumn(verbose_name=_("Total"))
    state = BadgeColumn(verbose_name=_("State"))

    class Meta:
        model = Invoice
        fields = ("label", "kind", "point", "account", "period", "issued_on", "total", "state")

    def render_label(self, record: Invoice, column: Any) -> str:
        return LinkColumn.render(column, record.label or _("Draft"), record)

    def render_state(self, record: Invoice, column: Any, bound_column: Any) -> str:
        pair = (INVOICE_TONES[record.state], record.get_state_display())
        return BadgeColumn.render(column, pair, record, bound_column)


class InvoiceFilter(django_filters.FilterSet):
    """What narrows a list of documents; the address keeps it."""

    q = django_filters.CharFilter(method="search", label=_("Search"))
    state = django_filters.ChoiceFilter(choices=InvoiceState.choices, label=_("State"))
    kind = django_filters.ChoiceFilter(choices=InvoiceKind.choices, label=_("Document"))
    site = django_filters.ModelChoiceFilter(queryset=Site.objects.none(), label=_("Site"))
    building = django_filters.ModelChoiceFilter(
        queryset=Building.objects.none(), field_name="billing_point__building", label=_("Building")
    )
    on = django_filters.DateFilter(
        method="covers",
        label=_("Period contains"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )

    class Meta:
        model = Invoice
        fields: list[str] = []

    def __init__(self, *args: Any, sites: QuerySet[Site], site: Site | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["site"].queryset = sites
        self.filters["building"].queryset = Building.objects.filter(site__in=[site] if site else sites)
        if site is not None:
            del self.filters["site"]

    def search(self, rows: QuerySet[Invoice], _name: str, value: str) -> QuerySet[Invoice]:
        return rows.filter(
            Q(label__icontains=value)
            | Q(account__name__icontains=value)
            | Q(billing_point__name__icontains=value)
            | Q(reference__contains=value.replace(" ", ""))
        )

    def covers(self, rows: QuerySet[Invoice], _name: str, value: Any) -> QuerySet[Invoice]:
        return rows.filter(period__contains=value)
