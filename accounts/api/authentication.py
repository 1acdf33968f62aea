# SPDX-License-Identifier: Apache-2.0
"""Sign-in of API clients by token."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts import clock
from accounts.models import ApiToken, User
from accounts.scope import organization_scope
from accounts.selectors import actor_of_token
from accounts.tokens import parse_token, same


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer zw_…`.  `accounts.api.views.ScopedView` opens the organization's scope."""

    keyword = b"bearer"

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        known: tuple[User, ApiToken] | None = getattr(request._request, "signed_in", None)
        if known is not None:
            return known  # `ScopedView` asks once before it opens the scope
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != self.keyword:
            return None
        parts = parse_token(words[1].decode("latin-1")) if len(words) == 2 else None
        token = self._token(parts) if parts else None
        if token is None:
            raise AuthenticationFailed("This token is not known, has expired or was revoked.")
        request._request.actor = actor_of_token(token)  # type: ignore[attr-defined]
        request._request.signed_in = (token.created_by, token)  # type: ignore[attr-defined]
        return token.created_by, token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"

    @staticmethod
    def _token(parts: Any) -> ApiToken | None:
        now = clock.now()
        with organization_scope(parts.organization_id):
            token = ApiToken.objects.select_related("created_by").filter(prefix=parts.prefix).first()
            if token is None or not same(token.secret_hash, parts.secret):
                return None
            if token.revoked_at is not None or token.expires_at <= now or not token.created_by.is_active:
                return None
            # Once a minute is enough for "last used", and spares a write a call.
            if token.last_used_at is None or (now - token.last_used_at).total_seconds() > 60:
                ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
            return token


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "accounts.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "zw_…"}
