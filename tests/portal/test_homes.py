# SPDX-License-Identifier: Apache-2.0
"""Homes and the consumption page: each role its own, nobody another's days, costs as the engine says."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.test import Client

from accounts import clock
from accounts.models import Membership
from accounts.rights import Role
from accounts.scope import organization_scope
from billing.selectors import resident_costs
from metering.spans import span_of
from portal.selectors import house_average, use_of
from portal.work import work_lists
from sites.models.sites import SiteState
from sites.services.occupancies import record_move
from tests.billing.world import House, build_house, fill
from tests.cast import Cast

NOW = datetime(2026, 7, 20, 12, tzinfo=UTC)
START, END = datetime(2026, 5, 31, 22, tzinfo=UTC), datetime(2026, 7, 20, 12, tzinfo=UTC)
JULY = span_of("month", date(2026, 7, 1))


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def house(cast: Cast) -> House:
    with organization_scope(cast.lindenhof.id):
        house = build_house(cast.lindenhof)
        fill(house, START, END)
    return house


def visitor(cast: Cast, role: Role) -> Client:
    client = Client()
    user = cast.lindenhof.users[role]
    user.language = "en"
    user.save()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.parametrize(
    ("role", "words"),
    [
        (Role.ADMINISTRATOR, "In order"),
        (Role.COORDINATOR, "In order"),
        (Role.ACCOUNTANT, "Runs due"),
        (Role.SUPPORT, "In order"),
        (Role.OWNER, "The last twelve months"),
        (Role.INSTALLER, "What is red on your sites today"),
        (Role.RESIDENT, "This month so far"),
    ],
)
def test_each_role_has_a_home_of_its_own(cast: Cast, house: House, role: Role, words: str) -> None:
    answer = visitor(cast, role).get("/")
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert "Seeblick" not in answer.content.decode()


@pytest.mark.parametrize("role", list(Role))
def test_a_home_without_any_data_says_what_comes_next(cast: Cast, role: Role) -> None:
    assert visitor(cast, role).get("/").status_code == 200


def test_several_roles_get_a_tab_each(cast: Cast, house: House) -> None:
    with organization_scope(cast.lindenhof.id):
        Membership.objects.create(user=cast.lindenhof.users[Role.RESIDENT], role="support")
    client = visitor(cast, Role.RESIDENT)
    assert "In order" in client.get("/").content.decode()
    assert "This month so far" in client.get("/?as=resident").content.decode()
    # A role that one does not have is not shown for the asking.
    assert "The last twelve months" not in client.get("/?as=portfolio").content.decode()


def test_the_cost_on_the_screen_is_the_engines(cast: Cast, house: House) -> None:
    side = cast.lindenhof
    with organization_scope(side.id):
        occupancy = side.occupancies["flat 1"]
        use = use_of(occupancy, JULY.so_far(date(2026, 7, 21)))
        engine = resident_costs(occupancy=occupancy, start=date(2026, 7, 1), end=date(2026, 7, 21))
    assert use is not None
    assert engine is not None
    assert (use.cost, use.total_wh) == (engine.costs.total, engine.costs.consumption_wh)
    assert sum((bar.cost or Decimal(0) for bar in use.bars), Decimal(0)) == use.cost
    assert sum(bar.total_wh for bar in use.bars) == use.total_wh
    text = visitor(cast, Role.RESIDENT).get("/consumption/?by=month&day=2026-07-01").content.decode()
    assert f"CHF\u00a0{use.cost}" in text
    assert "provisional" in text


@pytest.mark.parametrize("by", ["day", "week", "month", "year"])
@pytest.mark.parametrize("versus", ["", "year"])
def test_every_period_has_its_page_and_its_file(cast: Cast, house: House, by: str, versus: str) -> None:
    client = visitor(cast, Role.RESIDENT)
    address = f"/consumption/?by={by}&day=2026-07-10&versus={versus}"
    assert "In figures" in client.get(address).content.decode()
    rows = client.get(f"{address}&export=csv").content.decode().splitlines()
    assert len(rows) == 1 + {"day": 96, "week": 7, "month": 20, "year": 7}[by]


def test_a_resident_sees_nothing_of_the_days_before_moving_in(cast: Cast, house: House) -> None:
    side = cast.lindenhof
    with organization_scope(side.id):
        moved = record_move(
            billing_point=side.points["flat 2"],
            leaving_on=date(2026, 7, 9),
            new_account=side.accounts["resident"],
        )
        use = use_of(moved, JULY)
    assert use is not None
    assert use.bars[0].begin == date(2026, 7, 10)
    client = visitor(cast, Role.RESIDENT)
    before = client.get(f"/consumption/?occupancy={moved.pk}&by=month&day=2026-06-01")
    assert "Nothing in this period" in before.content.decode()
    # The month before is not laid under the own one either.
    assert "against" not in client.get(f"/consumption/?occupancy={moved.pk}&by=month").content.decode()


def test_a_neighbours_and_a_foreign_occupancy_are_equally_absent(cast: Cast, house: House) -> None:
    client = visitor(cast, Role.RESIDENT)
    neighbour, foreign = cast.lindenhof.occupancies["flat 2"].pk, cast.seeblick.occupancies["flat 1"].pk
    for key in (neighbour, foreign, 999_999, "x"):
        assert client.get(f"/consumption/?occupancy={key}").status_code == 404
    own = cast.lindenhof.occupancies["flat 1"].pk
    assert client.get(f"/consumption/?occupancy={own}").status_code == 200


def test_staff_choose_a_site_first(cast: Cast, house: House) -> None:
    client = visitor(cast, Role.COORDINATOR)
    assert "Choose a site" in client.get("/consumption/").content.decode()
    key = cast.lindenhof.occupancies["flat 2"].pk
    assert "Lindenhof Neighbour" in client.get(f"/consumption/?occupancy={key}").content.decode()


def test_an_average_of_few_flats_would_give_a_neighbour_away(cast: Cast, house: House) -> None:
    with organization_scope(cast.lindenhof.id):
        assert house_average(cast.lindenhof.site, date(2026, 7, 1), date(2026, 7, 8)) is None


def test_work_lists_name_what_waits_and_nothing_else(cast: Cast, house: House) -> None:
    side = cast.lindenhof
    with organization_scope(side.id):
        lists = {one.key: one for one in work_lists(side.actor(Role.COORDINATOR), NOW)}
        assert {key for key, one in lists.items() if one.count} == {"due"}
        side.site.state = SiteState.VALIDATION
        side.site.save()
        lists = {one.key: one for one in work_lists(side.actor(Role.COORDINATOR), NOW)}
    assert [line.label for line in lists["setup"].lines] == [side.site.name]
    assert lists["due"].lines[0].note == "2026-04-01" or "2026" in lists["due"].lines[0].note


def test_a_resident_finds_the_own_invoices_only(cast: Cast, house: House) -> None:
    text = visitor(cast, Role.RESIDENT).get("/my-invoices/").content.decode()
    assert "No invoices yet" in text
