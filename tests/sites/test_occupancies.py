# SPDX-License-Identifier: Apache-2.0
"""Somebody has every place on every day, and exactly one: the service says so, and the database holds it."""

import itertools
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.scope import organization_scope
from sites.models import BillingPoint, Occupancy
from sites.services.occupancies import UnableToMove, open_billing_point, record_move
from tests.cast import START, Cast, Side

JULY = date(2025, 7, 1)


@pytest.fixture
def side(cast: Cast) -> Iterator[Side]:
    with organization_scope(cast.lindenhof.id):
        yield cast.lindenhof


def check_at_once() -> None:
    """Ask the deferred trigger now instead of at commit."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def timeline(point: BillingPoint) -> list[tuple[str, date | None, date | None, bool]]:
    return [
        (row.account.name.split()[-1], row.period.lower, row.period.upper, row.is_vacancy)
        for row in Occupancy.objects.filter(billing_point=point).order_by("period")
    ]


def test_a_place_comes_with_its_first_occupancy(side: Side) -> None:
    point = open_billing_point(
        building=side.building, name=" Loft ", exists_from=JULY, account=side.accounts["neighbour"]
    )
    check_at_once()
    assert (point.name, timeline(point)) == ("Loft", [("Neighbour", JULY, None, False)])


def test_a_move_hands_the_place_over_at_midnight(side: Side) -> None:
    point = side.points["flat 1"]
    record_move(billing_point=point, leaving_on=date(2025, 6, 30), new_account=side.accounts["neighbour"])
    check_at_once()
    assert timeline(point) == [("Resident", START, JULY, False), ("Neighbour", JULY, None, False)]


def test_the_owner_has_the_days_in_between(side: Side) -> None:
    point = side.points["flat 1"]
    record_move(
        billing_point=point,
        leaving_on=date(2025, 6, 30),
        new_account=side.accounts["neighbour"],
        arriving_on=date(2025, 8, 1),
        vacancy_account=side.accounts["owner"],
    )
    check_at_once()
    assert timeline(point) == [
        ("Resident", START, JULY, False),
        ("Owner", JULY, date(2025, 8, 1), True),
        ("Neighbour", date(2025, 8, 1), None, False),
    ]


def test_a_move_that_leaves_a_day_open_or_taken_twice_is_refused_in_words(side: Side) -> None:
    point, newcomer = side.points["flat 1"], side.accounts["neighbour"]
    with pytest.raises(UnableToMove, match="Nobody would have the place from 2025-07-01 on"):
        record_move(
            billing_point=point,
            leaving_on=date(2025, 6, 30),
            new_account=newcomer,
            arriving_on=date(2025, 7, 5),
        )
    with pytest.raises(UnableToMove, match="taken until 2025-06-30"):
        record_move(
            billing_point=point,
            leaving_on=date(2025, 6, 30),
            new_account=newcomer,
            arriving_on=date(2025, 6, 5),
        )
    with pytest.raises(UnableToMove, match="has no occupant on 2024-12-31"):
        record_move(billing_point=point, leaving_on=date(2024, 12, 31), new_account=newcomer)
    record_move(billing_point=point, leaving_on=date(2025, 6, 30), new_account=newcomer)
    with pytest.raises(UnableToMove, match="another one follows"):
        record_move(billing_point=point, leaving_on=date(2025, 6, 30), new_account=side.accounts["owner"])
    assert len(timeline(point)) == 2


# ---------------------------------------------------------------- the database's own word


def test_the_database_refuses_two_occupancies_on_one_day(side: Side) -> None:
    with pytest.raises(IntegrityError, match="occupancy_no_overlap"), transaction.atomic():
        Occupancy.objects.create(
            billing_point=side.points["flat 1"],
            account=side.accounts["owner"],
            period=DateRange(JULY, None),
        )


def test_the_database_refuses_a_day_without_an_occupancy(side: Side) -> None:
    occupancy = side.occupancies["flat 1"]
    with pytest.raises(IntegrityError, match="without gap"), transaction.atomic():
        occupancy.period = DateRange(START, JULY)
        occupancy.save()
        check_at_once()
    with pytest.raises(IntegrityError, match="without gap"), transaction.atomic():
        Occupancy.objects.filter(pk=occupancy.pk).delete()
        check_at_once()
    with pytest.raises(IntegrityError, match="without gap"), transaction.atomic():
        BillingPoint.objects.create(building=side.building, name="Nobody's", existence=DateRange(JULY, None))
        check_at_once()
    with pytest.raises(IntegrityError, match="without gap"), transaction.atomic():
        point = side.points["flat 1"]
        point.existence = DateRange(date(2024, 1, 1), None)
        point.save()
        check_at_once()


def test_the_known_bad_twin_without_constraint_and_trigger_both_mistakes_go_in(side: Side) -> None:
    point, occupancy = side.points["flat 1"], side.occupancies["flat 1"]
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE occupancy_twin AS SELECT * FROM premises_occupancy")
        cursor.execute(
            "UPDATE occupancy_twin SET period = daterange('2025-01-01', '2025-03-01') WHERE id = %s",
            [occupancy.pk],
        )
        cursor.execute(
            "INSERT INTO occupancy_twin (billing_point_id, period) VALUES"
            " (%s, daterange('2025-02-01', '2025-02-10')), (%s, daterange('2025-07-01', NULL))",
            [point.pk, point.pk],
        )
        cursor.execute(
            "SELECT range_agg(period) = datemultirange(daterange('2025-01-01', NULL)), count(*)"
            " FROM occupancy_twin WHERE billing_point_id = %s",
            [point.pk],
        )
        assert cursor.fetchone() == (False, 3)


@given(st.lists(st.tuples(st.integers(1, 400), st.integers(0, 30)), max_size=6))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_run_of_moves_tiles_the_days(side: Side, moves: list[tuple[int, int]]) -> None:
    """M5: every day of the place's existence has exactly one payer."""
    point = open_billing_point(
        building=side.building,
        name=f"Flat {BillingPoint.objects.count()}",
        exists_from=START,
        account=side.accounts["resident"],
    )
    last = START
    for stay, vacant in moves:
        last += timedelta(days=stay)
        arriving = last + timedelta(days=1 + vacant)
        record_move(
            billing_point=point,
            leaving_on=last,
            new_account=side.accounts["neighbour"],
            arriving_on=arriving,
            vacancy_account=side.accounts["owner"],
        )
        last = arriving
    check_at_once()
    periods = [row[1:3] for row in timeline(point)]
    assert periods[0][0] == START
    assert periods[-1][1] is None
    assert all(one[1] == other[0] for one, other in itertools.pairwise(periods))
