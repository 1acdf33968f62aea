# SPDX-License-Identifier: Apache-2.0
"""Read a rule file and find the entry that is in force on a day.

A file is a YAML list of entries, each with `valid_from`, `source`, `article` and its values as texts,
so that no binary fraction ever touches them.  An entry holds until the next one begins.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

_ROOT = Path(__file__).parent
_REQUIRED = ("valid_from", "source", "article")


class NoRuleInForce(LookupError):
    """The country has no such rule, or none yet on that day."""


class UnreadableRule(ValueError):
    """A rule file breaks the form every rule file has."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One version of a rule with its values as they stand in the file."""

    valid_from: date
    source: str
    article: str
    values: Mapping[str, Any]

    def decimal(self, name: str) -> Decimal:
        """
        A value as an exact number.

        :raises NoRuleInForce: if this version of the rule does not have it.
        """
        if name not in self.values:
            raise NoRuleInForce(f"{self.article}, from {self.valid_from}, says nothing about {name!r}.")
        return Decimal(str(self.values[name]))


@dataclass(frozen=True, slots=True)
class DatedRule:
    """All versions of a rule, oldest first."""

    name: str
    entries: tuple[Entry, ...]

    def on(self, day: date) -> Entry:
        """
        The version in force on a day.

        :raises NoRuleInForce: before the first version.
        """
        in_force = [entry for entry in self.entries if entry.valid_from <= day]
        if not in_force:
            raise NoRuleInForce(f"{self.name}: nothing is in force on {day}.")
        return in_force[-1]

    def parts(self, start: date, end: date) -> list[tuple[date, date, Entry]]:
        """
        The half-open period [start, end) cut where the rule changes.

        :raises NoRuleInForce: if the period begins before the first version.
        """
        changes = [entry.valid_from for entry in self.entries if start < entry.valid_from < end]
        return [(begin, stop, self.on(begin)) for begin, stop in pairwise([start, *changes, end])]


@cache
def load(country: str, name: str) -> DatedRule:
    """
    The rule `name` of a country (`"ch"`, `"de"`).

    :raises NoRuleInForce: if there is no such file.
    :raises UnreadableRule: if an entry lacks its date, source or article, or the order is wrong.
    """
    path = _ROOT / country.lower() / f"{name}.yaml"
    if not path.is_file():
        raise NoRuleInForce(f"There is no rule {name!r} for the country {country!r}.")
    return parse(f"{country.lower()}/{name}", yaml.safe_load(path.read_text(encoding="utf-8")))


def parse(name: str, rows: Any) -> DatedRule:
    """Build a rule from the rows of its file, checking their form."""
    if not isinstance(rows, Sequence) or isinstance(rows, str) or not rows:
        raise UnreadableRule(f"{name}: a rule file is a list of entries.")
    entries = tuple(_entry(name, row) for row in rows)
    if any(later.valid_from <= earlier.valid_from for earlier, later in pairwise(entries)):
        raise UnreadableRule(f"{name}: entries must be in order of time.")
    return DatedRule(name, entries)


def _entry(name: str, row: Any) -> Entry:
    missing = [key for key in _REQUIRED if not isinstance(row, Mapping) or not row.get(key)]
    if missing:
        raise UnreadableRule(f"{name}: an entry lacks {', '.join(missing)}.")
    if not isinstance(row["valid_from"], date):
        raise UnreadableRule(f"{name}: {row['valid_from']!r} is no date.")
    values = {key: value for key, value in row.items() if key not in _REQUIRED}
    for key, value in values.items():
        if isinstance(value, float):
            raise UnreadableRule(f"{name}: {key} must be written as text, {value!r} is a binary fraction.")
    return Entry(row["valid_from"], row["source"], row["article"], values)


def decimals(values: Mapping[str, Any]) -> dict[str, Decimal]:
    """
    Every value of a mapping as an exact number.

    :raises UnreadableRule: if one is no number.
    """
    try:
        return {key: Decimal(str(value)) for key, value in values.items()}
    except InvalidOperation as error:
        raise UnreadableRule(f"Not a number among {values!r}.") from error
