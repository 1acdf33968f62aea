# SPDX-License-Identifier: Apache-2.0
"""Two deliveries at the same time: one register after the other, nothing lost, nobody waiting for ever."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from django.db import connection

from accounts.scope import organization_scope
from metering.models import IntervalDay, MeterLink, MonthTotal
from metering.services.ingest import IngestResult
from metering.services.link_meters import link_meters
from metering.services.refusals import MeterRefused
from tests.cast import START, Cast
from tests.metering.profiles import MISSING_DAY, record
from tests.metering.world import make_meter, make_register

HANDS = 4


@pytest.mark.parametrize("turn", range(2))
def test_many_hands_fill_one_day(committed_cast: Cast, turn: int) -> None:
    """Each delivers a few slots of the same days of the same two registers, in opposite orders."""
    side = committed_cast.lindenhof
    with organization_scope(side.id):
        ids = [make_register(side, str(number)).pk for number in range(2)]

    def deliver(hand: int) -> IngestResult:
        vectors = np.repeat(MISSING_DAY, 2, axis=0)
        vectors[:, hand * 24 : (hand + 1) * 24] = hand + 1
        order = ids if hand % 2 else ids[::-1]
        try:
            with organization_scope(side.id):
                return record(order, [0, 0], vectors, key=f"{turn} {hand}")
        finally:
            connection.close()

    with ThreadPoolExecutor(HANDS) as pool:
        results = list(pool.map(deliver, range(HANDS)))
    assert results == [IngestResult(written=48)] * HANDS
    with organization_scope(side.id):
        whole = 24 * (1 + 2 + 3 + 4)
        assert list(IntervalDay.objects.values_list("n", "total")) == [(96, whole)] * 2
        assert sum(MonthTotal.objects.values_list("total", flat=True)) == 2 * whole


def test_two_people_cannot_close_a_circle_together(committed_cast: Cast) -> None:
    side = committed_cast.lindenhof
    with organization_scope(side.id):
        one, other = make_meter(side, "one"), make_meter(side, "other")

    def link(upside_down: bool) -> bool:
        parent, child = (other, one) if upside_down else (one, other)
        try:
            with organization_scope(side.id):
                link_meters(parent=parent, child=child, first=START)
        except MeterRefused:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(link, [False, True]))
    assert sorted(made) == [False, True]
    with organization_scope(side.id):
        assert MeterLink.objects.count() == 1
