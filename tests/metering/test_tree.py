# SPDX-License-Identifier: Apache-2.0
"""The meter tree: dated, without circles, and what does not add up in it."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange

from accounts.scope import organization_scope
from metering.models import (
    Meter,
    MeterKind,
    Register,
)
from metering.overview import site_energy, tree_balance
from metering.selectors import load_tree
from metering.services.catalogues import ensure_catalogues
from metering.services.link_meters import link_meters, unlink_meter
from metering.services.refusals import MeterRefused
from sites.models import Site
from tests.cast import Cast, Side
from tests.metering.world import fill, make_meter, make_register

FIRST = date(2025, 1, 1)


@pytest.fixture
def side(cast: Cast) -> Iterator[Side]:
    with organization_scope(cast.lindenhof.id):
        ensure_catalogues()
        yield cast.lindenhof


def test_a_tree_is_dated(side: Side) -> None:
    main, flat = make_meter(side, "main"), make_meter(side, "flat")
    link = link_meters(parent=main, child=flat, first=FIRST)
    unlink_meter(link=link, end=date(2025, 7, 1))
    before = load_tree(side.site.pk, DateRange(FIRST, date(2025, 2, 1)))
    after = load_tree(side.site.pk, DateRange(date(2025, 7, 1), date(2025, 8, 1)))
    assert [(one.parent_id, one.child_id, one.first, one.end) for one in before.links] == [
        (main.pk, flat.pk, FIRST, date(2025, 2, 1))
    ]
    assert (before.roots, after.links) == ([main.pk], ())


def test_no_meter_hangs_below_itself(side: Side) -> None:
    top, middle, low = (make_meter(side, name) for name in ("top", "middle", "low"))
    link_meters(parent=top, child=middle, first=FIRST)
    link_meters(parent=middle, child=low, first=FIRST)
    with pytest.raises(MeterRefused, match="“low” already hangs below it"):
        link_meters(parent=low, child=top, first=FIRST)
    with pytest.raises(MeterRefused, match="already hangs below it"):
        link_meters(parent=top, child=top, first=FIRST)
    link_meters(parent=low, child=top, first=date(2020, 1, 1), end=date(2021, 1, 1))


def test_the_known_bad_twin_without_the_trigger_the_circle_closes(side: Side) -> None:
    one, other = make_meter(side, "one"), make_meter(side, "other")
    link_meters(parent=one, child=other, first=FIRST)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE link_twin AS SELECT * FROM metering_meterlink")
        cursor.execute("INSERT INTO link_twin (parent_id, child_id) VALUES (%s, %s)", [other.pk, one.pk])
        cursor.execute(
            "SELECT count(*) FROM link_twin a JOIN link_twin b ON a.parent_id = b.child_id"
            " AND a.child_id = b.parent_id"
        )
        assert cursor.fetchone() == (2,)


def test_a_tree_stays_on_one_site_and_counts_one_unit(side: Side) -> None:
    main = make_meter(side, "main")
    elsewhere = Site.objects.create(reference="X", name="Elsewhere")
    with pytest.raises(MeterRefused, match="different sites"):
        link_meters(parent=main, child=make_meter(side, "far", site=elsewhere), first=FIRST)
    water = make_meter(side, "water", kind=MeterKind.objects.get(medium="cold_water"))
    with pytest.raises(MeterRefused, match="same unit"):
        link_meters(parent=main, child=water, first=FIRST)
    child = make_meter(side, "child")
    link_meters(parent=main, child=child, first=FIRST)
    with pytest.raises(MeterRefused, match="already hangs below another meter"):
        link_meters(parent=make_meter(side, "second"), child=child, first=FIRST)
    side.definitions["meter"].tree_allowed = False
    side.definitions["meter"].save()
    with pytest.raises(MeterRefused, match="does not allow a tree"):
        link_meters(
            parent=Meter.objects.get(number="second"), child=Meter.objects.get(pk=main.pk), first=FIRST
        )


def test_the_balance_shows_what_nobody_measured(side: Side) -> None:
    main = make_register(side, "main", meter_mode="introduction")
    export = Register.objects.create(meter=main.meter, obis="1-0:2.8.0", direction="export")
    solar = make_register(side, "solar", meter_mode="production", obis="1-0:2.8.0", direction="export")
    flats = [make_register(side, f"flat {n}") for n in (1, 2)]
    for register in (solar, *flats):
        link_meters(parent=main.meter, child=register.meter, first=FIRST)
    begin = datetime(2026, 5, 31, 22, tzinfo=UTC)
    for register, energy in ((main, 6), (export, 1), (solar, 10), (flats[0], 9), (flats[1], 5)):
        fill(register, begin, [energy] * 96)
    day, following = date(2026, 6, 1), date(2026, 6, 2)
    balance = tree_balance(site=side.site, start=day, end=following)
    (node,) = balance.nodes
    assert (node.parent, node.own, node.children, node.difference) == (main.meter_id, 480, 384, 96)
    assert (node.permille, balance.flagged) == (200, {main.meter_id})
    energy = site_energy(site=side.site, start=day, end=following)
    flows = energy.flows
    assert (flows.production[0], flows.imported[0], flows.exported[0]) == (960, 576, 96)
    assert (flows.own_use[0], flows.consumption[0]) == (864, 1440)
    assert (flows.autarky_permille, flows.own_use_permille) == ([600], [900])
    assert energy.complete.tolist() == [True]
    month = site_energy(site=side.site, start=day, end=following, by="month")
    assert (month.flows.consumption.tolist(), month.complete.tolist()) == ([1440], [False])


def test_without_a_meter_at_the_grid_simultaneous_use_counts(side: Side) -> None:
    solar = make_register(side, "solar", meter_mode="production")
    flat = make_register(side, "flat")
    begin = datetime(2026, 5, 31, 22, tzinfo=UTC)
    fill(solar, begin, [0, 10] * 48)
    fill(flat, begin, [4] * 96)
    flows = site_energy(site=side.site, start=date(2026, 6, 1), end=date(2026, 6, 2)).flows
    assert (flows.own_use[0], flows.imported[0], flows.exported[0]) == (4 * 48, 4 * 48, 6 * 48)
