# SPDX-License-Identifier: Apache-2.0
from billing.selectors.costs import ResidentCosts, resident_costs
from billing.selectors.explanation import LineStory, UnableToExplain, explain_line
from billing.selectors.visible import (
    counts_by_state,
    invoices_for,
    may_run,
    runs_for,
    solutions_for,
    tariffs_for,
)

__all__ = [
    "LineStory",
    "ResidentCosts",
    "UnableToExplain",
    "counts_by_state",
    "explain_line",
    "invoices_for",
    "may_run",
    "resident_costs",
    "runs_for",
    "solutions_for",
    "tariffs_for",
]
