# SPDX-License-Identifier: Apache-2.0
"""Cases INV: references, accounts, rounding, VAT, sums of a document, interest."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from billing.casework.identifiers import is_valid as is_valid_code
from billing.casework.inputs import Answers, Inputs, answers, exact_decimal, to_count, to_day
from billing.casework.units import UnusableInput, number, split_unit
from billing.identifiers import iban, qrr, scor
from billing.identifiers.creditor import is_valid as is_creditor
from billing.rules.dated import load
from billing.rules.vat import split_supply, vat_rate
from billing.tariffs.interest import days_between, interest, year_days
from billing.tariffs.rounding import FIVE_RAPPEN, to_cent, to_quantum
from billing.tariffs.totals import DocumentTotals, Taxed, document_totals
from billing.tariffs.vat import net_from_gross, vat_of

_DAY = timedelta(days=1)


@answers("INV", "refs")
def reference_validity(inputs: Inputs) -> Answers:
    """QR references and creditor references."""
    table = [to_count(digit, "table") for digit in inputs.raw("table", default=list(qrr.TABLE))]
    kinds = ["SCOR" if ref.upper().startswith("RF") else "QRR" for ref in inputs.texts("refs")]
    valid = [
        scor.is_valid(ref) if kind == "SCOR" else qrr.is_valid(ref, table)
        for ref, kind in zip(inputs.texts("refs"), kinds, strict=True)
    ]
    return {"valid": valid, "kind": kinds, "printed": [qrr.printed(ref) for ref in inputs.texts("refs")]}


@answers("INV", "bodies")
def make_references(inputs: Inputs) -> Answers:
    """Full references from their bodies; of what a case calls invalid, what really is."""
    make = qrr.make if _wants_qrr(inputs) else scor.make
    called_invalid = inputs.case.expected.get("invalid") or []
    refs = [make(body) for body in inputs.texts("bodies")]
    return {
        "refs": refs,
        "check_digit": [ref[2:4] if ref.startswith("RF") else ref[-1] for ref in refs],
        "invalid": [ref for ref in called_invalid if not (scor.is_valid(ref) or qrr.is_valid(ref))],
    }


def _wants_qrr(inputs: Inputs) -> bool:
    return "table" in inputs or ("QR" in inputs.case.topic.upper() and "11649" not in inputs.case.topic)


@answers("INV", "ibans")
def account_kinds(inputs: Inputs) -> Answers:
    """Accounts: valid, QR-IBAN, and the reference that goes with them."""
    accounts = inputs.texts("ibans")
    return {
        "is_qr_iban": [iban.is_qr_iban(account) for account in accounts],
        "valid": [iban.is_valid(account) for account in accounts],
        "iid": [iban.compact(account)[4:9] for account in accounts],
    }


@answers("INV", "iban")
def account_and_reference(inputs: Inputs) -> Answers:
    """Whether an account and a reference may stand on the same QR-bill."""
    return _combination(inputs.case.inputs)


@answers("INV", "combinations")
@answers("INV", "pairs")
def accounts_and_references(inputs: Inputs) -> Answers:
    """The same for a list."""
    found = [_combination(row) for row in inputs.raw("combinations", "pairs")]
    return {name: [one[name] for one in found] for name in (found[0] if found else {})}


def _combination(row: Mapping[str, Any]) -> dict[str, Any]:
    account = str(row.get("iban"))
    given = row.get("reference_type", row.get("ref_type", row.get("type")))
    kind = (
        iban.reference_type(str(row.get("reference") or row.get("ref") or ""))
        if given is None
        else str(given).upper()
    )
    fits = kind in ("QRR", "SCOR", "NON") and iban.goes_with(account, kind)  # type: ignore[arg-type]
    return {**dict.fromkeys(("valid", "ok", "allowed"), fits), "is_qr_iban": iban.is_qr_iban(account)}


@answers("INV", "ids")
def creditor_validity(inputs: Inputs) -> Answers:
    """SEPA creditor identifiers (and other codes by their form)."""
    return {"valid": [is_creditor(code) or is_valid_code(code) for code in inputs.texts("ids")]}


@answers("INV", "amounts")
def rappen(inputs: Inputs) -> Answers:
    """Rounding to the smallest coin, with the line that shows the difference."""
    return _rounded([exact_decimal(amount) for amount in inputs.measure("amounts")], _coin(inputs), many=True)


@answers("INV", "amount")
def rappen_of_one(inputs: Inputs) -> Answers:
    """The same for one amount."""
    return _rounded([inputs.decimal("amount")], _coin(inputs), many=False)


def _coin(inputs: Inputs) -> Decimal:
    if str(inputs.raw("currency", default="CHF")).upper() == "EUR":
        return Decimal("0.01")
    return inputs.decimal("step", "coin", "increment", default=FIVE_RAPPEN)


def _rounded(amounts: list[Decimal], coin: Decimal, *, many: bool) -> Answers:
    rounded = [to_quantum(amount, coin) for amount in amounts]
    lines = [after - before for before, after in zip(amounts, rounded, strict=True)]
    return {"rounded": rounded if many else rounded[0], "rounding_line": lines if many else lines[0]}


@answers("INV", "net")
@answers("INV", "nets")
def tax_on_net(inputs: Inputs) -> Answers:
    """Sums of a document with one rate, several in step with several net amounts, or net sums by rate."""
    nets = inputs.raw("net", "nets")
    if isinstance(nets, Mapping):
        return _sums(inputs, [Taxed(_exact(net), _exact(rate)) for rate, net in nets.items()])
    many = nets if isinstance(nets, list) else [nets]
    rates = _rates(inputs, len(many))
    lines = [Taxed(exact_decimal(number(net, "net")), rate) for net, rate in zip(many, rates, strict=True)]
    return _sums(inputs, lines)


@answers("INV", "lines")
@answers("INV", "positions")
@answers("INV", "items")
def tax_on_lines(inputs: Inputs) -> Answers:
    """Sums of a document from its lines."""
    return _sums(inputs, [_line(row, inputs) for row in inputs.raw("lines", "positions", "items")])


@answers("INV", "gross")
def tax_inside(inputs: Inputs) -> Answers:
    """Net and tax of a price that includes its tax."""
    gross, rate = inputs.decimal("gross"), _rates(inputs, 1)[0]
    net = net_from_gross(gross, rate)
    return {"net": net, "vat": gross - net, "gross": gross}


def _rates(inputs: Inputs, count: int) -> list[Decimal]:
    given = inputs.raw("rate", "vat", "rates", "vat_rate")
    if given is None and (day := inputs.raw("date", "supply_date", "date_of_supply")) is not None:
        given = vat_rate("ch", to_day(day))
    if given is None:
        raise UnusableInput("rate is missing")
    rates = [_exact(rate) for rate in (given if isinstance(given, list) else [given])]
    return rates * count if len(rates) == 1 else rates


def _line(row: Mapping[str, Any], inputs: Inputs) -> Taxed:
    """A line by its net amount, or by quantity and price (the product rounded once to the cent)."""
    named = {
        str(name).removesuffix("_chf").removesuffix("_eur").removesuffix("_pct"): part
        for name, part in row.items()
    }
    rate = named.get("rate", named.get("vat", named.get("vat_rate")))
    percent = _rates(inputs, 1)[0] if rate is None else _exact(rate)
    for name in ("net", "amount", "total"):
        if name in named:
            return Taxed(_exact(named[name]), percent)
    if "quantity" not in named or "price" not in named:
        raise UnusableInput("a line has neither a net amount nor quantity and price")
    return Taxed(to_cent(number(named["quantity"], "quantity") * number(named["price"], "price")), percent)


def _sums(inputs: Inputs, lines: list[Taxed]) -> Answers:
    rate = lines[0].rate_percent if lines else Decimal(0)
    totals = document_totals(
        lines,
        allowances=_taxed(inputs, rate, "allowances", "allowance"),
        charges=_taxed(inputs, rate, "charges", "charge"),
        prepaid=_exact(inputs.raw("prepaid", default="0")),
        to_five_rappen=inputs.raw("round_to_5_rappen", "five_rappen", default=False) is True,
    )
    due = totals.due + _exact(inputs.raw("rounding", default="0"))
    return _named(inputs, lines, totals, due)


def _taxed(inputs: Inputs, rate: Decimal, *names: str) -> list[Taxed]:
    given = inputs.raw(*names, default=[])
    rows = given if isinstance(given, list) else [given]
    return [_line(row, inputs) if isinstance(row, Mapping) else Taxed(_exact(row), rate) for row in rows]


def _named(inputs: Inputs, lines: list[Taxed], totals: DocumentTotals, due: Decimal) -> Answers:
    by_rate = {share.rate_percent: share.vat for share in totals.shares}
    wants = [value for name, value in inputs.case.expected.items() if split_unit(str(name))[0] == "vat"]
    # Tax is one sum, or one per rate: by name, or in the order in which the lines bring them.
    vat: Any = totals.vat
    if wants and isinstance(wants[0], Mapping):
        vat = by_rate
    elif wants and isinstance(wants[0], list):
        vat = [by_rate[rate] for rate in dict.fromkeys(line.rate_percent for line in lines)]
    return {
        "vat": vat,
        "vat_by_rate": by_rate,
        "vat_total": totals.vat,
        "net_by_rate": {share.rate_percent: share.net for share in totals.shares},
        **dict.fromkeys(("net", "net_total"), totals.net),
        **dict.fromkeys(("gross", "gross_total", "total"), totals.gross),
        "prepaid": totals.prepaid,
        "rounding": totals.rounding,
        **dict.fromkeys(("due", "payable"), due),
    }


@answers("INV", "supply_parts")
def tax_by_day_of_supply(inputs: Inputs) -> Answers:
    """Each part of a supply at the rate of its days; one that crosses a change is cut by days."""
    parts = [_supply(part, inputs) for part in inputs.raw("supply_parts")]
    return {
        "vat": [vat for vat, _ in parts],
        "rate": [rate for _, rate in parts],
        "vat_total": sum((vat for vat, _ in parts), Decimal("0.00")),
    }


def _supply(part: Mapping[str, Any], inputs: Inputs) -> tuple[Decimal, Any]:
    country = str(inputs.raw("country", default="ch"))
    category = str(part.get("category", inputs.raw("category", default="standard")))
    named = {str(name).removesuffix("_chf").removesuffix("_eur"): value for name, value in part.items()}
    first, last = named.get("from", named.get("to")), named.get("to", named.get("from"))
    if first is None or last is None:
        raise UnusableInput("a part of the supply has no day")
    cut = split_supply(country, to_day(first), to_day(last) + _DAY, _exact(named.get("net")), category)
    rates = [one.rate_percent for one in cut]
    return sum((vat_of(one.net, one.rate_percent) for one in cut), Decimal("0.00")), rates[0] if len(
        rates
    ) == 1 else rates


@answers("INV", "principal")
def default_interest(inputs: Inputs) -> Answers:
    """Simple interest on a late payment; Swiss default rate unless the case names another."""
    count = str(inputs.raw("day_count", "daycount", default="act/365"))
    if count not in ("act/365", "act/360", "30/360"):
        raise UnusableInput(f"{count!r} is no day count")
    days = to_count(inputs.raw("days"), "days") if "days" in inputs else _days(inputs, count)
    rate = _interest_rate(inputs)
    amount = interest(inputs.decimal("principal"), rate, days, year_days(count))  # type: ignore[arg-type]
    return {
        "interest": amount,
        "days": Fraction(days),
        "total": inputs.decimal("principal") + amount,
        "rate": rate,
    }


def _days(inputs: Inputs, count: str) -> int:
    start, end = inputs.raw("due", "from", "start"), inputs.raw("paid", "to", "end")
    if start is None or end is None:
        raise UnusableInput("days is missing")
    return days_between(to_day(start), to_day(end), count)  # type: ignore[arg-type]


def _interest_rate(inputs: Inputs) -> Decimal:
    if "rate" in inputs:
        return inputs.decimal("rate")
    if "base_rate" in inputs:
        german = load("de", "interest").entries[-1]
        business = inputs.raw("business", "b2b", default=False) is True
        points = german.decimal("points_above_base_business" if business else "points_above_base_consumer")
        return inputs.decimal("base_rate") + points
    return load("ch", "interest").entries[-1].decimal("default_percent")


def _exact(value: Any) -> Decimal:
    return exact_decimal(number(value, "amount"))
