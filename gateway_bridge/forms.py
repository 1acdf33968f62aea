# SPDX-License-Identifier: Apache-2.0
"""Forms of the wire: they check the form; services check the rest and act."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.secrets import SecretFormField
from gateway_bridge.models import DeviceBinding, Endpoint, PollingClass, Transport
from gateway_bridge.services.add_endpoint import EndpointDraft
from gateway_bridge.services.add_gateway import GatewayDraft
from gateway_bridge.services.bind_device import DeviceDraft, profiles_for
from metering.models import Meter


class GatewayForm(forms.Form):
    """The box itself."""

    name = forms.CharField(
        label=_("Name"), max_length=80, help_text=_("As it is written on it, for example “Cabinet cellar”.")
    )
    place = forms.CharField(label=_("Place"), max_length=120, required=False)
    polling_class = forms.ChoiceField(
        label=_("Reading interval"), choices=PollingClass.choices, initial=PollingClass.QUARTER_HOUR
    )
    manufacturer = forms.CharField(label=_("Manufacturer"), max_length=60, required=False)
    model = forms.CharField(label=_("Model"), max_length=60, required=False)
    serial = forms.CharField(label=_("Serial number"), max_length=40, required=False)
    secret = SecretFormField(
        label=_("Password"),
        help_text=_("Only if the gateway asks for one. Stored encrypted and never shown again."),
    )

    def draft(self) -> GatewayDraft:
        return GatewayDraft(**self.cleaned_data)


class EndpointForm(forms.ModelForm):
    """How a bus is reached."""

    class Meta:
        model = Endpoint
        fields = ["transport", "host", "port", "answer_ms", "settle_ms", "pause_ms"]
        widgets = {
            "host": forms.TextInput(
                attrs={"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"}
            )
        }

    # What most people never have to touch.
    EXPERT = ("answer_ms", "settle_ms", "pause_ms")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["transport"].choices = Transport.choices
        self.fields["answer_ms"].widget.attrs["min"] = 100

    @property
    def plain_fields(self):
        return [field for field in self if field.name not in self.EXPERT]

    @property
    def expert_fields(self):
        return [field for field in self if field.name in self.EXPERT]

    def validate_constraints(self):
        """Services answer for uniqueness, inside the organization's scope."""

    def draft(self) -> EndpointDraft:
        return EndpointDraft(**{name: self.cleaned_data[name] for name in self.Meta.fields})


class DeviceForm(forms.Form):
    """A meter at an address."""

    meter = forms.ModelChoiceField(
        label=_("Meter"),
        queryset=None,
        empty_label=_("Choose …"),
        help_text=_("Meters of this site that are not read yet."),
    )
    profile = forms.ChoiceField(label=_("Device profile"), help_text=_("The device's make and model."))
    unit = forms.IntegerField(label=_("Unit address"), min_value=1, max_value=247)
    primary = forms.IntegerField(
        label=_("Primary address"),
        min_value=0,
        max_value=250,
        required=False,
        help_text=_("Leave empty to address the meter by its serial number."),
    )
    serial = forms.CharField(
        label=_("Serial number"),
        max_length=40,
        required=False,
        help_text=_("What the device must say it is at every visit. “Read it now” fills it in."),
    )
    manufacturer = forms.CharField(
        label=_("Manufacturer code"),
        max_length=3,
        required=False,
        help_text=_("Three letters, only where two meters have the same serial number."),
    )

    def __init__(self, *args, endpoint: Endpoint, **kwargs):
        super().__init__(*args, **kwargs)
        self.endpoint = endpoint
        self.fields["meter"].queryset = unread_meters(endpoint)
        self.fields["profile"].choices = profile_choices(endpoint.transport)
        for name in self._of_other_protocol():
            del self.fields[name]

    def _of_other_protocol(self):
        if Transport(self.endpoint.transport).protocol == "mbus":
            return ("unit",)
        return ("primary", "manufacturer")

    def draft(self) -> DeviceDraft:
        return DeviceDraft(**{name: value for name, value in self.cleaned_data.items() if name != "meter"})


class TrialForm(DeviceForm):
    """The same fields, tried before a meter is chosen."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        del self.fields["meter"]


def unread_meters(endpoint: Endpoint):
    """Meters of the endpoint's site that no device reads."""
    read = DeviceBinding.objects.filter(removed_at=None).values("meter_id")
    return (
        Meter.objects.filter(site=endpoint.gateway.site, closed_at=None)
        .exclude(pk__in=read)
        .select_related("equipment")
    )


def profile_choices(transport: str):
    """Profiles by maker; those whose sources contradict each other say so."""
    groups: dict[str, list] = {}
    for profile in profiles_for(transport):
        label = ", ".join(profile.models)
        if profile.is_experimental:
            label = _("%(models)s (experimental)") % {"models": label}
        groups.setdefault(profile.manufacturer, []).append((profile.name, label))
    return [("", _("Choose …")), *groups.items()]
