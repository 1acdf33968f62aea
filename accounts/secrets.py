# SPDX-License-Identifier: Apache-2.0
"""Secrets that the product has to use itself: encrypted in the database, written but never shown.

Gateway passwords and device keys cannot be hashed, for they are sent on.  They are encrypted with the
keys in `settings.FIELD_KEYS`, which are not in the database: a stolen backup gives nothing away.  The
first key writes, all of them read; to rotate, put a new key in front, run `manage.py rotate_secrets`, and
take the old one away.
"""

import base64
import hashlib
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django import forms
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class UnableToReveal(Exception):
    """None of the keys in force opens this secret; somebody has to enter it again."""


class Secret:
    """
    An encrypted text.  Printing, logging or comparing it shows nothing; `reveal()` is the one way in.
    """

    __slots__ = ("token",)

    def __init__(self, token: str) -> None:
        self.token = token

    @classmethod
    def seal(cls, text: str) -> "Secret":
        """Encrypt `text` with the key that writes."""
        return cls(_box().encrypt(text.encode()).decode("ascii"))

    def reveal(self) -> str:
        """
        The text itself, for the moment in which it is used.

        :raises UnableToReveal: if no key in force opens it.
        """
        try:
            return _box().decrypt(self.token.encode("ascii")).decode()
        except (InvalidToken, ValueError):
            # The cause is left out on purpose: it says nothing that helps.
            raise UnableToReveal("No key in FIELD_KEYS opens this secret.") from None

    def rotated(self) -> "Secret":
        """
        The same text under the key that writes now.

        :raises UnableToReveal: if no key in force opens it.
        """
        return Secret.seal(self.reveal())

    def __str__(self) -> str:
        return "••••••••"

    def __repr__(self) -> str:
        return "Secret(••••••••)"


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]
    """
    Holds a `Secret` or None.  A plain text that is assigned is sealed when it is saved.

    The column cannot be searched: equal texts have different tokens.
    """

    description = _("Encrypted text")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["null"] = kwargs["blank"] = True
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("null", None)
        kwargs.pop("blank", None)
        return name, path, args, kwargs

    def from_db_value(self, token: str | None, *args: Any) -> Secret | None:
        return Secret(token) if token else None

    def get_prep_value(self, value: Any) -> str | None:
        if not value:
            return None
        return value.token if isinstance(value, Secret) else Secret.seal(str(value)).token

    def value_to_string(self, obj: models.Model) -> str:
        """Fixtures and dumps carry the token, never the text."""
        return self.get_prep_value(self.value_from_object(obj)) or ""

    def formfield(self, **kwargs: Any) -> Any:
        """Write-only: the form never shows the secret."""
        return SecretFormField(label=self.verbose_name, help_text=self.help_text)


class SecretFormField(forms.CharField):
    """A password box that is always empty.  An empty answer means *keep what is stored*: services obey."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        kwargs["widget"] = forms.PasswordInput(
            render_value=False, attrs={"autocomplete": "new-password", "spellcheck": "false"}
        )
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> str:
        return ""

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(data)


def _box() -> MultiFernet:
    return MultiFernet([Fernet(_key(text)) for text in settings.FIELD_KEYS])


def _key(text: str) -> bytes:
    """Any long random text serves as a key; Fernet wants exactly 32 bytes."""
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())
