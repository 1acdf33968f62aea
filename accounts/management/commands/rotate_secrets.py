# SPDX-License-Identifier: Apache-2.0
"""`manage.py rotate_secrets`: bring every stored secret under the key that writes now."""

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand
from django.db import models

from accounts.scope import organization_scope
from accounts.secrets import EncryptedTextField, UnableToReveal
from accounts.selectors import organization_ids


class Command(BaseCommand):
    help = "Encrypt every stored secret again with the first key in FIELD_KEYS."

    def handle(self, *args: Any, **options: Any) -> None:
        rotated = unreadable = 0
        for organization_id in organization_ids():
            with organization_scope(organization_id):
                for model, field in _encrypted_fields():
                    for row in model.objects.exclude(**{field: None}).select_for_update():
                        try:
                            renewed = getattr(row, field).rotated()
                        except UnableToReveal:
                            unreadable += 1
                            continue
                        model.objects.filter(pk=row.pk).update(**{field: renewed})
                        rotated += 1
        self.stdout.write(f"{rotated} secrets rotated, {unreadable} could not be opened.")


def _encrypted_fields() -> list[tuple[type[models.Model], str]]:
    return [
        (model, field.name)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, EncryptedTextField)
    ]
