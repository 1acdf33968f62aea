# SPDX-License-Identifier: Apache-2.0
"""Forms about people, organizations, accounts and tokens."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class ProfileForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ["name", "language", "theme"]
        widgets = {"theme": forms.RadioSelect}
        help_texts = {
            "name": _("As your colleagues know you."),
            "language": _("Of the pages and of mail to you."),
        }
