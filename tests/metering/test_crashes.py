# SPDX-License-Identifier: Apache-2.0
"""A delivery killed at any statement is in as a whole or not at all, and can come again."""

from collections.abc import Callable, Iterator

import numpy as np

from accounts.scope import organization_scope
from metering.models import (
    IntervalDay,
    IntervalDayRevision,
    MeterEvent,
    MonthTotal,
    Reading,
    ReadingBatch,
)
from metering.services.ingest import (
    BatchKey,
    IndexReading,
    record_readings,
)
from tests.cast import Cast
from tests.crash import Crash, crash_points
from tests.metering.profiles import MIDNIGHT, QUARTER, flat, record
from tests.metering.world import NOW, make_register

__all__ = ["crash_points"]


def test_a_crash_at_any_statement_leaves_all_or_nothing(
    crash_points: Callable[..., Iterator[Crash]], committed_cast: Cast
) -> None:
    """F10: either the delivery is in with its sums, or nothing of it is; and it can come again."""
    side = committed_cast.lindenhof
    with organization_scope(side.id):
        register = make_register(side)
        record([register.pk], [0], flat(3))

    def deliver() -> None:
        record([register.pk] * 2, [0, 1], np.vstack([flat(4), flat(5)]), key="crash")

    places = 0
    for crash in crash_points(deliver, scope=lambda: organization_scope(side.id)):
        places += 1
        with organization_scope(side.id):
            assert list(IntervalDay.objects.values_list("total", flat=True)) == [3 * 96], crash
            assert sum(MonthTotal.objects.values_list("total", flat=True)) == 3 * 96, crash
            assert not IntervalDayRevision.objects.exists(), crash
            assert not MeterEvent.objects.exists(), crash
    assert places > 20
    with organization_scope(side.id):
        assert sorted(IntervalDay.objects.values_list("total", flat=True)) == [4 * 96, 5 * 96]
        assert sum(MonthTotal.objects.values_list("total", flat=True)) == 9 * 96


def test_the_known_bad_twin_without_the_transaction_is_caught(
    crash_points: Callable[..., Iterator[Crash]], committed_cast: Cast
) -> None:
    side = committed_cast.lindenhof
    with organization_scope(side.id):
        register = make_register(side)

    def careless() -> None:
        with organization_scope(side.id):
            record([register.pk], [0], flat(4), key="one half")
        with organization_scope(side.id):
            record([register.pk], [1], flat(5), key="other half")

    def half_done() -> bool:
        with organization_scope(side.id):
            return IntervalDay.objects.count() == 1

    assert any(half_done() for _crash in crash_points(careless))


def test_a_crash_among_readings_leaves_all_or_nothing(
    crash_points: Callable[..., Iterator[Crash]], committed_cast: Cast
) -> None:
    side = committed_cast.lindenhof
    with organization_scope(side.id):
        register = make_register(side, digits=6)

    def poll() -> None:
        record_readings(
            batch=BatchKey("gateway", "poll"),
            readings=[IndexReading(register.pk, MIDNIGHT + n * QUARTER, 10 * n) for n in range(5)],
            method="gateway",
            now=NOW,
        )

    for crash in crash_points(poll, scope=lambda: organization_scope(side.id)):
        with organization_scope(side.id):
            assert not Reading.objects.exists(), crash
            assert not IntervalDay.objects.exists(), crash
            assert not ReadingBatch.objects.exists(), crash
    with organization_scope(side.id):
        assert IntervalDay.objects.get().total == 40
