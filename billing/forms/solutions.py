# SPDX-License-Identifier: Apache-2.0
"""Forms of solutions and of calendars of tariff hours."""

from datetime import time
from typing import Any

from django import forms
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import gettext_lazy as _

from billing.engine.calendars import UnreadableCalendar, parse_calendar
from billing.forms.days import DAY, day_input
from billing.models import Solution
from billing.rules.holidays import CANTONS
from sites.models import BillingPoint, Site


class SolutionForm(forms.ModelForm):
    """What is billed on a site, how often, and who collects."""

    start = forms.DateField(label=_("First day"), widget=day_input())
    last = forms.DateField(
        label=_("Last day"), required=False, widget=day_input(), help_text=_("Empty: without end.")
    )

    class Meta:
        model = Solution
        fields = ["label", "community", "frequency", "operating_method", "residual_point"]

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.site = site
        self.fields["residual_point"].queryset = BillingPoint.objects.filter(building__site=site)
        if self.instance.pk:
            period = self.instance.period
            self.initial["start"] = period.lower
            self.initial["last"] = period.upper - DAY if period.upper else None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        start, last = cleaned.get("start"), cleaned.get("last")
        if start and last and last < start:
            self.add_error("last", _("The last day lies before the first."))
        elif start:
            self.instance.site = self.site
            self.instance.period = DateRange(start, last + DAY if last else None)
            others = Solution.objects.filter(
                site=self.site, kind=self.instance.kind, period__overlap=self.instance.period
            )
            if others.exclude(pk=self.instance.pk).exists():
                self.add_error("start", _("Another solution of this kind holds on some of these days."))
        return cleaned


class CalendarForm(forms.Form):
    """High-tariff hours on weekdays, Saturdays and Sundays; all other hours are low tariff."""

    name = forms.CharField(label=_("Name"), max_length=80)
    canton = forms.ChoiceField(
        label=_("Holidays of"),
        required=False,
        choices=[("", _("none")), *((canton, canton) for canton in sorted(CANTONS))],
        help_text=_("Public holidays count as Sundays."),
    )
    GROUPS = (
        ("weekdays", _("Monday to Friday"), [0, 1, 2, 3, 4]),
        ("saturday", _("Saturday"), [5]),
        ("sunday", _("Sunday"), [6]),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for key, label, _weekdays in self.GROUPS:
            for edge, words in (("from", _("%(days)s: high tariff from")), ("to", _("%(days)s: until"))):
                self.fields[f"{key}_{edge}"] = forms.TimeField(
                    label=words % {"days": label},
                    required=False,
                    widget=forms.TimeInput(format="%H:%M", attrs={"type": "time", "step": 900}),
                )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for key, _label, _weekdays in self.GROUPS:
            begin, end = cleaned.get(f"{key}_from"), cleaned.get(f"{key}_to")
            if (begin is None) != (end is None):
                self.add_error(f"{key}_to", _("Give both times or none."))
        if not self.errors:
            try:
                parse_calendar(self.windows)
            except UnreadableCalendar as refusal:
                self.add_error(None, str(refusal))
        return cleaned

    @property
    def windows(self) -> dict[str, Any]:
        """The JSON that `billing.engine.calendars` reads."""
        rows = [
            {"slot": "high", "begin": _clock(begin), "end": _clock(end), "weekdays": weekdays}
            for key, _label, weekdays in self.GROUPS
            if (begin := self.cleaned_data.get(f"{key}_from")) is not None
            and (end := self.cleaned_data.get(f"{key}_to")) is not None
        ]
        return {"default": "low", "canton": self.cleaned_data.get("canton", ""), "windows": rows}


def _clock(moment: time) -> str:
    return f"{moment:%H:%M}"
