# SPDX-License-Identifier: Apache-2.0
"""An exchanged device: consumption runs on, and the new one takes the old one's place."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from accounts.scope import organization_scope
from metering import store
from metering.models import (
    Meter,
    MeterEvent,
    MeterLink,
)
from metering.selectors import assignments_in
from metering.services.assign_meter import assign_meter
from metering.services.catalogues import ensure_catalogues
from metering.services.exchange_meter import NewDevice, exchange_meter
from metering.services.ingest import BatchKey, IndexReading, record_readings
from metering.services.link_meters import link_meters
from metering.services.refusals import MeterRefused
from tests.cast import Cast, Side
from tests.metering.world import NOW, QUARTER, fill, make_meter, make_register

FIRST = date(2025, 1, 1)


@pytest.fixture
def side(cast: Cast) -> Iterator[Side]:
    with organization_scope(cast.lindenhof.id):
        ensure_catalogues()
        yield cast.lindenhof


def exchange(meter: Meter, at: datetime, final: int, first: int, **device: object) -> Meter:
    return exchange_meter(
        meter=meter,
        at=at,
        final_indexes={"1-0:1.8.0": final},
        new=NewDevice(number="new", **device),  # type: ignore[arg-type]
        first_indexes={"1-0:1.8.0": first},
        now=NOW,
    )


def test_consumption_runs_over_an_exchange_without_a_step(side: Side) -> None:
    """E7, spec metering §5: (final - last) + (now - first), in the middle of a slot of the day."""
    old = make_register(side, "old")
    assign_meter(meter=old.meter, billing_point=side.points["flat 1"], first=FIRST)
    begin = datetime(2026, 5, 31, 22, tzinfo=UTC)
    fill(old, begin, [10] * 40)
    at = begin + 40 * QUARTER + timedelta(minutes=7)
    successor = exchange(old.meter, at, final=405, first=12)
    new = successor.registers.get()
    record_readings(
        batch=BatchKey("gateway", "new"),
        readings=[IndexReading(new.pk, begin + n * QUARTER, 12 + 5 + (n - 41) * 10) for n in range(41, 97)],
        method="gateway",
        now=NOW,
    )
    matrix = store.load_matrix(register_ids=[old.pk, new.pk], start=begin, end=begin + 96 * QUARTER)
    assert matrix.missing == 0
    assert matrix.values.sum(axis=0).tolist() == [10] * 96
    assert matrix.values.sum(axis=1).tolist() == [405, 555]
    assert MeterEvent.objects.get(kind="exchange").evidence["new meter"] == "new"
    found = assignments_in([side.points["flat 1"].pk], DateRange(date(2026, 6, 1), date(2026, 6, 2)))
    assert {assigned.number for assigned in found} == {"old", "new"}


def test_an_exchange_takes_over_place_tree_and_children(side: Side) -> None:
    main, middle, low = (make_register(side, name) for name in ("main", "middle", "low"))
    link_meters(parent=main.meter, child=middle.meter, first=FIRST)
    link_meters(parent=middle.meter, child=low.meter, first=FIRST)
    at = datetime(2026, 6, 1, 22, tzinfo=UTC)
    successor = exchange(middle.meter, at, final=100, first=0, factor=2)
    day = date(2026, 6, 2)
    links = {
        (one.parent.number, one.child.number): (one.period.lower, one.period.upper)
        for one in MeterLink.objects.all()
    }
    assert links == {
        ("main", "middle"): (FIRST, day),
        ("middle", "low"): (FIRST, day),
        ("main", "new"): (day, None),
        ("new", "low"): (day, None),
    }
    assert (successor.predecessor, successor.opened_at) == (middle.meter, at)
    assert successor.factors.get().period == DateRange(day, None)
    middle.meter.refresh_from_db()
    assert middle.meter.closed_at == at
    assert middle.meter.equipment.removed_on == day


def test_the_factor_of_the_day_is_in_what_the_store_gives(side: Side) -> None:
    old = make_register(side, "old", resolution=1)
    fill(old, datetime(2026, 6, 1, 20, tzinfo=UTC), [3] * 8)
    successor = exchange(old.meter, datetime(2026, 6, 1, 22, tzinfo=UTC), final=24, first=0, factor=40)
    new = successor.registers.get()
    fill(new, datetime(2026, 6, 1, 22, tzinfo=UTC), [2] * 8)
    begin = datetime(2026, 6, 1, 20, tzinfo=UTC)
    matrix = store.load_matrix(register_ids=[new.pk, old.pk], start=begin, end=begin + 16 * QUARTER)
    assert matrix.values[1, :8].tolist() == [30] * 8
    assert matrix.values[0, 8:].tolist() == [800] * 8
    days = store.load_day_totals(register_ids=[new.pk], first=date(2026, 6, 2), last=date(2026, 6, 2))
    assert (days.totals[0, 0], days.peaks[0, 0]) == (6400, 800)
    month = store.load_month_totals(
        register_ids=[old.pk, new.pk], first_month=date(2026, 6, 1), last_month=date(2026, 6, 1)
    )
    assert month.totals[:, 0].tolist() == [240, 6400]


def test_an_exchange_that_cannot_be_is_refused(side: Side) -> None:
    register = make_register(side, "old")
    begin = datetime(2026, 5, 31, 22, tzinfo=UTC)
    fill(register, begin, [10] * 8)
    with pytest.raises(MeterRefused, match="below its last reading"):
        exchange(register.meter, begin + 9 * QUARTER, final=70, first=0)
    with pytest.raises(MeterRefused, match="readings after the exchange"):
        exchange(register.meter, begin + 4 * QUARTER, final=40, first=0)
    with pytest.raises(MeterRefused, match="final and a first index"):
        exchange_meter(
            meter=register.meter, at=begin, final_indexes={}, new=NewDevice("x"), first_indexes={}, now=NOW
        )
    exchange(register.meter, begin + 9 * QUARTER, final=90, first=0)
    with pytest.raises(MeterRefused, match="out of service"):
        exchange(register.meter, begin + 10 * QUARTER, final=90, first=0)


def test_a_meter_is_closed_never_deleted(side: Side) -> None:
    meter = make_meter(side)
    with pytest.raises(Exception, match=r"permission denied|stays where it is"), transaction.atomic():
        meter.delete()
    assert Meter.objects.filter(pk=meter.pk).exists()
