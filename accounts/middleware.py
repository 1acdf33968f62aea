# SPDX-License-Identifier: Apache-2.0
"""Puts every request into the organization its person acts in."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

import pghistory
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from accounts.models import User
from accounts.scope import organization_scope
from accounts.selectors import OrganizationChoice, actor_of, organizations_of
from accounts.web.formats import in_country

Handler = Callable[[HttpRequest], HttpResponse]

SESSION_KEY = "organization"


class OrganizationMiddleware:
    """
    Choose the organization, open its scope and transaction, and attach the actor.

    A person in one organization acts there; a person in several chooses once
    (the choice is kept in the session, never guessed).  A failed request rolls
    back everything it did.  Requests with an API token get their scope from the
    token (`accounts.api.authentication`).
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = None  # type: ignore[attr-defined]
        request.organizations = []  # type: ignore[attr-defined]
        user = request.user
        if not isinstance(user, User) or request.headers.get("Authorization"):
            return self.get_response(request)
        choices = organizations_of(user)
        request.organizations = choices  # type: ignore[attr-defined]
        chosen = self._chosen(request, choices)
        if chosen is None:
            return self.get_response(request)
        # Numbers and times are written as the organization's country and zone have it.
        with (
            in_country(chosen.country),
            timezone.override(ZoneInfo(chosen.time_zone)),
            organization_scope(chosen.id, user.pk),
        ):
            request.actor = actor_of(user, chosen.id)  # type: ignore[attr-defined]
            response = self.get_response(request)
            # Refused or failed, by an answer or by an exception that Django has made one of.
            if response.status_code >= 400:
                transaction.set_rollback(True)
        return response

    @staticmethod
    def _chosen(request: HttpRequest, choices: list[OrganizationChoice]) -> OrganizationChoice | None:
        wanted = request.session.get(SESSION_KEY)
        if len(choices) == 1:
            return choices[0]
        return next((choice for choice in choices if choice.id == wanted), None)


class HistoryContextMiddleware:
    """
    Speaks the person's language, and tells the history who acts.

    The history keeps the user's id and the address of the page, no personal data.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = getattr(request, "user", None)
        if isinstance(user, User):
            translation.activate(user.language)
            request.LANGUAGE_CODE = user.language
            if request.method not in {"GET", "HEAD", "OPTIONS"}:
                with pghistory.context(user=user.pk, path=request.path):
                    return self.get_response(request)
        return self.get_response(request)
