# SPDX-License-Identifier: Apache-2.0
"""Meters in the browser's place: their tree, their figures, adding and assigning them."""

from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pytest
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test import Client

from accounts import clock
from accounts.rights import Role
from accounts.scope import organization_scope
from metering.models import Meter, MeterKind, MeterLink
from tests.billing.world import House, add_meter, build_house, record
from tests.cast import Cast

NOW = datetime(2026, 7, 11, 12, tzinfo=UTC)
START, END = datetime(2026, 6, 30, 22, tzinfo=UTC), datetime(2026, 7, 10, 22, tzinfo=UTC)
JULY = "?by=month&day=2026-07-01"


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def house(cast: Cast) -> House:
    """Ten days: three points use 100, 200 and 300 Wh a quarter hour, the roof 250, the grid the rest."""
    with organization_scope(cast.lindenhof.id):
        house = build_house(cast.lindenhof)
        for place, point in enumerate(cast.lindenhof.points, 1):
            record(house.registers[point], 100 * place, START, END)
        for name, value in {"pv": 250, "import": 350, "export": 0}.items():
            record(house.registers[name], value, START, END)
        grid = house.registers["import"].meter
        for name in [*cast.lindenhof.points, "pv"]:
            MeterLink.objects.create(
                parent=grid, child=house.registers[name].meter, period=DateRange(date(2025, 1, 1), None)
            )
    return house


def visitor(cast: Cast, role: Role) -> Client:
    client = Client()
    client.force_login(cast.lindenhof.users[role], backend="django.contrib.auth.backends.ModelBackend")
    cast.lindenhof.users[role].language = "en"
    cast.lindenhof.users[role].save()
    return client


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return str(answer.content.decode())


def test_a_tree_that_adds_up_says_so(cast: Cast, house: House) -> None:
    text = page(visitor(cast, Role.OWNER), f"/sites/{cast.lindenhof.site.pk}/meters/{JULY}")
    assert "No meter differs from the sum of the meters below it by more than 5.0 %." in text
    assert "336.0\u00a0kWh" in text  # 960 quarter hours of 350 Wh


def test_a_tree_that_does_not_add_up_is_flagged_by_the_threshold(cast: Cast, house: House) -> None:
    with organization_scope(cast.lindenhof.id):
        kind = MeterKind.objects.get(number=1)
        extra = add_meter(house, kind, "extra", "consumption", "import")
        record(extra, 21, START, END)
        parent = house.registers["import"].meter
        MeterLink.objects.create(parent=parent, child=extra.meter, period=DateRange(date(2025, 1, 1), None))
    address = f"/sites/{cast.lindenhof.site.pk}/meters/{JULY}"
    client = visitor(cast, Role.COORDINATOR)
    assert "1 meter differs" in page(client, address)
    assert "1 meter differs" not in page(client, f"{address}&threshold=100")


def test_the_energy_of_a_site_is_told_in_the_units_of_the_bill(cast: Cast, house: House) -> None:
    client = visitor(cast, Role.OWNER)
    text = page(client, f"/sites/{cast.lindenhof.site.pk}/energy/{JULY}")
    # 960 × 600 Wh used, 960 × 250 Wh from the roof, none fed in.
    assert "576.0\u00a0kWh were used: 240.0\u00a0kWh from the roof, 336.0\u00a0kWh from the grid." in text
    rows = client.get(f"/sites/{cast.lindenhof.site.pk}/energy/{JULY}&export=csv").content.decode()
    assert "2026-07-01;24;57.6;24;33.6;0;yes" in rows.replace("\ufeff", "")


def test_today_lacks_what_is_still_to_come_and_nothing_else(cast: Cast, house: House) -> None:
    with organization_scope(cast.lindenhof.id):
        pk = house.registers["flat 1"].meter_id
    client = visitor(cast, Role.OWNER)
    # 56 quarter hours of the local day are over at 14:00; none of them has come.
    assert "56 of 56 quarter hours missing" in page(client, f"/meters/{pk}/")
    assert "quarter hours missing" not in page(client, f"/meters/{pk}/?by=day&day=2026-07-10")


def test_the_autumn_day_shows_all_its_hundred_quarter_hours(cast: Cast, house: House) -> None:
    with organization_scope(cast.lindenhof.id):
        register = house.registers["flat 1"]
        record(register, 10, datetime(2025, 10, 25, 22, tzinfo=UTC), datetime(2025, 10, 26, 23, tzinfo=UTC))
        pk = register.meter_id
    answer = visitor(cast, Role.OWNER).get(f"/meters/{pk}/?by=day&day=2025-10-26&export=csv")
    rows = answer.content.decode().splitlines()
    assert len(rows) == 101
    assert [row.split(";")[0] for row in rows].count("02:00") == 2


def test_a_meter_is_added_with_its_registers_and_its_billing_point(cast: Cast, house: House) -> None:
    side = cast.lindenhof
    with organization_scope(side.id):
        kind = MeterKind.objects.get(number=1).pk
    given: dict[str, Any] = {
        "number": "88 01",
        "kind": kind,
        "mode": "consumption",
        "counts": "dual",
        "installed_on": "2026-07-01",
        "factor": "40",
        "resolution": "1",
        "billing_point": side.points["flat 1"].pk,
    }
    answer = visitor(cast, Role.INSTALLER).post(f"/sites/{side.site.pk}/meters/new/", given)
    assert answer.status_code == 302
    with organization_scope(side.id):
        meter = Meter.objects.get(number="88 01")
        assert [register.obis for register in meter.registers.all()] == ["1-0:1.8.1", "1-0:1.8.2"]
        assert {register.resolution for register in meter.registers.all()} == {1}
        assert meter.factors.get().factor == 40
        assert meter.assignments.get().billing_point == side.points["flat 1"]


def test_a_refused_meter_leaves_nothing_behind(cast: Cast, house: House) -> None:
    side = cast.lindenhof
    with organization_scope(side.id):
        kind = MeterKind.objects.get(number=1)
    given = {"number": "88 02", "kind": kind.pk, "mode": "consumption", "counts": "import", "factor": "0"}
    answer = visitor(cast, Role.COORDINATOR).post(f"/sites/{side.site.pk}/meters/new/", given)
    assert answer.status_code == 422
    with organization_scope(side.id):
        assert not Meter.objects.filter(number="88 02").exists()


def test_an_assignment_ends_the_day_before_the_next_begins(cast: Cast, house: House) -> None:
    side = cast.lindenhof
    with organization_scope(side.id):
        meter = house.registers["flat 1"].meter
    given = {"billing_point": side.points["common"].pk, "first": "2026-07-05"}
    assert visitor(cast, Role.COORDINATOR).post(f"/meters/{meter.pk}/assign/", given).status_code == 302
    with organization_scope(side.id):
        periods = [(row.period.lower, row.period.upper) for row in meter.assignments.order_by("period")]
    assert periods == [(date(2025, 1, 1), date(2026, 7, 5)), (date(2026, 7, 5), None)]


def test_a_meter_changes_its_place_from_a_day_on(cast: Cast, house: House) -> None:
    side = cast.lindenhof
    with organization_scope(side.id):
        meter, parent = house.registers["flat 1"].meter, house.registers["flat 2"].meter
    client = visitor(cast, Role.INSTALLER)
    given = {"parent": parent.pk, "first": "2026-07-05"}
    assert client.post(f"/meters/{meter.pk}/place/", given).status_code == 302
    with organization_scope(side.id):
        links = [(link.parent_id, link.period.lower) for link in meter.parent_links.order_by("period")]
    grid = house.registers["import"].meter_id
    assert links == [(grid, date(2025, 1, 1)), (parent.pk, date(2026, 7, 5))]
    # The known-bad twin: the other way round it would be a circle, and the old place stays as it was.
    answer = client.post(f"/meters/{parent.pk}/place/", {"parent": meter.pk, "first": "2026-07-06"})
    assert answer.status_code == 422
    assert "already hangs below it" in answer.content.decode()
    with organization_scope(side.id):
        assert parent.parent_links.get().period.upper is None


def test_a_resident_sees_no_meters(cast: Cast, house: House) -> None:
    with organization_scope(cast.lindenhof.id):
        pk = house.registers["flat 1"].meter_id
    client = visitor(cast, Role.RESIDENT)
    for address in (f"/meters/{pk}/", "/meters/", f"/sites/{cast.lindenhof.site.pk}/energy/"):
        assert client.get(address).status_code == 403


def test_numbers_in_the_file_are_whole(cast: Cast, house: House) -> None:
    """The known-bad twin of a file with rounded sums: every Wh of the ten days is in it."""
    answer = visitor(cast, Role.OWNER).get(f"/sites/{cast.lindenhof.site.pk}/energy/{JULY}&export=csv")
    columns = [row.split(";") for row in answer.content.decode().splitlines()[1:]]
    assert np.isclose(sum(float(row[2]) for row in columns), 576.0)
