# SPDX-License-Identifier: Apache-2.0
"""The outbox page: messages that no mail server took, where none is set up (demo, development)."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from accounts.guards import require
from accounts.rights import Right
from accounts.scope import organization_scope
from jobs.models import Mail
from jobs.selectors import mail_of_organization, mail_to_persons

SHOWN = 200


@require(Right.MAIL_VIEW)
def mail(request: HttpRequest) -> HttpResponse:
    _only_without_server()
    context = {"messages_kept": mail_of_organization()[:SHOWN], "personal": _personal()}
    return render(request, "jobs/mail.html", context)


@require(Right.MAIL_VIEW)
def message(request: HttpRequest, pk: int) -> HttpResponse:
    _only_without_server()
    personal = {row.pk: row for row in _personal()}
    row: Any = personal.get(pk) or get_object_or_404(mail_of_organization(), pk=pk)
    return render(request, "jobs/message.html", {"message": row})


def _personal() -> list[Mail]:
    """
    Password resets and the like, in development and the demo, where nobody else could read them.

    They let in whoever reads them, so a real installation never shows them.
    """
    if not settings.DEVELOPMENT:
        return []
    with organization_scope(None):
        return list(mail_to_persons()[:SHOWN])


def _only_without_server() -> None:
    if settings.EMAIL_URL:
        raise Http404
