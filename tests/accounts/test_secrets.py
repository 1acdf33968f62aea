# SPDX-License-Identifier: Apache-2.0
"""Secrets are in the database in a form that a stolen backup does not open."""

import base64
import io
import logging

import pytest
from django.core.management import call_command
from django.db import connection
from pytest_django import Settings

from accounts.audit import history_of
from accounts.scope import organization_scope
from accounts.secrets import EncryptedTextField, Secret, SecretFormField, UnableToReveal
from gateway_bridge.models import Gateway
from sites.models import Equipment
from tests.cast import Cast, Side

CANARY = "gateway-password-canary"


def _gateway(side: Side, secret: str | None = CANARY) -> Gateway:
    equipment = Equipment.objects.create(definition=side.definitions["gateway"], site=side.site, name="Box")
    return Gateway.objects.create(equipment=equipment, site=side.site, secret=secret)


def _column(gateway: Gateway) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM gateway_bridge_gateway WHERE id = %s", [gateway.pk])
        return str(cursor.fetchone()[0])


def test_a_secret_comes_back_only_by_revealing_it(cast: Cast) -> None:
    with organization_scope(cast.lindenhof.id):
        stored = Gateway.objects.get(pk=_gateway(cast.lindenhof).pk)
        assert stored.secret.reveal() == CANARY
        for shown in (str(stored.secret), repr(stored.secret), f"{stored.secret}"):
            assert CANARY not in shown
        logging.getLogger("test").warning("%s %r", stored.secret, stored.secret)


def test_the_database_and_the_history_hold_no_plain_text(cast: Cast) -> None:
    with organization_scope(cast.lindenhof.id):
        gateway = _gateway(cast.lindenhof)
        column = _column(gateway)
        assert CANARY not in column
        assert CANARY.encode() not in base64.urlsafe_b64decode(column)
        assert "secret" not in {change.field for entry in history_of(gateway) for change in entry.changes}
        with connection.cursor() as cursor:
            cursor.execute("SELECT row_to_json(e)::text FROM gateway_bridge_gatewayevent e")
            assert "secret" not in str(cursor.fetchall())


def test_the_known_bad_twin_a_text_column_gives_it_away(cast: Cast) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE plain (secret text)")
        cursor.execute("INSERT INTO plain VALUES (%s)", [CANARY])
        cursor.execute("SELECT secret FROM plain")
        assert CANARY in str(cursor.fetchone())


def test_the_same_text_is_never_stored_the_same_way(cast: Cast) -> None:
    with organization_scope(cast.lindenhof.id):
        assert _column(_gateway(cast.lindenhof)) != _column(_gateway(cast.lindenhof))


def test_saving_again_keeps_the_secret_and_none_stays_none(cast: Cast) -> None:
    with organization_scope(cast.lindenhof.id):
        gateway = Gateway.objects.get(pk=_gateway(cast.lindenhof).pk)
        before = _column(gateway)
        gateway.save()
        assert _column(gateway) == before
        assert Gateway.objects.get(pk=_gateway(cast.lindenhof, None).pk).secret is None


def test_an_old_key_still_opens_and_rotation_makes_it_dispensable(cast: Cast, settings: Settings) -> None:
    settings.FIELD_KEYS = ["old key"]
    with organization_scope(cast.lindenhof.id):
        gateway = _gateway(cast.lindenhof)
    settings.FIELD_KEYS = ["new key", "old key"]
    with organization_scope(cast.lindenhof.id):
        assert Gateway.objects.get(pk=gateway.pk).secret.reveal() == CANARY
    out = io.StringIO()
    call_command("rotate_secrets", stdout=out)
    assert out.getvalue() == "1 secrets rotated, 0 could not be opened.\n"
    settings.FIELD_KEYS = ["new key"]
    with organization_scope(cast.lindenhof.id):
        assert Gateway.objects.get(pk=gateway.pk).secret.reveal() == CANARY


def test_a_wrong_key_is_a_named_refusal_without_the_text(cast: Cast, settings: Settings) -> None:
    settings.FIELD_KEYS = ["one key"]
    secret = Secret.seal(CANARY)
    settings.FIELD_KEYS = ["another key"]
    with pytest.raises(UnableToReveal) as refusal:
        secret.reveal()
    assert CANARY not in str(refusal.value)
    with organization_scope(cast.lindenhof.id):
        gateway = _gateway(cast.lindenhof)
        Gateway.objects.filter(pk=gateway.pk).update(secret=secret)
    out = io.StringIO()
    call_command("rotate_secrets", stdout=out)
    assert "1 could not be opened" in out.getvalue()


def test_a_form_never_shows_what_is_stored() -> None:
    field = EncryptedTextField("Password").formfield()
    assert isinstance(field, SecretFormField)
    assert CANARY not in field.widget.render("secret", field.prepare_value(CANARY))
    assert not field.has_changed(Secret.seal(CANARY), "")
    assert field.has_changed(None, "new")
