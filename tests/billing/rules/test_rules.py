# SPDX-License-Identifier: Apache-2.0
"""Every rule file is dated and sourced; the entry of a day is the one in force on it."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import billing.rules
from billing.rules.dated import NoRuleInForce, UnreadableRule, load, parse
from billing.rules.holidays import CANTONS, easter, holidays
from billing.rules.vat import split_supply, vat_rate

FILES = sorted(Path(billing.rules.__file__).parent.glob("*/*.yaml"))
days = st.dates(date(1999, 1, 1), date(2030, 1, 1))


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_rule_file_is_dated_and_sourced(path: Path) -> None:
    rule = load(path.parent.name, path.stem)

    assert all(entry.source and entry.article for entry in rule.entries)


@pytest.mark.parametrize(
    ("country", "day", "category", "rate"),
    [
        ("ch", date(2023, 12, 31), "standard", "7.7"),
        ("ch", date(2024, 1, 1), "standard", "8.1"),
        ("ch", date(2024, 1, 1), "reduced", "2.6"),
        ("ch", date(2017, 12, 31), "lodging", "3.8"),
        ("de", date(2020, 8, 1), "standard", "16"),
        ("de", date(2021, 1, 1), "standard", "19"),
    ],
)
def test_the_rate_of_a_day(country: str, day: date, category: str, rate: str) -> None:
    assert vat_rate(country, day, category) == Decimal(rate)


@pytest.mark.parametrize(
    "ask",
    [
        lambda: vat_rate("ch", date(1994, 12, 31)),
        lambda: vat_rate("ch", date(2024, 1, 1), "luxury"),
        lambda: vat_rate("xx", date(2024, 1, 1)),
        lambda: holidays("ch", "XX", 2026),
    ],
)
def test_what_no_rule_says_is_refused(ask) -> None:
    with pytest.raises(NoRuleInForce):
        ask()


GOOD = {"valid_from": date(2020, 1, 1), "source": "s", "article": "a", "rate": "1"}


@pytest.mark.parametrize(
    "rows",
    [
        [],
        "text",
        [{**GOOD, "source": ""}],
        [{**GOOD, "valid_from": "soon"}],
        [{**GOOD, "rate": 8.1}],
        [GOOD, GOOD],
        ["text"],
    ],
)
def test_a_rule_file_out_of_form_is_refused(rows) -> None:
    with pytest.raises(UnreadableRule):
        parse("test", rows)


@given(days, st.integers(1, 4000), st.decimals(0, 100_000, places=2))
def test_a_supply_cut_at_a_change_of_rate_loses_neither_a_day_nor_a_cent(start, length, net) -> None:
    parts = split_supply("ch", start, start + timedelta(days=length), net)

    assert sum(part.net for part in parts) == net
    assert parts[0].start == start and parts[-1].end == start + timedelta(days=length)
    assert all(one.end == other.start for one, other in pairwise(parts))
    assert all(part.rate_percent == vat_rate("ch", part.end - timedelta(days=1)) for part in parts)


def test_an_empty_supply_is_refused() -> None:
    with pytest.raises(ValueError, match="at least a day"):
        split_supply("ch", date(2024, 1, 1), date(2024, 1, 1), Decimal(1))


@pytest.mark.parametrize(
    ("year", "day"),
    [
        (2024, date(2024, 3, 31)),
        (2025, date(2025, 4, 20)),
        (2038, date(2038, 4, 25)),
        (2285, date(2285, 3, 22)),
    ],
)
def test_easter(year: int, day: date) -> None:
    assert easter(year) == day


@pytest.mark.parametrize(
    ("canton", "day", "name"),
    [
        ("ZH", date(2026, 8, 1), "National Day"),
        ("TI", date(2026, 3, 19), "Saint Joseph"),
        ("GE", date(2026, 9, 10), "Fast of Geneva"),
        ("VD", date(2026, 9, 21), "Monday of the Fast"),
        ("GL", date(2027, 4, 1), "Näfels"),
        ("GL", date(2026, 4, 9), "Näfels"),
        ("BE", date(2026, 5, 14), "Ascension"),
    ],
)
def test_holidays_of_a_canton(canton: str, day: date, name: str) -> None:
    assert holidays("ch", canton, day.year)[day] == name


@pytest.mark.parametrize("canton", sorted(CANTONS))
def test_the_four_days_of_the_whole_country_are_everywhere(canton: str) -> None:
    names = set(holidays("ch", canton, 2026).values())

    assert {"New Year", "Ascension", "National Day", "Christmas"} <= names
