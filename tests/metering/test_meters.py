# SPDX-License-Identifier: Apache-2.0
"""Meters, assignments, the tree and the exchange: what is created, and what is refused in clear words."""

from collections.abc import Iterator
from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from accounts.rights import Right, Role
from accounts.scope import organization_scope
from metering import store
from metering.models import (
    MeterAssignment,
    MeterKind,
    ReadingMethod,
    Register,
)
from metering.selectors import assignments_in, meters_for, registers_for
from metering.services.add_meter import MeterPlan, RegisterPlan, add_meter
from metering.services.assign_meter import assign_meter, end_assignment
from metering.services.catalogues import ensure_catalogues
from metering.services.refusals import MeterRefused
from sites.models import BillingPoint, Building, Occupancy, Site
from tests.cast import Cast, Side
from tests.metering.world import NOW, QUARTER, make_meter, make_register

FIRST = date(2025, 1, 1)


@pytest.fixture
def side(cast: Cast) -> Iterator[Side]:
    with organization_scope(cast.lindenhof.id):
        ensure_catalogues()
        yield cast.lindenhof


def plan(side: Side, **given: object) -> MeterPlan:
    basis = {
        "number": "12 345",
        "kind": MeterKind.objects.get(number=1),
        "definition": side.definitions["meter"],
        "registers": [RegisterPlan("1-0:1.8.0"), RegisterPlan("1-0:2.8.0", direction="export")],
    }
    return MeterPlan(**(basis | given))  # type: ignore[arg-type]


def test_the_catalogues_are_made_once_and_in_the_organizations_language(side: Side) -> None:
    ensure_catalogues()
    assert MeterKind.objects.count() == 7
    assert ReadingMethod.objects.get(is_default_manual=True).code == "manual"
    ranks = dict(ReadingMethod.objects.values_list("code", "rank"))
    assert ranks["gateway"] > ranks["manual"] > ranks["estimated"]


def test_a_meter_comes_with_its_registers_and_may_share_its_number(side: Side) -> None:
    one = add_meter(site=side.site, plan=plan(side, factor=40))
    other = add_meter(site=side.site, plan=plan(side))
    assert one.number == other.number
    assert [register.obis for register in one.registers.all()] == ["1-0:1.8.0", "1-0:2.8.0"]
    assert one.factors.get().factor == 40


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"number": " "}, "needs the number"),
        ({"registers": []}, "at least one register"),
        ({"registers": [RegisterPlan("1.8.0"), RegisterPlan("1.8.0")]}, "same OBIS code"),
        ({"registers": [RegisterPlan("one")]}, "not an OBIS code"),
        ({"factor": 0}, "whole number from 1 up"),
    ],
)
def test_a_meter_that_cannot_be_is_refused_in_words(
    side: Side, given: dict[str, object], sentence: str
) -> None:
    with pytest.raises(MeterRefused, match=sentence):
        add_meter(site=side.site, plan=plan(side, **given))


def test_a_deactivated_kind_is_no_longer_offered(side: Side) -> None:
    MeterKind.objects.filter(number=1).update(is_active=False)
    with pytest.raises(MeterRefused, match="deactivated"):
        add_meter(site=side.site, plan=plan(side, kind=MeterKind.objects.get(number=1)))


# ---------------------------------------------------------------- assignment


def test_a_meter_counts_for_one_point_at_a_time(side: Side) -> None:
    meter = make_meter(side)
    first = assign_meter(meter=meter, billing_point=side.points["flat 1"], first=FIRST)
    with pytest.raises(MeterRefused, match="already assigned"):
        assign_meter(meter=meter, billing_point=side.points["flat 2"], first=date(2025, 6, 1))
    end_assignment(assignment=first, end=date(2025, 6, 1))
    assign_meter(meter=meter, billing_point=side.points["flat 2"], first=date(2025, 6, 1))
    assert MeterAssignment.objects.count() == 2


def test_the_known_bad_twin_without_the_constraint_two_points_would_pay(side: Side) -> None:
    meter = make_meter(side)
    assign_meter(meter=meter, billing_point=side.points["flat 1"], first=FIRST)
    overlapping = MeterAssignment(
        meter=meter, billing_point=side.points["flat 2"], period=DateRange(FIRST, None)
    )
    with pytest.raises(IntegrityError, match="meter_assignment_no_overlap"), transaction.atomic():
        overlapping.save()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE assignment_twin AS SELECT * FROM metering_meterassignment")
        cursor.execute("INSERT INTO assignment_twin SELECT * FROM metering_meterassignment")
        cursor.execute("SELECT count(*) FROM assignment_twin WHERE meter_id = %s", [meter.pk])
        assert cursor.fetchone() == (2,)


def test_a_point_of_another_site_is_refused(side: Side) -> None:
    site = Site.objects.create(reference="X", name="Elsewhere")
    building = Building.objects.create(site=site, name="A")
    point = BillingPoint(building=building, name="Flat", existence=DateRange(FIRST, None))
    with pytest.raises(MeterRefused, match="does not belong to the site"):
        assign_meter(meter=make_meter(side), billing_point=point, first=FIRST)


def test_assignments_are_clipped_to_the_period_asked_for(side: Side) -> None:
    meter = make_register(side).meter
    assign_meter(meter=meter, billing_point=side.points["flat 1"], first=FIRST, end=date(2025, 7, 1))
    assign_meter(meter=meter, billing_point=side.points["flat 2"], first=date(2025, 7, 1))
    points = [side.points["flat 1"].pk, side.points["flat 2"].pk]
    found = assignments_in(points, DateRange(date(2025, 6, 1), date(2025, 8, 1)))
    assert [(a.billing_point_id, a.first, a.end) for a in found] == [
        (points[0], date(2025, 6, 1), date(2025, 7, 1)),
        (points[1], date(2025, 7, 1), date(2025, 8, 1)),
    ]
    assert [register.obis for register in found[0].registers] == ["1-0:1.8.0"]


# ---------------------------------------------------------------- who sees what


def test_everybody_sees_the_own_meters_and_no_others(cast: Cast) -> None:
    made = {}
    for side in cast.sides:
        with organization_scope(side.id):
            mine, neighbours = make_register(side, "mine").meter, make_register(side, "neighbour's").meter
            assign_meter(meter=mine, billing_point=side.points["flat 1"], first=FIRST)
            assign_meter(meter=neighbours, billing_point=side.points["flat 2"], first=FIRST)
            made[side.id] = (mine.pk, neighbours.pk)
    with organization_scope(cast.lindenhof.id):
        own = made[cast.lindenhof.id]
        for role in (Role.COORDINATOR, Role.OWNER, Role.INSTALLER):
            actor = cast.lindenhof.actor(role)
            assert set(meters_for(actor).values_list("pk", flat=True)) == set(own)
        resident = cast.lindenhof.actor(Role.RESIDENT)
        assert not meters_for(resident).exists()
        assert [meter.pk for meter in meters_for(resident, Right.CONSUMPTION_VIEW)] == [own[0]]
        assert [register.meter_id for register in registers_for(resident)] == [own[0]]
        foreign = [r.pk for r in Register.objects.all()]
    with organization_scope(cast.seeblick.id):
        matrix = store.load_matrix(register_ids=foreign, start=NOW - QUARTER * 96, end=NOW)
        assert matrix.missing == matrix.values.size


def test_a_resident_sees_no_meter_from_before_the_own_time(side: Side) -> None:
    gone = make_meter(side, "gone")
    assign_meter(meter=gone, billing_point=side.points["flat 1"], first=FIRST, end=date(2025, 3, 1))
    side.occupancies["flat 1"].period = DateRange(date(2025, 5, 1), None)
    side.occupancies["flat 1"].save()
    Occupancy.objects.create(
        billing_point=side.points["flat 1"],
        account=side.accounts["neighbour"],
        period=DateRange(FIRST, date(2025, 5, 1)),
    )
    assert not meters_for(side.actor(Role.RESIDENT), Right.CONSUMPTION_VIEW).exists()
