# SPDX-License-Identifier: Apache-2.0
"""What every API view shares: the organization's scope around the handler."""

import hashlib
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import transaction
from django.utils import translation
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.rights import Actor
from accounts.scope import organization_scope


class TooLargeABody(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = "The body is too large. Send it in several requests."
    default_code = "too_large"


class ScopedView(APIView):
    """
    Opens the actor's organization for the length of the request.

    Session requests come scoped by the middleware; for token requests the scope
    is opened here, after authentication.  A refused request leaves nothing behind.
    """

    fits = True
    waits: list[float | None] | None = None

    @property
    def actor(self) -> Actor:
        actor: Actor = self.request._request.actor  # type: ignore[attr-defined]
        return actor

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        # Programs get one language, whoever made their token.
        with translation.override("en"):
            return self._answer(request, *args, **kwargs)

    def _answer(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            # Kept whole before DRF reads it as a stream: the idempotency key needs it.
            request.body  # noqa: B018
        except RequestDataTooBig:
            self.fits = False
        actor = self._early_actor(request)
        if actor is None:
            return self._conditional(request, super().dispatch(request, *args, **kwargs))
        with organization_scope(actor.organization_id, actor.user_id):
            response = super().dispatch(request, *args, **kwargs)
            if isinstance(response, Response):
                if getattr(response, "exception", False):
                    transaction.set_rollback(True)
                response = self._rendered(response)
        return self._conditional(request, response)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if not self.fits:
            raise TooLargeABody

    def check_throttles(self, request: Request) -> None:
        if self.waits is None:
            super().check_throttles(request)
        elif self.waits:
            self.throttled(request, max((wait for wait in self.waits if wait is not None), default=None))

    @staticmethod
    def _conditional(request: Any, response: Any) -> Any:
        """Give reads an ETag, and answer 304 where the client has the same content."""
        if (
            request.method not in {"GET", "HEAD"}
            or response.status_code != 200
            or not isinstance(response, Response)
        ):
            return response
        rendered = response if response.is_rendered else response.render()
        etag = quote_etag(hashlib.sha256(rendered.content).hexdigest()[:32])
        rendered["ETag"] = etag
        rendered["Cache-Control"] = "private, no-cache"
        return get_conditional_response(request, etag=etag, response=rendered)

    @staticmethod
    def _rendered(response: Response) -> Response:
        # Lazy querysets are read while the scope is open.
        return response.render()

    def _early_actor(self, request: Any) -> Actor | None:
        """The token's actor, known before the handler runs; None for sessions and for refused tokens."""
        if not request.headers.get("Authorization"):
            return None
        drf_request: Request = self.initialize_request(request)
        try:
            drf_request.user  # noqa: B018 (authenticates)
        except Exception:
            return None
        # Counted outside of the request's transaction: a refused call counts too, and a long one does not
        # hold the counter against the next.
        self.waits = [
            throttle.wait()
            for throttle in self.get_throttles()
            if not throttle.allow_request(drf_request, self)
        ]
        return getattr(request, "actor", None)
