# SPDX-License-Identifier: Apache-2.0
"""A resident's documents in rows."""

from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.web.tables import BadgeColumn, DayColumn, HouseTable, LinkColumn, MoneyColumn, PeriodColumn


class OwnInvoiceTable(HouseTable):
    label = LinkColumn("billing:invoice", verbose_name=_("Number"))
    kind = tables.Column(verbose_name=_("Document"), orderable=False)
    period = PeriodColumn(verbose_name=_("Period"))
    issued_on = DayColumn(verbose_name=_("Issued"))
    due_on = DayColumn(verbose_name=_("Due"))
    total = MoneyColumn(verbose_name=_("Total"))
    state = BadgeColumn(verbose_name=_("State"))
    pdf = tables.Column(verbose_name="PDF", empty_values=(), orderable=False, exclude_from_export=True)

    def render_pdf(self, record: Any) -> SafeString:
        url = reverse("billing:invoice-pdf", args=[record.pk])
        return format_html('<a href="{}" aria-label="PDF {}">PDF</a>', url, record.label)

    def value_period(self, value: Any) -> str:
        return f"{value.lower} – {value.upper}"
