# SPDX-License-Identifier: Apache-2.0
"""Numbers without a gap and without a double: with parallel workers, double deliveries and kills."""

import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connections
from django.db.backends.postgresql.psycopg_any import DateRange

from accounts.scope import organization_scope
from billing.models import Invoice, InvoiceLine, InvoiceState, NumberSeries, Solution
from billing.services.validate_invoices import validate_invoice
from tests import database
from tests.billing.world import NOW
from tests.cast import Cast, Side

DRAFTS, WORKERS, KILLS = 48, 4, 8


def draft_documents(side: Side, count: int) -> list[int]:
    """Drafts over one fee each, a day apart."""
    with organization_scope(side.id):
        solution = Solution.objects.create(
            site=side.site, label="Electricity", period=DateRange(date(2025, 1, 1), None)
        )
        occupancy = side.occupancies["flat 1"]
        ids = []
        for day in range(count):
            period = DateRange(date(2025, 1, 1) + timedelta(days=day), date(2025, 1, 2) + timedelta(days=day))
            invoice = Invoice.objects.create(
                kind="invoice", state_changed_at=NOW, site=side.site, solution=solution, occupancy=occupancy,
                billing_point=occupancy.billing_point, account=occupancy.account, period=period,
                currency="CHF", net=Decimal("5.00"), vat=Decimal("0.41"), rounding=Decimal("-0.01"),
                total=Decimal("5.40"), created_at=NOW,
            )  # fmt: skip
            InvoiceLine.objects.create(
                invoice=invoice, position=1, section="Electricity", title="Fee", period=period, part="all",
                slot="all", unit="day", quantity=1, unit_price=Decimal("5.00000"), amount=Decimal("5.00"),
                vat_rule="standard", vat_rate=Decimal("8.1"),
            )  # fmt: skip
            ids.append(invoice.pk)
    return ids


def issue_all(organization_id: int, ids: list[int]) -> None:
    for invoice_id in ids:
        with organization_scope(organization_id):
            validate_invoice(invoice_id=invoice_id, now=NOW)


def assert_gapless(side: Side, count: int) -> None:
    with organization_scope(side.id):
        numbers = list(
            Invoice.objects.filter(number__isnull=False).order_by("number").values_list("number", flat=True)
        )
        assert numbers == list(range(1, count + 1))
        assert sum(NumberSeries.objects.values_list("last", flat=True)) == count
        labels = Invoice.objects.exclude(state=InvoiceState.DRAFT).values_list("label", flat=True)
        assert len(set(labels)) == count


@pytest.fixture
def drafts(committed_cast: Cast) -> Iterator[tuple[Side, list[int]]]:
    side = committed_cast.lindenhof
    yield side, draft_documents(side, DRAFTS)


def test_parallel_workers_with_double_deliveries_leave_no_gap(drafts: tuple[Side, list[int]]) -> None:
    side, ids = drafts
    failures: list[BaseException] = []

    def work(seed: int) -> None:
        mine = ids[:]
        random.Random(seed).shuffle(mine)
        try:
            issue_all(side.id, mine)
        except BaseException as failure:
            failures.append(failure)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert_gapless(side, DRAFTS)


def test_killed_workers_leave_no_gap(drafts: tuple[Side, list[int]]) -> None:
    side, ids = drafts
    chance = random.Random(11)
    for _kill in range(KILLS):
        connections.close_all()
        child = os.fork()
        if child == 0:
            work = ids[:]
            chance.shuffle(work)
            try:
                issue_all(side.id, work)
            finally:
                os._exit(0)
        time.sleep(chance.uniform(0.02, 0.12))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        with organization_scope(side.id):
            assert_gapless(side, Invoice.objects.exclude(number=None).count())
    issue_all(side.id, ids)
    assert_gapless(side, DRAFTS)


def test_a_number_is_given_back_by_a_roll_back(cast: Cast) -> None:
    side = cast.lindenhof
    ids = draft_documents(side, 3)

    class Crash(Exception):
        pass

    with pytest.raises(Crash), organization_scope(side.id):
        validate_invoice(invoice_id=ids[0], now=NOW)
        raise Crash
    issue_all(side.id, ids[1:3])
    assert_gapless(side, 2)


def test_two_organizations_count_apart(cast: Cast) -> None:
    for side in cast.sides:
        issue_all(side.id, draft_documents(side, 3))
    for side in cast.sides:
        assert_gapless(side, 3)


def test_the_known_bad_twin_max_plus_one_gives_a_number_twice(db: None) -> None:
    with database.as_owner() as owner:
        owner.execute("CREATE TABLE IF NOT EXISTS twin_number (number integer)")
        owner.execute("TRUNCATE twin_number")
        owner.commit()
        with database.as_owner() as first, database.as_owner() as second:
            following = "SELECT COALESCE(max(number), 0) + 1 FROM twin_number"
            drawn = [session.execute(following).fetchone()[0] for session in (first, second)]
            for session, number in zip((first, second), drawn, strict=True):
                session.execute("INSERT INTO twin_number VALUES (%s)", [number])
                session.commit()
        assert owner.execute("SELECT count(*), count(DISTINCT number) FROM twin_number").fetchone() == (2, 1)
        owner.execute("DROP TABLE twin_number")


def test_the_known_bad_twin_a_sequence_loses_what_is_rolled_back(db: None) -> None:
    with database.as_owner() as owner:
        owner.execute("CREATE TEMP SEQUENCE twin_sequence")
        owner.commit()
        owner.execute("SELECT nextval('twin_sequence')")
        owner.rollback()
        assert owner.execute("SELECT nextval('twin_sequence')").fetchone() == (2,)
