# SPDX-License-Identifier: Apache-2.0
from billing.models.invoices import (
    Invoice,
    InvoiceDocument,
    InvoiceKind,
    InvoiceLine,
    InvoiceState,
    LineEvidence,
    NumberSeries,
)
from billing.models.runs import BillingRun, RunBasis, RunState
from billing.models.solutions import Community, Frequency, OperatingMethod, Solution, SolutionKind
from billing.models.tariffs import (
    Flow,
    Part,
    SlotCalendar,
    SlotCalendarVersion,
    Tariff,
    TariffAssignment,
    TariffComponent,
    Unit,
    in_language,
)

__all__ = [
    "BillingRun",
    "Community",
    "Flow",
    "Frequency",
    "Invoice",
    "InvoiceDocument",
    "InvoiceKind",
    "InvoiceLine",
    "InvoiceState",
    "LineEvidence",
    "NumberSeries",
    "OperatingMethod",
    "Part",
    "RunBasis",
    "RunState",
    "SlotCalendar",
    "SlotCalendarVersion",
    "Solution",
    "SolutionKind",
    "Tariff",
    "TariffAssignment",
    "TariffComponent",
    "Unit",
    "in_language",
]
