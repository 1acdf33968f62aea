# SPDX-License-Identifier: Apache-2.0
from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        post_migrate.connect(_build_wall, sender=self)


def _build_wall(*, using: str, **kwargs: Any) -> None:
    # Django runs this once per migrate for our sender, after the last migration of all apps.
    from accounts.wall import build_wall

    build_wall(connections[using])
