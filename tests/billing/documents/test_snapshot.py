# SPDX-License-Identifier: Apache-2.0
import dataclasses
import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from billing.documents.snapshot import (
    InconsistentSnapshot,
    InvoiceSnapshot,
    Letterhead,
    Period,
    UnableToRead,
    VatGroup,
    check,
)
from tests.billing.documents import samples

Change = Callable[[InvoiceSnapshot], InvoiceSnapshot]


def test_json_gives_the_same_snapshot_back() -> None:
    for snapshot in (
        samples.invoice("fr"),
        samples.credit_note(),
        samples.invoice(consumption=None, readings=()),
    ):
        assert InvoiceSnapshot.from_json(snapshot.to_json()) == snapshot


def test_json_keeps_every_digit_of_a_decimal() -> None:
    snapshot = samples.invoice()
    body = json.loads(snapshot.to_json())
    assert body["lines"][0]["unit_price"] == "0.1950"
    assert str(InvoiceSnapshot.from_json(snapshot.to_json()).lines[0].unit_price) == "0.1950"


def test_equal_snapshots_write_equal_texts() -> None:
    assert samples.invoice().to_json() == samples.invoice().to_json()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda body: body.update(schema=2), "schema 2 is unknown"),
        (lambda body: body.pop("schema"), "schema None is unknown"),
        (lambda body: body.update(surprise=1), "unknown field surprise"),
        (lambda body: body.pop("total"), "field total is missing"),
        (lambda body: body.update(total=433.6), "snapshot.total: expected text, got float"),
        (lambda body: body.update(total="much"), "snapshot.total: 'much' is no Decimal"),
        (lambda body: body.update(issued_on="5.10.2026"), "snapshot.issued_on: '5.10.2026' is no date"),
        (lambda body: body.update(lines={}), "snapshot.lines: expected a list, got dict"),
        (
            lambda body: body["lines"][1].update(position="2"),
            "snapshot.lines[1].position: expected int, got str",
        ),
        (lambda body: body["lines"][1].update(position=True), "expected int, got bool"),
        (lambda body: body.update(debtor="Ana"), "snapshot.debtor: expected an object, got str"),
        (lambda body: body.update(kind="poem"), "snapshot.kind: 'poem' is no Kind"),
    ],
)
def test_damaged_json_is_refused_and_the_place_is_named(change: Callable[[dict], object], told: str) -> None:
    body = json.loads(samples.invoice().to_json())
    change(body)
    with pytest.raises(UnableToRead) as refusal:
        InvoiceSnapshot.from_json(json.dumps(body))
    assert told in str(refusal.value)


def test_what_is_no_json_is_refused() -> None:
    for text in ("", "[1]", "{"):
        with pytest.raises(UnableToRead):
            InvoiceSnapshot.from_json(text)


def test_the_samples_add_up() -> None:
    for snapshot in (samples.invoice(), samples.credit_note()):
        assert check(snapshot) is None


def _line(index: int, **changes: object) -> Change:
    def change(snapshot: InvoiceSnapshot) -> InvoiceSnapshot:
        lines = list(snapshot.lines)
        lines[index] = dataclasses.replace(lines[index], **changes)  # type: ignore[arg-type]
        return dataclasses.replace(snapshot, lines=tuple(lines))

    return change


def _with(**changes: object) -> Change:
    return lambda snapshot: dataclasses.replace(snapshot, **changes)  # type: ignore[arg-type]


CENT = Decimal("0.01")


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (_with(number=" "), "number"),
        (_with(language="rm"), "language"),
        (_with(currency="USD"), "currency"),
        (_with(period=Period(date(2026, 7, 1), date(2026, 7, 1))), "period"),
        (_with(due_on=date(2026, 10, 4)), "due_on"),
        (_with(line_rounding="page"), "line_rounding"),
        (_with(sender=Letterhead(samples.SENDER, accent="red")), "sender.accent"),
        (_with(sender=Letterhead(samples.SENDER, accent="#ff00ff;}*{x:y")), "sender.accent"),
        (_line(2, position=7), "lines[2].position"),
        (_line(2, amount=Decimal("69.67")), "lines[2].amount"),
        (_line(2, section="Gas"), "lines[2].section"),
        (_line(5, vat_rate=Decimal("3.8")), "vat_groups"),
        (_line(2, period=Period(date(2026, 7, 2), date(2026, 7, 1))), "lines[2].period"),
        (lambda s: dataclasses.replace(s, net=s.net + CENT), "net"),
        (lambda s: dataclasses.replace(s, total=s.total + CENT), "total"),
        (
            lambda s: dataclasses.replace(s, rounding=s.rounding - CENT, total=s.total - CENT),
            "total modulo 0.05",
        ),
        (
            lambda s: dataclasses.replace(s, rounding=s.rounding + 5 * CENT, total=s.total + 5 * CENT),
            "rounding",
        ),
        (lambda s: dataclasses.replace(s, subtotals=s.subtotals * 2), "subtotals"),
        (lambda s: dataclasses.replace(s, vat_groups=s.vat_groups * 2), "vat_groups"),
        (
            lambda s: dataclasses.replace(
                s,
                vat_groups=(
                    dataclasses.replace(s.vat_groups[0], vat=s.vat_groups[0].vat + CENT),
                    *s.vat_groups[1:],
                ),
            ),
            "vat_groups[0].vat",
        ),
        (lambda s: dataclasses.replace(samples.credit_note(), refers_to=""), "refers_to"),
        (lambda s: dataclasses.replace(samples.credit_note(), payment=s.payment), "payment"),
        (lambda s: dataclasses.replace(s, lines=s.lines * 200), "lines"),
    ],
)
def test_figures_that_contradict_each_other_are_refused(change: Change, place: str) -> None:
    with pytest.raises(InconsistentSnapshot) as refusal:
        check(change(samples.invoice()))
    assert refusal.value.place == place


def test_a_dso_bill_that_rounds_only_its_sections_is_accepted() -> None:
    """Case TAR-01: its lines are unrounded, its sections are not."""
    exact = tuple(
        dataclasses.replace(line, amount=line.quantity * line.unit_price) for line in samples.lines()[:2]
    )
    net = Decimal("530.12")
    snapshot = samples.summed(samples.lines()[:2])
    group = VatGroup(Decimal("8.1"), net, Decimal("42.94"))
    snapshot = dataclasses.replace(
        snapshot,
        lines=exact,
        line_rounding="section",
        subtotals=(dataclasses.replace(snapshot.subtotals[0], net=net),),
        net=net,
        vat_groups=(group,),
        rounding=Decimal("-0.01"),
        total=Decimal("573.05"),
    )
    assert check(snapshot) is None
    with pytest.raises(InconsistentSnapshot):
        check(dataclasses.replace(snapshot, line_rounding="line"))
