# SPDX-License-Identifier: Apache-2.0
"""At a move every register is known at the border, or the screen asks for it."""

from datetime import UTC, date, datetime, timedelta

from accounts.scope import organization_scope
from metering import store
from metering.services.assign_meter import assign_meter
from metering.services.ingest import BatchKey, IndexReading, record_readings
from metering.services.move_readings import readings_at_move, record_move_readings
from tests.cast import START, Cast
from tests.metering.world import NOW, QUARTER, fill, make_register

NEW_FROM = date(2026, 6, 16)
BORDER = datetime(2026, 6, 15, 22, tzinfo=UTC)


def test_a_polled_meter_needs_no_reading_and_an_old_one_is_asked_for(cast: Cast) -> None:
    side = cast.lindenhof
    with organization_scope(side.id):
        polled, walked, silent = (make_register(side, name) for name in ("polled", "walked", "silent"))
        for register in (polled, walked, silent):
            assign_meter(meter=register.meter, billing_point=side.points["flat 1"], first=START)
        fill(polled, BORDER - 4 * QUARTER, [10] * 8)
        fill(walked, BORDER - timedelta(days=40), [], first=77)
        found = {
            one.meter.number: one
            for one in readings_at_move(billing_point=side.points["flat 1"], new_from=NEW_FROM)
        }
        assert {number: one.is_fresh for number, one in found.items()} == {
            "polled": True, "walked": False, "silent": False,
        }  # fmt: skip
        assert found["polled"].index is not None
        assert (found["polled"].index.value, found["polled"].index.at) == (40, BORDER)
        assert found["walked"].index is not None
        assert found["walked"].index.value == 77
        assert found["silent"].index is None
        record_move_readings(
            billing_point=side.points["flat 1"],
            new_from=NEW_FROM,
            indexes={walked.pk: 90, silent.pk: 5},
            now=NOW,
        )
        found_again = readings_at_move(billing_point=side.points["flat 1"], new_from=NEW_FROM)
        assert all(one.is_fresh for one in found_again)
        assert {one.index.method for one in found_again if one.index} == {"gateway", "move"}


def test_an_index_is_the_nearest_one_within_a_minute_else_the_last_before(cast: Cast) -> None:
    side = cast.lindenhof
    with organization_scope(side.id):
        register = make_register(side, resolution=2)
        seconds = {-3600: 1, -50: 2, 20: 3, 1800: 4, 1830: 5}
        record_readings(
            batch=BatchKey("gateway", "odd"),
            readings=[
                IndexReading(register.pk, BORDER + timedelta(seconds=s), v) for s, v in seconds.items()
            ],
            method="gateway",
            now=NOW,
        )
        asked = [BORDER, BORDER + QUARTER, BORDER - timedelta(minutes=20), BORDER - timedelta(days=9)]
        found = store.load_indexes(register_ids=[register.pk], instants=asked)
        values = [found[register.pk, at].value if (register.pk, at) in found else None for at in asked]
        assert values == [300, 300, 100, None]
        latest = store.latest_readings([register.pk])[register.pk]
        assert (latest.value, latest.method) == (500, "gateway")


def test_freshness_is_the_end_of_the_last_slot(cast: Cast) -> None:
    side = cast.lindenhof
    with organization_scope(side.id):
        register, silent = make_register(side, "fresh"), make_register(side, "silent")
        fill(register, BORDER, [1, 2, 3])
        assert store.last_slots([register.pk, silent.pk]) == {register.pk: BORDER + 3 * QUARTER}
        assert set(store.latest_readings([register.pk, silent.pk])) == {register.pk}
