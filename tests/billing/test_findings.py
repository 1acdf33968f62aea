# SPDX-License-Identifier: Apache-2.0
"""What the checks before a run find, whom they name, and what they let through."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange

from accounts.models import Organization, PostalAddress
from accounts.scope import organization_scope
from billing.models import BillingRun, Invoice, Solution
from billing.services.execute_run import execute_run
from billing.services.plan_run import RunRefused, start_run
from billing.services.tariffs import TariffRefused, approve_tariff, copy_tariff, create_tariff
from billing.views.words import finding_link, finding_words
from metering.models import MeterAssignment
from tests.billing.world import NOW, PRICES, House, QuietJob, build_house, components, fill, record, run_of
from tests.cast import Cast

MIDNIGHT = (datetime(2026, 6, 30, 22, tzinfo=UTC), datetime(2026, 7, 31, 22, tzinfo=UTC))
JULY = (date(2026, 7, 1), date(2026, 8, 1))


@pytest.fixture
def house(cast: Cast) -> Iterator[House]:
    with organization_scope(cast.lindenhof.id):
        house = build_house(cast.lindenhof)
        fill(house, *MIDNIGHT)
        yield house


def codes(run: BillingRun) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for finding in run.checks:
        assert finding_words(finding)
        assert "%(" not in finding_words(finding)
        finding_link(finding)
        found.setdefault(finding["code"], set()).add(finding["point"])
    return found


def test_a_house_in_order_has_no_findings(house: House) -> None:
    assert codes(run_of(house, *JULY)) == {}


def test_missing_values_name_the_point_and_the_meter(house: House) -> None:
    run = run_of(house, JULY[0], date(2026, 8, 2))
    assert codes(run)["values_missing"] == {f"Lindenhof {key}" for key in ("flat 1", "flat 2", "common")}
    finding = next(f for f in run.checks if f["code"] == "values_missing")
    assert (finding["params"]["slots"], finding["params"]["of"]) == (96, 32 * 96)


def test_a_missing_tariff_blocks_with_the_points_name(house: House) -> None:
    house.tariff.assignments.filter(billing_point=house.side.points["flat 2"]).delete()
    run = run_of(house, *JULY)
    assert codes(run) == {"tariff_missing": {"Lindenhof flat 2"}}
    with pytest.raises(RunRefused, match="Lindenhof flat 2"):
        start_run(run=run, user_id=None, now=NOW, skip_checks=True, skip_reason="never mind")


def test_an_unapproved_tariff_blocks(cast: Cast) -> None:
    with organization_scope(cast.seeblick.id):
        house = build_house(cast.seeblick, approve=False)
        fill(house, *MIDNIGHT)
        assert set(codes(run_of(house, *JULY))) == {"tariff_not_approved"}


def test_a_price_that_is_missing_at_run_time_skips_the_point_and_says_so(house: House) -> None:
    run = run_of(house, *JULY)
    house.tariff.assignments.filter(billing_point=house.side.points["flat 2"]).delete()
    execute_run(QuietJob({"organization_id": house.side.id, "run_id": run.pk}), now=NOW)
    run.refresh_from_db()
    skipped = [o for o in run.report["outcomes"] if o["result"] == "skipped"]
    assert [(o["point"], o["reason"]) for o in skipped] == [("Lindenhof flat 2", "no_price")]
    assert "Lindenhof flat 2: no approved tariff" in skipped[0]["detail"]
    assert Invoice.objects.count() == 2


def test_a_document_over_nothing_is_not_made_and_not_silent(cast: Cast) -> None:
    with organization_scope(cast.lindenhof.id):
        house = build_house(cast.lindenhof, prices=[row for row in PRICES if row[2] == "kWh"])
        fill(house, *MIDNIGHT)
        run = run_of(house, date(2026, 7, 1), date(2026, 7, 2))
        MeterAssignment.objects.filter(billing_point=house.side.points["common"]).delete()
        execute_run(QuietJob({"organization_id": house.side.id, "run_id": run.pk}), now=NOW)
        run.refresh_from_db()
        skipped = {o["point"]: o["reason"] for o in run.report["outcomes"] if o["result"] == "skipped"}
        assert skipped == {"Lindenhof common": "nothing_to_bill"}


def test_other_findings_name_what_is_missing(house: House) -> None:
    Organization.objects.filter(pk=house.side.id).update(iban="")
    PostalAddress.objects.filter(account=house.side.accounts["neighbour"]).delete()
    MeterAssignment.objects.filter(billing_point=house.side.points["flat 1"]).delete()
    found = codes(run_of(house, *JULY))
    assert found["iban_missing"] == {"Lindenhof Verwaltung AG"}
    assert found["address_missing"] == {"Lindenhof flat 2"}
    assert found["meter_unassigned"] == {"Z-flat 1"}
    assert found["no_meter"] == {"Lindenhof flat 1"}
    assert found["balance_open"] == {"Lindenhofstrasse 12"}


def test_consumption_unlike_last_year_wants_to_be_seen(house: House) -> None:
    start, end = (moment.replace(year=2025) for moment in MIDNIGHT)
    fill(house, start, end)
    assert "unlike_last_year" not in codes(run_of(house, *JULY))
    record(house.registers["flat 1"], 1, start, end, key="low last year")
    assert codes(run_of(house, *JULY))["unlike_last_year"] == {"Lindenhof flat 1"}


def test_two_runs_are_one(house: House) -> None:
    first = run_of(house, *JULY)
    for _time in range(2):
        execute_run(QuietJob({"organization_id": house.side.id, "run_id": first.pk}), now=NOW)
    again = run_of(house, *JULY)
    assert again.pk == first.pk
    assert Invoice.objects.count() == 3
    first.refresh_from_db()
    assert (first.report["billed"], first.report["kept"]) == (0, 3)


def test_a_run_over_days_that_are_billed_already_says_where(house: House) -> None:
    run = run_of(house, *JULY, issue_at_once=True)
    execute_run(QuietJob({"organization_id": house.side.id, "run_id": run.pk}), now=NOW)
    other = run_of(house, date(2026, 7, 15), date(2026, 7, 20))
    execute_run(QuietJob({"organization_id": house.side.id, "run_id": other.pk}), now=NOW)
    other.refresh_from_db()
    assert {(o["reason"], o["detail"]) for o in other.report["outcomes"]} == {
        ("billed_elsewhere", f"2026-0000{number}") for number in (1, 2, 3)
    }


def test_a_point_has_at_most_one_tariff_on_a_day(house: House) -> None:
    with pytest.raises(TariffRefused, match="flat 1"):
        create_tariff(
            solution=house.solution,
            titles={"de": "Zweiter"},
            start=date(2026, 7, 15),
            end=None,
            components=components(),
            points=[house.side.points["flat 1"]],
        )


def test_a_copy_ends_the_running_tariff_and_the_month_has_both_prices(house: House) -> None:
    copy = copy_tariff(tariff=house.tariff, start=date(2026, 7, 11), end=None)
    approve_tariff(tariff=copy, user_id=house.side.users["administrator"].pk, now=NOW)  # type: ignore[index]
    run = run_of(house, *JULY)
    execute_run(QuietJob({"organization_id": house.side.id, "run_id": run.pk}), now=NOW)
    invoice = Invoice.objects.first()
    fees = invoice.lines.filter(unit="month").order_by("position")
    assert [(fee.period.lower.day, fee.period.upper.day) for fee in fees] == [(1, 11), (11, 1)]
    assert sum(fee.quantity for fee in fees) == 1
    assert Solution.objects.get() == house.solution


def test_a_tariff_without_a_price_for_every_hour_is_not_approved(house: House) -> None:
    no_low = [row for row in PRICES if row[1] != "low"]
    tariff = create_tariff(
        solution=house.solution, titles={"de": "Lücke"}, start=date(2030, 1, 1), end=None,
        components=components(no_low), calendar=house.tariff.calendar,
    )  # fmt: skip
    with pytest.raises(TariffRefused, match="low"):
        approve_tariff(tariff=tariff, user_id=1, now=NOW)


def test_a_site_without_a_single_meter_is_told_so(cast: Cast) -> None:
    with organization_scope(cast.seeblick.id):
        side = cast.seeblick
        solution = Solution.objects.create(
            site=side.site, label="Electricity", period=DateRange(JULY[0], None)
        )
        run = run_of(House(side, solution, None), *JULY)  # type: ignore[arg-type]
        assert codes(run)["no_meter"] == {f"Seeblick {key}" for key in ("flat 1", "flat 2", "common")}
        assert codes(run)["tariff_missing"] == codes(run)["no_meter"]
