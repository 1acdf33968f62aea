# SPDX-License-Identifier: Apache-2.0
"""Forms to bring a meter in, to correct what is said about it, and to give it to a billing point."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.web.fields import DayInput
from metering.models import Direction, Medium, Meter, MeterMode
from metering.selectors import meter_kinds
from metering.services.add_meter import RegisterPlan
from sites.models import BillingPoint, EquipmentDefinition, Site
from sites.models.equipment import EquipmentKind

# What a meter of a medium counts, when nobody says otherwise.
_OBIS = {
    Medium.HEAT: "6-0:1.0.0",
    Medium.COOLING: "5-0:1.0.0",
    Medium.COLD_WATER: "8-0:1.0.0",
    Medium.HOT_WATER: "9-0:1.0.0",
    Medium.GAS: "7-0:1.0.0",
}
IMPORT, EXPORT, BOTH, DUAL = "import", "export", "both", "dual"
COUNTS = (
    (IMPORT, _("What flows to the consumer (1.8.0)")),
    (EXPORT, _("What is produced or fed in (2.8.0)")),
    (BOTH, _("Both directions (1.8.0 and 2.8.0)")),
    (DUAL, _("High and low tariff (1.8.1 and 1.8.2)")),
)


def registers_of(medium: str, counts: str, resolution: int, digits: int | None) -> list[RegisterPlan]:
    """The registers behind the choice a person makes; other media than electricity have one."""
    if medium != Medium.ELECTRICITY:
        return [RegisterPlan(_OBIS[Medium(medium)], resolution=resolution, digits=digits)]
    codes = {
        IMPORT: [("1-0:1.8.0", Direction.IMPORT, 0)],
        EXPORT: [("1-0:2.8.0", Direction.EXPORT, 0)],
        BOTH: [("1-0:1.8.0", Direction.IMPORT, 0), ("1-0:2.8.0", Direction.EXPORT, 0)],
        DUAL: [("1-0:1.8.1", Direction.IMPORT, 1), ("1-0:1.8.2", Direction.IMPORT, 2)],
    }[counts]
    return [
        RegisterPlan(obis, direction=direction, tariff=tariff, resolution=resolution, digits=digits)
        for obis, direction, tariff in codes
    ]


class MeterForm(forms.Form):
    """A new meter at a site: what it is, what it counts, whom it counts for."""

    number = forms.CharField(label=_("Number"), max_length=40, help_text=_("As printed on the meter."))
    kind = forms.ModelChoiceField(label=_("Kind"), queryset=None)
    mode = forms.ChoiceField(label=_("Mode"), choices=MeterMode.choices, initial=MeterMode.CONSUMPTION)
    counts = forms.ChoiceField(
        label=_("Registers"),
        choices=COUNTS,
        initial=IMPORT,
        help_text=_("For electricity; other media have one register."),
    )
    name = forms.CharField(
        label=_("Name"), max_length=80, required=False, help_text=_("For example: Flat 12.")
    )
    building = forms.ModelChoiceField(label=_("Building"), queryset=None, required=False)
    place = forms.CharField(
        label=_("Place"), max_length=120, required=False, help_text=_("For example: riser west, 2nd floor.")
    )
    manufacturer = forms.CharField(label=_("Manufacturer"), max_length=60, required=False)
    model = forms.CharField(label=_("Model"), max_length=60, required=False)
    serial = forms.CharField(label=_("Serial number"), max_length=40, required=False)
    installed_on = forms.DateField(label=_("Installed"), widget=DayInput)
    factor = forms.IntegerField(
        label=_("Transformer factor"), min_value=1, initial=1, help_text=_("1 without current transformers.")
    )
    resolution = forms.TypedChoiceField(
        label=_("The register counts in"),
        coerce=int,
        initial=0,
        choices=((0, "1 Wh / 1 ml"), (1, "10"), (2, "100"), (3, "1000")),
    )
    digits = forms.IntegerField(
        label=_("Digits"),
        min_value=3,
        max_value=18,
        required=False,
        help_text=_("After the last one it begins again at 0."),
    )
    parent = forms.ModelChoiceField(
        label=_("Hangs below"),
        queryset=None,
        required=False,
        help_text=_("The meter whose energy contains this one’s; none for the one at the grid."),
    )
    billing_point = forms.ModelChoiceField(
        label=_("Billing point"),
        queryset=None,
        required=False,
        help_text=_("Who pays for what it counts; none for grid and production."),
    )

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].queryset = meter_kinds()
        self.fields["building"].queryset = site.buildings.all()
        self.fields["parent"].queryset = site.meters.filter(closed_at=None)
        self.fields["billing_point"].queryset = points_of(site)


def points_of(site: Site) -> Any:
    return BillingPoint.objects.filter(building__site=site).select_related("building")


def meter_definition() -> EquipmentDefinition:
    """The organization's definition of a meter; its first one brings it into being."""
    found = EquipmentDefinition.objects.filter(kind=EquipmentKind.METER).first()
    return found or EquipmentDefinition.objects.create(kind=EquipmentKind.METER, name=str(_("Meter")))


class MeterDataForm(forms.ModelForm):
    """What may be corrected about a meter at any time; its registers and kind stay."""

    name = forms.CharField(label=_("Name"), max_length=80)
    place = forms.CharField(label=_("Place"), max_length=120, required=False)
    serial = forms.CharField(label=_("Serial number"), max_length=40, required=False)
    calibration_expires_on = forms.DateField(label=_("Calibration expires"), widget=DayInput, required=False)

    class Meta:
        model = Meter
        fields = ["number", "billing_relevant", "most_per_hour"]

    of_equipment = ("name", "place", "serial", "calibration_expires_on")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.of_equipment:
            self.fields[name].initial = getattr(self.instance.equipment, name)

    def save(self, commit: bool = True) -> Any:
        equipment = self.instance.equipment
        for name in self.of_equipment:
            setattr(equipment, name, self.cleaned_data[name])
        equipment.save(update_fields=list(self.of_equipment))
        return super().save(commit)


class AssignForm(forms.Form):
    """From which day a meter counts for which point; the running assignment ends the day before."""

    billing_point = forms.ModelChoiceField(label=_("Billing point"), queryset=None)
    first = forms.DateField(label=_("From"), widget=DayInput)

    def __init__(self, *args: Any, site: Site, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["billing_point"].queryset = points_of(site)


class PlaceForm(forms.Form):
    """Below which meter another one hangs from a day on; its place until then ends the day before."""

    parent = forms.ModelChoiceField(
        label=_("Hangs below"),
        queryset=None,
        required=False,
        help_text=_("Leave it empty to take the meter out of the tree."),
    )
    first = forms.DateField(label=_("From"), widget=DayInput)

    def __init__(self, *args: Any, meter: Meter, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = Meter.objects.filter(site_id=meter.site_id, kind__unit=meter.kind.unit)
        self.fields["parent"].queryset = others.exclude(pk=meter.pk).select_related("equipment")
