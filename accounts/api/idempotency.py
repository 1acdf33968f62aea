# SPDX-License-Identifier: Apache-2.0
"""`Idempotency-Key`: a request repeated by a client that did not hear the answer acts once.

The rules are Stripe's: the same key and content get the stored answer, the same
key with other content is refused (422), and nothing is stored for a request
that failed.  The row is written in the same transaction as the effect, so that
a crash in between leaves neither.
"""

import hashlib
from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, connection, transaction
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import clock
from accounts.models import IdempotentAnswer
from accounts.rights import Actor

HEADER = "Idempotency-Key"


class KeyUsedForSomethingElse(APIException):
    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_detail = "This Idempotency-Key was used for a request with other content. Use a new key."
    default_code = "idempotency_key_reused"


class KeyTooLong(APIException):
    status_code = status.HTTP_400_BAD_REQUEST
    default_detail = "An Idempotency-Key has at most 80 characters."
    default_code = "idempotency_key_too_long"


def once(request: Request, actor: Actor, act: Callable[[], Response]) -> Response:
    """`act()`, or the answer it gave the first time under this key.  Without a key, `act()` each time."""
    key = request.headers.get(HEADER, "")
    if not key:
        return act()
    if len(key) > 80:
        raise KeyTooLong
    name = _name(request, actor)
    fingerprint = _fingerprint(request)
    with transaction.atomic():
        _wait_for_twin(actor.organization_id, name, key)
        kept = IdempotentAnswer.objects.filter(actor=name, key=key).first()
        if kept is not None:
            return _answer(kept, fingerprint)
        response = act()
        if response.status_code < 400:
            _keep(name, key, fingerprint, response)
        return response


def _wait_for_twin(organization_id: int, name: str, key: str) -> None:
    """A second request with the same key waits until the first has committed or failed."""
    number = int.from_bytes(
        hashlib.sha256(f"{organization_id}/{name}/{key}".encode()).digest()[:8], "big", signed=True
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])


def _answer(kept: IdempotentAnswer, fingerprint: str) -> Response:
    if kept.fingerprint != fingerprint:
        raise KeyUsedForSomethingElse
    return Response(kept.body, status=kept.status, headers={"Idempotent-Replayed": "true"})


def _keep(name: str, key: str, fingerprint: str, response: Response) -> None:
    try:
        IdempotentAnswer.objects.create(
            actor=name,
            key=key,
            fingerprint=fingerprint,
            status=response.status_code,
            body=response.data,
            created_at=clock.now(),
        )
    except IntegrityError as error:
        raise KeyUsedForSomethingElse from error


def _name(request: Request, actor: Actor) -> str:
    token: Any = getattr(request, "auth", None)
    return f"token-{token.pk}" if token is not None else f"user-{actor.user_id}"


def _fingerprint(request: Request) -> str:
    content = request._request.body
    return hashlib.sha256(f"{request.method} {request.path}\n".encode() + content).hexdigest()
