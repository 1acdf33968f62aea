# SPDX-License-Identifier: Apache-2.0
"""Forms to describe a place."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from accounts.web.fields import DayInput
from sites.models import BillingPoint, Building, Site


class SiteForm(forms.ModelForm):
    class Meta:
        model = Site
        fields = [
            "reference", "name", "street", "house_number", "postcode", "town", "country",
            "time_zone", "grid_operator", "state",
        ]  # fmt: skip

    def clean_reference(self) -> str:
        reference: str = self.cleaned_data["reference"].strip()
        if Site.objects.filter(reference=reference).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(
                _("Another site has the reference “%(reference)s” already. Choose another one."),
                params={"reference": reference},
            )
        return reference


class BuildingForm(forms.ModelForm):
    class Meta:
        model = Building
        fields = ["name", "position"]

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.site = site

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"].strip()
        if self.site.buildings.filter(name=name).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(
                _("This site has a building “%(name)s” already."), params={"name": name}
            )
        return name


class BillingPointForm(forms.ModelForm):
    """A place; on creation it also asks from which day it exists and who has it first."""

    exists_from = forms.DateField(
        label=_("Exists from"),
        widget=DayInput,
        help_text=_("From this day on somebody pays for it on every day."),
    )
    account = forms.ModelChoiceField(
        label=_("First occupant"),
        queryset=Account.objects.all(),
        help_text=_("Usually the owner, until the first residents move in."),
    )

    class Meta:
        model = BillingPoint
        fields = [
            "building", "name", "use", "area_m2", "thousandths", "position",
            "is_activated", "consumer_billing", "in_cost_statement", "priority",
        ]  # fmt: skip

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.site = site
        self.fields["building"].queryset = site.buildings.all()
        if self.instance.pk:
            del self.fields["exists_from"], self.fields["account"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        building, name = cleaned.get("building"), (cleaned.get("name") or "").strip()
        if building and building.billing_points.filter(name=name).exclude(pk=self.instance.pk).exists():
            self.add_error(
                "name",
                forms.ValidationError(
                    _("“%(building)s” has a billing point “%(name)s” already."),
                    params={"building": building.name, "name": name},
                ),
            )
        return cleaned


class MoveForm(forms.Form):
    """Who leaves when, and who comes."""

    leaving_on = forms.DateField(label=_("Last day of the present occupant"), widget=DayInput)
    account = forms.ModelChoiceField(
        label=_("New occupant"),
        queryset=Account.objects.all(),
        help_text=_("With a vacancy: the owner, who pays until somebody moves in."),
    )
    is_vacancy = forms.BooleanField(label=_("Nobody moves in (vacancy)"), required=False)
