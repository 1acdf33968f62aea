# SPDX-License-Identifier: Apache-2.0
"""Send a letter by mail, in the reader's language, inside the running transaction."""

from collections.abc import Mapping
from smtplib import SMTPException
from typing import Any

from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import translation


class UnableToSend(Exception):
    """The mail server did not take the message."""


def send_letter(*, template: str, to: str, language: str, context: Mapping[str, Any]) -> None:
    """
    Render `template` (first line the subject, then a blank line, then the text) and send it.

    :raises UnableToSend: when the mail server is out of reach or refuses; the caller's work is undone.
    """
    with translation.override(language):
        subject, _blank, text = render_to_string(template, dict(context)).strip().partition("\n")
    try:
        EmailMessage(subject=subject.strip(), body=text.strip() + "\n", to=[to]).send()
    except (SMTPException, OSError) as error:
        raise UnableToSend(str(error)) from error
