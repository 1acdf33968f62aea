# SPDX-License-Identifier: Apache-2.0
"""The outbox page: messages that no mail server took, where none is set up (demo, development)."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from accounts.guards import require
from accounts.rights import Right
from jobs.selectors import mail_of_organization

SHOWN = 200


@require(Right.MAIL_VIEW)
def mail(request: HttpRequest) -> HttpResponse:
    _only_without_server()
    return render(request, "jobs/mail.html", {"messages_kept": mail_of_organization()[:SHOWN]})


@require(Right.MAIL_VIEW)
def message(request: HttpRequest, pk: int) -> HttpResponse:
    _only_without_server()
    row: Any = get_object_or_404(mail_of_organization(), pk=pk)
    return render(request, "jobs/message.html", {"message": row})


def _only_without_server() -> None:
    if settings.EMAIL_URL:
        raise Http404
