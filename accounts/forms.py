# SPDX-License-Identifier: Apache-2.0
"""Forms about people, organizations, accounts and tokens."""

import re
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.models import Account, Contact, Organization, PostalAddress, User
from accounts.places import site_choices
from accounts.predicates import grantable_roles
from accounts.rights import Actor
from accounts.web.fields import DayInput, clean_iban, clean_vat_number, contrast_with_white

LEAST_CONTRAST = 4.5


class ProfileForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ["name", "language", "theme"]
        widgets = {"theme": forms.RadioSelect}
        help_texts = {
            "name": _("As your colleagues know you."),
            "language": _("Of the pages and of mail to you."),
        }


class OrganizationForm(forms.ModelForm):
    class Meta:
        model = Organization
        fields = [
            "name", "street", "house_number", "postcode", "town", "country", "email", "phone", "website",
            "vat_number", "iban", "currency", "payment_days", "round_to_five_rappen",
            "language", "time_zone", "accent_colour",
        ]  # fmt: skip
        widgets = {"accent_colour": forms.TextInput(attrs={"type": "color", "class": "form-control-color"})}
        help_texts = {
            "name": _("As it stands on the letterhead."),
            "iban": _("With a QR-IBAN, invoices carry a QR reference; else a creditor reference."),
            "language": _("For documents and mail when the recipient’s language is not known."),
            "time_zone": _("For times on pages that belong to no site."),
            "accent_colour": _("For buttons and links. White text must be readable on it."),
            "round_to_five_rappen": _("Swiss francs only."),
        }

    def clean_iban(self) -> str:
        return clean_iban(self.cleaned_data["iban"])

    def clean_time_zone(self) -> str:
        name: str = self.cleaned_data["time_zone"]
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            raise forms.ValidationError(_("Use a name such as Europe/Zurich.")) from None
        return name

    def clean_accent_colour(self) -> str:
        colour: str = self.cleaned_data["accent_colour"].lower()
        if not re.fullmatch(r"#[0-9a-f]{6}", colour):
            raise forms.ValidationError(_("A colour reads like #0f766e."))
        if contrast_with_white(colour) < LEAST_CONTRAST:
            raise forms.ValidationError(
                _("White text would be hard to read on this colour. Take a darker one.")
            )
        return colour

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        try:
            cleaned["vat_number"] = clean_vat_number(
                cleaned.get("vat_number") or "", cleaned.get("country") or "CH"
            )
        except forms.ValidationError as error:
            self.add_error("vat_number", error)
        return cleaned


class InvitationForm(forms.Form):
    """Whom to invite to which role; only roles the inviting person may give."""

    email = forms.EmailField(label=_("E-mail"))
    role = forms.ChoiceField(label=_("Role"))
    language = forms.ChoiceField(label=_("Language of the letter"))

    def __init__(self, *args: Any, actor: Actor, language: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [(role.value, role.label) for role in grantable_roles(actor)]
        self.fields["language"].choices = User._meta.get_field("language").choices
        self.fields["language"].initial = language


class RoleForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"))

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [(role.value, role.label) for role in grantable_roles(actor)]


class AcceptForm(forms.Form):
    """A new person's name and password; the address comes from the invitation."""

    name = forms.CharField(label=_("Name"), max_length=120, widget=forms.TextInput({"autocomplete": "name"}))
    password = forms.CharField(
        label=_("Password"),
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
        help_text=_("At least ten characters; three or four words are easy to remember and hard to guess."),
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password, User(email=self.email, name=self.cleaned_data.get("name", "")))
        return password


class AccountForm(forms.ModelForm):
    class Meta:
        model = Account
        fields = [
            "kind", "is_company", "name", "code", "language", "correspondence",
            "iban", "vat_liable", "vat_number",
        ]  # fmt: skip
        help_texts = {
            "name": _("As it stands on letters, at most 70 characters."),
            "code": _("Short and unique; stands on invoices."),
            "iban": _("Where credit notes are paid to."),
        }

    def clean_iban(self) -> str:
        return clean_iban(self.cleaned_data["iban"])

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"].strip()
        if Account.objects.filter(code=code).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(
                _("Another account has the code “%(code)s” already."), params={"code": code}
            )
        return code

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("vat_liable") and not cleaned.get("vat_number"):
            self.add_error("vat_number", _("Who is liable to VAT has a VAT number."))
        return cleaned


class AddressForm(forms.ModelForm):
    valid_from = forms.DateField(
        label=_("Valid from"),
        required=False,
        widget=DayInput,
        help_text=_("Leave it empty when the address has always held."),
    )

    class Meta:
        model = PostalAddress
        fields = ["kind", "recipient", "street", "house_number", "postcode", "town", "country"]
        help_texts = {"recipient": _("Only when letters go to somebody else.")}

    field_order = [
        "kind",
        "recipient",
        "street",
        "house_number",
        "postcode",
        "town",
        "country",
        "valid_from",
    ]

    def clean_country(self) -> str:
        country: str = self.cleaned_data["country"].upper()
        if not re.fullmatch(r"[A-Z]{2}", country):
            raise forms.ValidationError(_("Two letters, such as CH or DE."))
        return country


class NewAccountForm(AccountForm):
    """An account with the address it always had."""

    street = forms.CharField(label=_("Street"), max_length=70)
    house_number = forms.CharField(label=_("House number"), max_length=16, required=False)
    postcode = forms.CharField(label=_("Postcode"), max_length=16)
    town = forms.CharField(label=_("Town"), max_length=35)
    country = forms.CharField(label=_("Country"), max_length=2, initial="CH")

    ADDRESS = ("street", "house_number", "postcode", "town", "country")

    def address(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in self.ADDRESS}


class ContactForm(forms.ModelForm):
    invite = forms.BooleanField(
        label=_("Send an invitation now"),
        required=False,
        help_text=_("The person gets a link by e-mail and sees the account’s data and documents."),
    )

    class Meta:
        model = Contact
        fields = ["name", "email", "phone", "role"]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("invite") and not cleaned.get("email"):
            self.add_error("email", _("An invitation needs an e-mail address."))
        return cleaned


class TokenForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=80, help_text=_("What it is for; you will thank yourself in a year.")
    )
    role = forms.ChoiceField(label=_("Acts as"))
    read_only = forms.BooleanField(label=_("Read only"), required=False, initial=True)
    sites = forms.TypedMultipleChoiceField(
        label=_("Only these sites"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None ticked means all sites."),
    )
    days = forms.TypedChoiceField(
        label=_("Expires after"),
        coerce=int,
        initial=90,
        choices=[(n, ngettext_lazy("%(n)d day", "%(n)d days", "n") % {"n": n}) for n in (30, 90, 180, 365)],
    )

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [(role.value, role.label) for role in grantable_roles(actor)]
        self.fields["sites"].choices = site_choices(actor)
