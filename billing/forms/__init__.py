# SPDX-License-Identifier: Apache-2.0
from billing.forms.runs import CancelForm, RunForm, StartForm
from billing.forms.solutions import CalendarForm, SolutionForm
from billing.forms.tariffs import CopyForm, EndForm, PointsForm, TariffForm, component_formset

__all__ = [
    "CalendarForm",
    "CancelForm",
    "CopyForm",
    "EndForm",
    "PointsForm",
    "RunForm",
    "SolutionForm",
    "StartForm",
    "TariffForm",
    "component_formset",
]
