# SPDX-License-Identifier: Apache-2.0
"""Invitations: the link opens what was promised, once, in time, and nothing else."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from accounts import clock
from accounts.models import Contact, Invitation, Membership, User
from accounts.rights import Role
from accounts.scope import organization_scope
from accounts.services import accept_invitation, invite
from accounts.services.mailing import UnableToSend
from accounts.tokens import hash_secret
from tests.cast import PASSWORD, Cast, Side

BACKEND = "django.contrib.auth.backends.ModelBackend"


def client_of(side: Side, role: Role) -> Client:
    client = Client()
    client.force_login(side.users[role], backend=BACKEND)
    return client


def send(cast: Cast, email: str = "new@house.example", role: str = "support", **more: Any) -> str:
    """Invite through the page; returns the path of the link."""
    client = client_of(cast.lindenhof, Role.ADMINISTRATOR)
    answer = client.post(
        "/organization/people/invite/", {"email": email, "role": role, "language": "en", **more}
    )
    assert answer.status_code == 302
    return link_in(str(mail.outbox[-1].body))


def link_in(text: str) -> str:
    found = re.search(r"http://testserver(/invitation/\S+)", text)
    assert found, text
    return found[1]


def test_the_letter_speaks_the_chosen_language_and_keeps_only_a_hash(cast: Cast) -> None:
    path = send(cast)

    letter = mail.outbox[-1]
    secret = path.strip("/").split("-", 1)[1]
    with organization_scope(cast.lindenhof.id):
        row = Invitation.objects.get(email="new@house.example")
    assert "Lindenhof Verwaltung AG" in letter.subject
    assert row.token_hash == hash_secret(secret)
    assert secret not in str(row.__dict__)


def test_somebody_new_chooses_a_password_and_is_in(cast: Cast) -> None:
    path = send(cast)
    client = Client()

    assert client.get(path).status_code == 200
    answer = client.post(path, {"name": "New Person", "password": "three-little-words"})

    assert answer.status_code == 302
    user = User.objects.get(email="new@house.example")
    assert client.get("/jobs/").status_code == 200
    with organization_scope(cast.lindenhof.id):
        assert Membership.objects.get(user=user).role == "support"


def test_a_weak_password_is_refused_with_its_reason(cast: Cast) -> None:
    path = send(cast)

    answer = Client().post(path, {"name": "New Person", "password": "house"})

    assert answer.status_code == 422
    assert not User.objects.filter(email="new@house.example").exists()


def test_a_link_works_once(cast: Cast) -> None:
    path = send(cast)
    Client().post(path, {"name": "New Person", "password": "three-little-words"})

    assert Client().get(path).status_code == 404


def test_an_expired_a_revoked_and_an_invented_link_look_alike(cast: Cast) -> None:
    expired, revoked = send(cast, "late@house.example"), send(cast, "gone@house.example")
    with organization_scope(cast.lindenhof.id):
        Invitation.objects.filter(email="late@house.example").update(expires_at=clock.now())
        Invitation.objects.filter(email="gone@house.example").update(revoked_at=clock.now())
    invented = f"/invitation/{cast.lindenhof.id}-nothing/"
    strange = "/invitation/abc/"

    answers = [Client().get(path) for path in (expired, revoked, invented, strange)]

    bodies = {
        re.sub(r'(value="|X-CSRFToken": ")\w{64}|/invitation/[^"]*', "", a.content.decode()) for a in answers
    }
    assert [a.status_code for a in answers] == [404] * 4
    assert len(bodies) == 1


def test_a_link_of_another_organization_opens_nothing(cast: Cast) -> None:
    path = send(cast)
    secret = path.strip("/").split("-", 1)[1]

    assert Client().get(f"/invitation/{cast.seeblick.id}-{secret}/").status_code == 404


def test_somebody_known_signs_in_and_accepts(cast: Cast) -> None:
    known = cast.seeblick.users[Role.SUPPORT]
    path = send(cast, known.email)
    client = Client()

    assert client.get(path).headers["Location"].startswith("/accounts/login/")
    client.force_login(known, backend=BACKEND)
    assert client.get(path).status_code == 200
    client.post(path)

    with organization_scope(cast.lindenhof.id):
        assert Membership.objects.filter(user=known, role="support").exists()


def test_somebody_else_who_is_signed_in_gets_nothing(cast: Cast) -> None:
    path = send(cast, cast.seeblick.users[Role.SUPPORT].email)
    client = client_of(cast.lindenhof, Role.INSTALLER)

    client.post(path)

    with organization_scope(cast.lindenhof.id):
        assert not Membership.objects.filter(user=cast.lindenhof.users[Role.INSTALLER]).exists()
        assert Invitation.objects.get().accepted_at is None


def test_a_contact_is_invited_to_its_account(cast: Cast) -> None:
    neighbour = cast.lindenhof.accounts["neighbour"]
    client = client_of(cast.lindenhof, Role.COORDINATOR)
    fields = {"name": "Nina Neighbour", "email": "nina@house.example", "role": "member", "invite": "on"}

    client.post(f"/organization/accounts/{neighbour.pk}/contacts/new/", fields)
    Client().post(link_in(str(mail.outbox[-1].body)), {"name": "Nina", "password": "three-little-words"})

    with organization_scope(cast.lindenhof.id):
        contacts = list(Contact.objects.filter(account=neighbour).select_related("user"))
    assert [(c.name, c.user.email if c.user else None) for c in contacts] == [
        ("Nina Neighbour", "nina@house.example")
    ]


def test_a_new_link_ends_the_old_one(cast: Cast) -> None:
    old = send(cast)
    with organization_scope(cast.lindenhof.id):
        row = Invitation.objects.get()
    client_of(cast.lindenhof, Role.ADMINISTRATOR).post(f"/organization/invitations/{row.pk}/resend/")
    new = link_in(str(mail.outbox[-1].body))

    assert old != new
    assert Client().get(old).status_code == 404
    assert Client().get(new).status_code == 200


def test_inviting_again_replaces_the_open_invitation(cast: Cast) -> None:
    first, second = send(cast), send(cast)

    assert Client().get(first).status_code == 404
    assert Client().get(second).status_code == 200


@pytest.mark.parametrize("role", ["administrator", "accountant"])
def test_nobody_invites_to_more_than_he_may_himself(cast: Cast, role: str) -> None:
    client = client_of(cast.lindenhof, Role.COORDINATOR)

    answer = client.post(
        "/organization/people/invite/", {"email": "new@house.example", "role": role, "language": "de"}
    )

    assert answer.status_code == 422
    assert mail.outbox == []


def test_a_refusing_mail_server_leaves_no_invitation(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**given: Any) -> None:
        raise UnableToSend("connection refused")

    monkeypatch.setattr(invite, "send_letter", refuse)
    client = client_of(cast.lindenhof, Role.ADMINISTRATOR)

    answer = client.post(
        "/organization/people/invite/", {"email": "new@house.example", "role": "support", "language": "de"}
    )

    assert answer.status_code == 200
    with organization_scope(cast.lindenhof.id):
        assert not Invitation.objects.exists()


def test_a_race_for_one_link_has_one_winner(cast: Cast) -> None:
    send(cast)
    with organization_scope(cast.lindenhof.id):
        row = Invitation.objects.get()
        accept_invitation.accept(
            invitation=row, user=cast.lindenhof.users[Role.RESIDENT], now=clock.now() + timedelta(minutes=1)
        )
        with pytest.raises(accept_invitation.InvitationOver):
            accept_invitation.accept(invitation=row, user=cast.lindenhof.users[Role.OWNER], now=clock.now())


def test_signing_up_without_invitation_is_closed(client: Client, db: None) -> None:
    fields = {"email": "me@house.example", "password1": PASSWORD, "password2": PASSWORD}

    answer = client.post("/accounts/signup/", fields)

    assert "invit" in answer.content.decode().lower() or answer.status_code == 403
    assert not User.objects.filter(email="me@house.example").exists()
