# SPDX-License-Identifier: Apache-2.0
"""An API client with a token of one side of the cast."""

from datetime import timedelta
from typing import Any

from django.test import Client

from accounts import clock
from accounts.models import ApiToken
from accounts.rights import Role
from accounts.scope import organization_scope
from accounts.tokens import new_token
from tests.cast import Side


class ApiClient(Client):
    """`client.get("/api/v1/…")` with the token in the header."""

    def __init__(self, side: Side, **fields: Any) -> None:
        self.token, written = make_token(side, **fields)
        super().__init__(headers={"Authorization": f"Bearer {written}"})


def make_token(
    side: Side, role: Role = Role.ADMINISTRATOR, read_only: bool = False, **fields: Any
) -> tuple[ApiToken, str]:
    parts = new_token(side.id)
    values = {"expires_at": clock.now() + timedelta(days=30)} | fields
    with organization_scope(side.id):
        token = ApiToken.objects.create(
            name="test", prefix=parts.prefix, secret_hash=parts.secret_hash(), role=role, read_only=read_only,
            created_by=side.users[Role.ADMINISTRATOR], **values,
        )  # fmt: skip
    return token, parts.written()
