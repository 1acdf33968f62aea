# SPDX-License-Identifier: Apache-2.0
"""The four roles at their main work in a real browser, on phones and desktops, in light and dark."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from accounts.rights import Role
from accounts.scope import organization_scope
from metering.models import MeterLink
from tests.billing.world import House, build_house, fill
from tests.browser.conftest import Stage, Visitor

LOOKS = [("phone", False), ("phone", True), ("desktop", False), ("desktop", True)]


@pytest.fixture(scope="module")
def house(stage: Stage) -> House:
    """The house of Lindenhof with values until an hour ago, its tree hung."""
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    side = stage.cast.lindenhof
    with organization_scope(side.id):
        house = build_house(side)
        fill(house, (now - timedelta(days=65)).replace(hour=0), now - timedelta(hours=1))
        parent = house.registers["import"].meter
        for name in [*side.points, "pv"]:
            meter = house.registers[name].meter
            period = meter.assignments.first().period if meter.assignments.exists() else house.tariff.period
            MeterLink.objects.create(parent=parent, child=meter, period=period)
    return house


@pytest.mark.parametrize(("device", "dark"), LOOKS)
def test_a_resident_walks_from_home_through_every_period(
    visit: Visitor, house: House, device: str, dark: bool
) -> None:
    person = visit(Role.RESIDENT, device=device, dark=dark)
    page = person.page
    person.open("/")
    expect(page.locator("#use svg").first).to_be_visible()
    person.check()
    page.get_by_role("link", name="See my consumption").click()
    expect(page.locator("h1")).to_have_text("My consumption")
    for name in ("Day", "Week", "Year", "Month"):
        page.locator(".zw-tools").get_by_role("link", name=name, exact=True).click()
        expect(page.locator(".zw-tools [aria-current=true]")).to_have_text(name)
        expect(page.locator("#use svg").first).to_be_visible()
    person.check()


def test_the_picture_and_the_table_say_the_same(visit: Visitor, house: House) -> None:
    person = visit(Role.RESIDENT)
    person.open("/consumption/?by=week")
    page = person.page
    page.get_by_role("link", name="Earlier").click()
    page.locator("#use summary").click()
    under = page.locator("#use [data-chart-rows] tr").count()
    assert under == page.locator(".zw-table.zw-high tbody tr").count() == 7
    with page.expect_download() as download:
        page.locator("#use a[download]").click()
    assert len(download.value.path().read_text(encoding="utf-8-sig").splitlines()) == 8


@pytest.mark.parametrize(("device", "dark"), LOOKS)
def test_an_owner_sees_the_portfolio_the_tree_and_the_energy(
    visit: Visitor, stage: Stage, house: House, device: str, dark: bool
) -> None:
    person = visit(Role.OWNER, device=device, dark=dark)
    page = person.page
    person.open("/")
    expect(page.locator("#portfolio svg").first).to_be_visible()
    person.check()
    site = stage.cast.lindenhof.site.pk
    person.open(f"/sites/{site}/")
    expect(page.locator("#flow")).to_be_visible()
    person.check()
    person.open(f"/sites/{site}/meters/")
    expect(page.get_by_text("No meter differs from the sum of the meters below it")).to_be_visible()
    person.check()
    page.get_by_role("link", name="Energy", exact=True).click()
    expect(page.locator("#energy svg").first).to_be_visible()
    person.check()


@pytest.mark.parametrize("device", ["phone", "desktop"])
def test_an_installer_adds_a_meter_and_learns_of_a_mistake_at_its_field(
    visit: Visitor, stage: Stage, house: House, device: str
) -> None:
    person = visit(Role.INSTALLER, device=device)
    page = person.page
    person.open("/")
    person.check()
    person.open(f"/sites/{stage.cast.lindenhof.site.pk}/meters/new/")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("[data-error-summary]")).to_be_visible()
    person.check()
    page.get_by_label("Number", exact=True).fill(f"N-{device}")
    page.get_by_label("Kind").select_option(label="Electricity")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text(f"Meter “N-{device}” has been added.")).to_be_visible()
    person.check()


@pytest.mark.parametrize("device", ["phone", "desktop"])
def test_a_coordinator_finds_what_is_due_and_goes_there(visit: Visitor, house: House, device: str) -> None:
    person = visit(Role.COORDINATOR, device=device)
    person.open("/")
    person.check()
    due = person.page.locator("section", has=person.page.get_by_role("heading", name="Runs due"))
    due.get_by_role("link").first.click()
    expect(person.page.locator("form").last).to_be_visible()
    assert "/billing/new-run/" in person.page.url


def test_a_meter_shows_its_curve_and_its_readings(visit: Visitor, house: House) -> None:
    person = visit(Role.OWNER, device="phone", dark=True)
    with organization_scope(house.side.id):
        pk = house.registers["flat 1"].meter_id
    person.open(f"/meters/{pk}/?by=week")
    expect(person.page.locator("#curve svg").first).to_be_visible()
    person.check()
