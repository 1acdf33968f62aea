# SPDX-License-Identifier: Apache-2.0
"""Forms of billing runs and of taking a document back."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.forms.days import DaysForm
from billing.models import Solution
from sites.models import BillingPoint, Site


class RunForm(DaysForm):
    """What to bill."""

    solutions = forms.ModelMultipleChoiceField(
        label=_("Solutions"), queryset=Solution.objects.none(), widget=forms.CheckboxSelectMultiple
    )
    points = forms.ModelMultipleChoiceField(
        label=_("Only these billing points"),
        queryset=BillingPoint.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("None chosen: all of them."),
    )

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["last"].required = True
        self.fields["last"].help_text = ""
        self.fields["solutions"].queryset = Solution.objects.filter(site=site)
        self.fields["solutions"].initial = list(Solution.objects.filter(site=site))
        self.fields["points"].queryset = BillingPoint.objects.filter(building__site=site)


class StartForm(forms.Form):
    """How a planned run starts."""

    issue_at_once = forms.BooleanField(
        label=_("Issue at once"),
        required=False,
        help_text=_("Give numbers and make the PDFs. Otherwise drafts are made that you can look at first."),
    )
    skip_checks = forms.BooleanField(label=_("Pass over the findings"), required=False)
    skip_reason = forms.CharField(
        label=_("Reason"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )


class CancelForm(forms.Form):
    """Why a document is taken back; the reason is printed on the credit note."""

    reason = forms.CharField(label=_("Reason"), max_length=200)
