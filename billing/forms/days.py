# SPDX-License-Identifier: Apache-2.0
"""Days as people enter them: the last day is included."""

from datetime import date, timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

DAY = timedelta(days=1)


def day_input() -> forms.DateInput:
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class DaysForm(forms.Form):
    """First day and, if it ends, last day (included)."""

    start = forms.DateField(label=_("First day"), widget=day_input())
    last = forms.DateField(
        label=_("Last day"), required=False, widget=day_input(), help_text=_("Empty: without end.")
    )

    def clean_last(self) -> date | None:
        last, start = self.cleaned_data.get("last"), self.cleaned_data.get("start")
        if last and start and last < start:
            raise forms.ValidationError(_("The last day lies before the first."))
        return last

    @property
    def end(self) -> date | None:
        """The day after the last one."""
        last = self.cleaned_data.get("last")
        return last + DAY if last else None
