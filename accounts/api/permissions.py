# SPDX-License-Identifier: Apache-2.0
"""The guard of every API view: it needs the right that the view names."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.rights import Actor, Right


class HasRight(BasePermission):
    """Reads `view.right`, or `view.rights[method]` where methods differ.  A view without either is closed."""

    def has_permission(self, request: Request, view: Any) -> bool:
        actor: Actor | None = getattr(request._request, "actor", None)
        right = right_of(view, request.method or "GET")
        return actor is not None and right is not None and actor.may(right)


def right_of(view: Any, method: str) -> Right | None:
    by_method: dict[str, Right] = getattr(view, "rights", {})
    return by_method.get(method, getattr(view, "right", None))
