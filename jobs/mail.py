# SPDX-License-Identifier: Apache-2.0
"""Mail without a mail server: messages become rows that the outbox page shows."""

from collections.abc import Sequence
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from accounts import clock
from accounts.scope import OutOfScope, current_organization_id
from jobs.models import Mail


class OutboxBackend(BaseEmailBackend):
    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            Mail.objects.create(
                organization_id=_organization_id(),
                sender=message.from_email,
                recipients=", ".join(message.recipients()),
                subject=str(message.subject),
                text=str(message.body),
                html=_html(message),
                attachments=[_name(attachment) for attachment in message.attachments],
                created_at=clock.now(),
            )
        return len(email_messages)


def _organization_id() -> int | None:
    try:
        return current_organization_id()
    except OutOfScope:
        return None  # password resets and the like belong to a person


def _html(message: EmailMessage) -> str:
    alternatives: list[Any] = getattr(message, "alternatives", [])
    return next((str(content) for content, kind in alternatives if kind == "text/html"), "")


def _name(attachment: Any) -> str:
    return str(attachment[0]) if isinstance(attachment, tuple) else str(attachment.get_filename())
