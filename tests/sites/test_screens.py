# SPDX-License-Identifier: Apache-2.0
"""Sites in the browser's place: set up a house, record a move, see who changed what."""

from datetime import date

import pytest
from django.test import Client

from accounts.models import Account
from accounts.rights import Role
from accounts.scope import organization_scope
from sites.models import BillingPoint, Site, SiteActor
from sites.setup_state import setup_steps
from tests.cast import Cast

TODAY = date(2026, 11, 23)
ADDRESS = {
    "reference": "NEU-1", "name": "Neubau", "street": "Weg", "house_number": "3", "postcode": "8000",
    "town": "Zürich", "country": "CH", "time_zone": "Europe/Zurich", "state": "draft",
}  # fmt: skip


def visitor(cast: Cast, role: Role) -> Client:
    client = Client()
    user = cast.lindenhof.users[role]
    user.language = "en"
    user.save()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.INSTALLER])
def test_a_house_is_set_up_from_site_to_first_occupant(cast: Cast, role: Role) -> None:
    client = visitor(cast, role)
    assert client.post("/sites/new/", ADDRESS).status_code == 302
    with organization_scope(cast.lindenhof.id):
        site = Site.objects.get(reference="NEU-1")
        assert [step.is_done for step in setup_steps(site, TODAY)] == [True] + [False] * 6
    assert client.post(f"/sites/{site.pk}/buildings/new/", {"name": "Haus", "position": 0}).status_code == 302
    with organization_scope(cast.lindenhof.id):
        building = site.buildings.get()
        owner = Account.objects.get(kind="investor")
    given = {
        "building": building.pk, "name": "Flat 1", "use": "flat", "position": 0, "priority": 0,
        "is_activated": "on", "exists_from": "2026-01-01", "account": owner.pk,
    }  # fmt: skip
    assert client.post(f"/sites/{site.pk}/billing-points/new/", given).status_code == 302
    with organization_scope(cast.lindenhof.id):
        assert sum(step.is_done for step in setup_steps(site, TODAY)) == 4
    text = client.get(f"/sites/{site.pk}/").content.decode()
    assert "4 of 7 steps done" in text


def test_an_installer_reaches_the_site_that_he_created(cast: Cast) -> None:
    client = visitor(cast, Role.INSTALLER)
    client.post("/sites/new/", ADDRESS)
    with organization_scope(cast.lindenhof.id):
        site = Site.objects.get(reference="NEU-1")
        assert SiteActor.objects.get(site=site).account == cast.lindenhof.accounts["installer"]
    assert client.get(f"/sites/{site.pk}/").status_code == 200


def test_a_reference_taken_is_told_at_its_field(cast: Cast) -> None:
    given = ADDRESS | {"reference": cast.lindenhof.site.reference}
    answer = visitor(cast, Role.COORDINATOR).post("/sites/new/", given)
    assert answer.status_code == 422
    assert "Another site has the reference" in answer.content.decode()


def test_a_move_leaves_no_day_without_and_none_with_two_occupants(cast: Cast) -> None:
    point = cast.lindenhof.points["flat 1"]
    given = {"leaving_on": "2026-08-15", "account": cast.lindenhof.accounts["neighbour"].pk}
    client = visitor(cast, Role.COORDINATOR)
    assert client.post(f"/billing-points/{point.pk}/move/", given).status_code == 302
    with organization_scope(cast.lindenhof.id):
        rows = [(o.period.lower, o.period.upper) for o in point.occupancies.order_by("period")]
    assert rows == [(date(2025, 1, 1), date(2026, 8, 16)), (date(2026, 8, 16), None)]
    text = client.get(f"/billing-points/{point.pk}/").content.decode()
    assert "Lindenhof Neighbour" in text
    assert "since 16 Aug 2026" in text


def test_a_move_before_the_place_existed_is_refused_with_the_day_to_choose(cast: Cast) -> None:
    point = cast.lindenhof.points["flat 1"]
    given = {"leaving_on": "2020-01-01", "account": cast.lindenhof.accounts["neighbour"].pk}
    answer = visitor(cast, Role.COORDINATOR).post(f"/billing-points/{point.pk}/move/", given)
    assert answer.status_code == 422
    assert "has no occupant on" in answer.content.decode()


def test_the_history_of_a_site_says_who_changed_what(cast: Cast) -> None:
    site = cast.lindenhof.site
    client = visitor(cast, Role.COORDINATOR)
    given = ADDRESS | {
        "reference": site.reference,
        "name": site.name,
        "town": "Winterthur",
        "state": site.state,
    }
    assert client.post(f"/sites/{site.pk}/edit/", given).status_code == 302
    text = client.get(f"/sites/{site.pk}/history/").content.decode()
    assert "<ins>Winterthur</ins>" in text
    assert "by Lindenhof Coordinator" in text


def test_lists_are_filtered_by_the_address_and_exported_whole(cast: Cast) -> None:
    client = visitor(cast, Role.COORDINATOR)
    name = cast.lindenhof.site.name
    assert name in client.get("/sites/?q=linden").content.decode()
    assert "No sites here" in client.get("/sites/?q=nowhere").content.decode()
    assert name in client.get("/sites/?export=csv").content.decode()


def test_billing_points_stand_under_their_building(cast: Cast) -> None:
    text = visitor(cast, Role.OWNER).get(f"/sites/{cast.lindenhof.site.pk}/billing-points/").content.decode()
    with organization_scope(cast.lindenhof.id):
        names = list(BillingPoint.objects.values_list("name", flat=True))
    assert names and all(name in text for name in names)
    assert "Seeblick" not in text
