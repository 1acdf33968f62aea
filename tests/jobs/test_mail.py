# SPDX-License-Identifier: Apache-2.0
"""Mail goes to the outbox page without a mail server, and through SMTP with one."""

import socket
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection

from accounts.scope import organization_scope
from config import env
from jobs.models import Mail
from tests.cast import Cast


class _Letterbox:
    def __init__(self) -> None:
        self.letters: list[tuple[list[str], Message]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.letters.append((envelope.rcpt_tos, message_from_bytes(envelope.content)))
        return "250 OK"


@pytest.fixture
def smtp(socket_enabled: None) -> Iterator[tuple[_Letterbox, int]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    letterbox = _Letterbox()
    controller = Controller(letterbox, hostname="127.0.0.1", port=port)
    controller.start()
    yield letterbox, port
    controller.stop()


def _letter(connection: Any) -> EmailMultiAlternatives:
    letter = EmailMultiAlternatives(
        "Ihre Rechnung für März",
        "Guten Tag",
        "office@lindenhof.example",
        ["resident@lindenhof.example"],
        connection=connection,
    )
    letter.attach("Rechnung.pdf", b"%PDF-1.7", "application/pdf")
    return letter


def test_with_a_mail_server_the_message_arrives_with_its_attachment(smtp: tuple[_Letterbox, int]) -> None:
    letterbox, port = smtp
    values = env.email(f"smtp://127.0.0.1:{port}")
    connection = get_connection(
        "django.core.mail.backends.smtp.EmailBackend", host=values["EMAIL_HOST"], port=values["EMAIL_PORT"]
    )
    assert _letter(connection).send() == 1
    (recipients, message) = letterbox.letters[0]
    assert recipients == ["resident@lindenhof.example"]
    assert [part.get_filename() for part in message.walk() if part.get_filename()] == ["Rechnung.pdf"]


def test_without_a_mail_server_the_message_stands_on_the_outbox_page(cast: Cast) -> None:
    assert not settings.EMAIL_URL
    with organization_scope(cast.lindenhof.id):
        assert _letter(get_connection("jobs.mail.OutboxBackend")).send() == 1
        assert [mail.attachments for mail in Mail.objects.all()] == [["Rechnung.pdf"]]
    with organization_scope(cast.seeblick.id):
        assert not Mail.objects.exists()


@pytest.mark.parametrize(
    ("url", "ssl", "tls", "port"),
    [("smtps://u:p@mail.example", True, False, 465), ("smtp+starttls://mail.example:587", False, True, 587)],
)
def test_the_address_of_the_mail_server_says_how_to_connect(
    url: str, ssl: bool, tls: bool, port: int
) -> None:
    values = env.email(url)
    assert (values["EMAIL_USE_SSL"], values["EMAIL_USE_TLS"], values["EMAIL_PORT"]) == (ssl, tls, port)


def test_an_address_that_is_no_mail_server_is_refused_with_the_names_that_are() -> None:
    with pytest.raises(env.BadSetting, match="use smtp://"):
        env.email("http://mail.example")
