# SPDX-License-Identifier: Apache-2.0
"""Accounts, their addresses through time, tokens, the organization, the profile, the history page."""

import io
from datetime import date, timedelta
from typing import Any

import openpyxl
import pytest
from django.test import Client

from accounts import clock
from accounts.models import Account, ApiToken, Organization, PostalAddress, User
from accounts.rights import Role
from accounts.scope import organization_scope
from accounts.services.change_address import AddressInThePast, change_address
from accounts.services.change_membership import NotYoursToGrant
from accounts.services.create_token import LONGEST, create_token
from tests.cast import Cast

ADDRESS = {"street": "Neuweg", "house_number": "7", "postcode": "3000", "town": "Bern", "country": "CH"}


@pytest.fixture
def administrator(cast: Cast) -> Client:
    client = Client()
    client.force_login(
        cast.lindenhof.users[Role.ADMINISTRATOR], backend="django.contrib.auth.backends.ModelBackend"
    )
    return client


# ---------------------------------------------------------------- accounts


def test_an_account_is_created_with_its_address(cast: Cast, administrator: Client) -> None:
    fields = {
        "kind": "consumer", "name": "Familie Muster", "code": "K0099", "language": "fr",
        "correspondence": "post", **ADDRESS,
    }  # fmt: skip
    answer = administrator.post("/organization/accounts/new/", fields)

    with organization_scope(cast.lindenhof.id):
        row = Account.objects.get(code="K0099")
        address = row.addresses.get()
    assert answer.headers["Location"] == f"/organization/accounts/{row.pk}/"
    assert (address.town, address.period.lower, address.period.upper) == ("Bern", None, None)


@pytest.mark.parametrize(
    ("field", "value"), [("iban", "CH9300762011623852958"), ("code", "K0001"), ("name", "")]
)
def test_a_wrong_field_is_named_and_nothing_is_written(
    cast: Cast, administrator: Client, field: str, value: str
) -> None:
    fields = {
        "kind": "consumer", "name": "Familie Muster", "code": "K0099", "language": "fr",
        "correspondence": "post", **ADDRESS, field: value,
    }  # fmt: skip
    answer = administrator.post("/organization/accounts/new/", fields)

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    with organization_scope(cast.lindenhof.id):
        assert not Account.objects.filter(name="Familie Muster").exists()


def periods(account: Account) -> list[tuple[Any, Any, str]]:
    rows = PostalAddress.objects.filter(account=account).order_by("period")
    return [(row.period.lower, row.period.upper, row.town) for row in rows]


def test_a_new_address_ends_the_one_before_on_its_first_day(cast: Cast) -> None:
    with organization_scope(cast.lindenhof.id):
        account = cast.lindenhof.accounts["resident"]
        change_address(account=account, kind="postal", valid_from=date(2026, 3, 1), fields=ADDRESS)

        assert periods(account) == [
            (date(2000, 1, 1), date(2026, 3, 1), "Zürich"),
            (date(2026, 3, 1), None, "Bern"),
        ]


def test_the_same_day_twice_replaces_and_a_billing_address_stands_beside(cast: Cast) -> None:
    with organization_scope(cast.lindenhof.id):
        account = cast.lindenhof.accounts["resident"]
        for town in ("Bern", "Thun"):
            fields = ADDRESS | {"town": town}
            change_address(account=account, kind="postal", valid_from=date(2026, 3, 1), fields=fields)
        change_address(account=account, kind="billing", valid_from=None, fields=ADDRESS)

        assert [town for _first, _end, town in periods(account)].count("Thun") == 1
        assert len(periods(account)) == 3


def test_an_address_before_a_later_one_is_refused(cast: Cast) -> None:
    with organization_scope(cast.lindenhof.id):
        account = cast.lindenhof.accounts["resident"]
        change_address(account=account, kind="postal", valid_from=date(2026, 3, 1), fields=ADDRESS)
        with pytest.raises(AddressInThePast):
            change_address(account=account, kind="postal", valid_from=date(2026, 2, 1), fields=ADDRESS)


def test_the_list_is_searched_sorted_and_exported(administrator: Client) -> None:
    found = administrator.get("/organization/accounts/?q=K0003").content.decode()
    assert "Lindenhof Owner" in found
    assert "Lindenhof Resident" not in found

    export = administrator.get("/organization/accounts/?kind=consumer&sort=-name&export=csv")
    lines = export.content.decode("utf-8-sig").splitlines()
    assert [line.split(";")[0] for line in lines[1:]] == ["Lindenhof Resident", "Lindenhof Neighbour"]


def test_an_export_runs_no_formula(cast: Cast, administrator: Client) -> None:
    evil = '=HYPERLINK("http://evil","x")'
    with organization_scope(cast.lindenhof.id):
        Account.objects.filter(code="K0001").update(name=evil)

    text = administrator.get("/organization/accounts/?export=csv").content.decode("utf-8-sig")
    book = openpyxl.load_workbook(
        io.BytesIO(administrator.get("/organization/accounts/?export=xlsx").content)
    )

    assert "\n=HYPERLINK" not in text.replace('"', "")
    cells = [cell for row in book.active.iter_rows() for cell in row if cell.value == evil]
    assert [cell.data_type for cell in cells] == ["s"]


def test_an_unknown_kind_of_export_is_not_found(administrator: Client) -> None:
    assert administrator.get("/organization/accounts/?export=exe").status_code == 404


# ---------------------------------------------------------------- tokens


def test_a_token_is_shown_once_and_works(cast: Cast, administrator: Client) -> None:
    fields = {"name": "Importer", "role": "support", "read_only": "on", "days": "30"}
    answer = administrator.post("/organization/tokens/new/", fields)

    written = answer.context["written"]
    api = Client(headers={"Authorization": f"Bearer {written}"})
    assert answer.headers["Cache-Control"].startswith("max-age=0")
    assert api.get("/api/v1/sites/").status_code == 200
    assert written not in administrator.get("/organization/tokens/").content.decode()


def test_a_revoked_token_is_refused_at_once(cast: Cast, administrator: Client) -> None:
    fields = {"name": "Importer", "role": "support", "days": "30"}
    written = administrator.post("/organization/tokens/new/", fields).context["written"]
    with organization_scope(cast.lindenhof.id):
        token = ApiToken.objects.get()

    administrator.post(f"/organization/tokens/{token.pk}/revoke/")

    assert Client(headers={"Authorization": f"Bearer {written}"}).get("/api/v1/sites/").status_code == 401


def test_a_token_does_no_more_than_who_makes_it_and_not_for_ever(cast: Cast) -> None:
    with organization_scope(cast.lindenhof.id):
        given: dict[str, Any] = {
            "name": "x", "read_only": True, "site_ids": [], "lifetime": timedelta(days=9999),
            "now": clock.now(),
        }  # fmt: skip
        with pytest.raises(NotYoursToGrant):
            create_token(role=Role.ADMINISTRATOR, actor=cast.lindenhof.actor(Role.COORDINATOR), **given)
        token, _ = create_token(
            role=Role.ADMINISTRATOR, actor=cast.lindenhof.actor(Role.ADMINISTRATOR), **given
        )
        assert token.expires_at <= clock.now() + LONGEST


def test_a_token_form_offers_only_sites_of_this_organization(cast: Cast, administrator: Client) -> None:
    form = administrator.get("/organization/tokens/new/").context["form"]

    assert form.fields["sites"].choices == [(cast.lindenhof.site.pk, cast.lindenhof.site.name)]


# ---------------------------------------------------------------- organization, profile


def organization_fields(cast: Cast) -> dict[str, Any]:
    row = cast.lindenhof.organization
    names = (
        "name", "street", "house_number", "postcode", "town", "country", "email", "phone", "website",
        "iban", "currency", "payment_days", "language", "time_zone", "accent_colour",
    )  # fmt: skip
    return {name: getattr(row, name) for name in names}


def test_the_organization_is_saved(cast: Cast, administrator: Client) -> None:
    answer = administrator.post("/organization/", organization_fields(cast) | {"town": "Winterthur"})

    assert answer.status_code == 302
    assert Organization.objects.get(pk=cast.lindenhof.id).town == "Winterthur"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("accent_colour", "#ffdd00"), ("accent_colour", "red"), ("time_zone", "Mars/Olympus"),
        ("iban", "CH00"), ("vat_number", "CHE-123.456.789 MWST"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(cast: Cast, administrator: Client, field: str, value: str) -> None:
    answer = administrator.post("/organization/", organization_fields(cast) | {field: value})

    assert answer.status_code == 422
    assert field in answer.context["form"].errors


def test_a_person_chooses_where_to_work_and_is_never_guessed_for(cast: Cast) -> None:
    user = cast.lindenhof.users[Role.SUPPORT]
    with organization_scope(cast.seeblick.id):
        user.memberships.create(role="support", organization_id=cast.seeblick.id)
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")

    assert client.get("/").headers["Location"] == "/organization/choose/"
    client.post("/organization/choose/", {"organization": cast.seeblick.id})
    assert "Seeblick Verwaltung AG" in client.get("/jobs/").content.decode()
    assert client.post("/organization/choose/", {"organization": 999}).status_code == 404


def test_language_and_appearance_are_kept_on_the_person(cast: Cast, administrator: Client) -> None:
    administrator.post("/language/", {"language": "it", "next": "/glossary/"})
    administrator.post("/appearance/", {"theme": "dark", "next": "https://evil.example/"})

    user = User.objects.get(pk=cast.lindenhof.users[Role.ADMINISTRATOR].pk)
    page = administrator.get("/glossary/").content.decode()
    assert (user.language, user.theme) == ("it", "dark")
    assert '<html lang="it"' in page
    assert 'data-bs-theme="dark"' in page


def test_nobody_is_sent_to_a_strange_site(administrator: Client) -> None:
    answer = administrator.post("/appearance/", {"theme": "dark", "next": "https://evil.example/"})

    assert answer.headers["Location"] == "/"


def test_a_strange_language_changes_nothing(cast: Cast, administrator: Client) -> None:
    administrator.post("/language/", {"language": "xx"})

    assert User.objects.get(pk=cast.lindenhof.users[Role.ADMINISTRATOR].pk).language == "en"


# ---------------------------------------------------------------- history


def test_the_history_page_says_who_changed_what_from_what_to_what(cast: Cast, administrator: Client) -> None:
    account = cast.lindenhof.accounts["resident"]
    fields = {
        "kind": "consumer", "name": "Neuer Name", "code": "K0001", "language": "en",
        "correspondence": "email",
    }  # fmt: skip
    administrator.post(f"/organization/accounts/{account.pk}/edit/", fields)

    entries = administrator.get(f"/history/accounts/account/{account.pk}/").context["entries"]

    assert entries[0].user == "Lindenhof Administrator"
    changes = {change.field: (change.before, change.after) for change in entries[0].changes}
    assert ("Lindenhof Resident", "Neuer Name") in changes.values()
    assert len(changes) == 2


def test_the_history_shows_no_secret(cast: Cast, administrator: Client) -> None:
    administrator.post("/organization/tokens/new/", {"name": "Importer", "role": "support", "days": "30"})
    with organization_scope(cast.lindenhof.id):
        token = ApiToken.objects.get()

    page = administrator.get(f"/history/accounts/apitoken/{token.pk}/").content.decode()

    assert "Importer" in page
    assert token.secret_hash not in page


@pytest.mark.parametrize("path", ["accounts/user/1", "accounts/organization/1", "no/such/1", "jobs/job/1"])
def test_what_is_not_audited_has_no_history(administrator: Client, path: str) -> None:
    assert administrator.get(f"/history/{path}/").status_code == 404
