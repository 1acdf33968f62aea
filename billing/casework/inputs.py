# SPDX-License-Identifier: Apache-2.0
"""A case's inputs by name, whatever unit the name ends in, and the list of who answers what."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from billing.casework.files import Case
from billing.casework.units import UnusableInput, number, scaled, split_unit
from billing.tariffs.rounding import to_places

Answers = Mapping[str, Any]
# Places enough for any exact decimal a case could hold; a repeating one is none.
_EXACT_PLACES = 30


class Inputs:
    """The inputs of a case under their names without unit."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self._named: dict[str, tuple[Any, str | None]] = {}
        for name, value in case.inputs.items():
            stem, unit = split_unit(str(name))
            self._named[stem] = (value, unit)

    def __contains__(self, name: str) -> bool:
        return name in self._named and self._named[name][0] is not None

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self._named)

    def raw(self, *names: str, default: Any = None) -> Any:
        """The first of these inputs that is there, as it stands in the file."""
        for name in names:
            if name in self:
                return self._named[name][0]
        return default

    def measure(self, *names: str, default: Any = None) -> Any:
        """
        The first of these inputs that is there, as exact numbers in the inner unit.

        :raises UnusableInput: if none is there and there is no default, or one is no number.
        """
        for name in names:
            if name in self:
                value, unit = self._named[name]
                return scaled(value, unit, name)
        if default is None:
            raise UnusableInput(f"{names[0]} is missing")
        return default

    def decimal(self, *names: str, default: Any = None) -> Decimal:
        """Like `measure` for a single number, as a Decimal."""
        return exact_decimal(self.measure(*names, default=default))

    def texts(self, name: str) -> list[str]:
        """A list of texts; a single one counts as a list of one."""
        value = self.raw(name)
        return [str(part) for part in (value if isinstance(value, list) else [value])]


def exact_decimal(value: Fraction | Decimal | int) -> Decimal:
    """The same number as a Decimal, without trailing zeros."""
    return to_places(value if isinstance(value, Decimal) else Fraction(value), _EXACT_PLACES).normalize()


def to_day(value: Any) -> date:
    """A date of a case; an instant's day counts."""
    text = str(value).strip()
    try:
        return (
            datetime.fromisoformat(text).date() if len(text) > len("2026-01-01") else date.fromisoformat(text)
        )
    except ValueError as error:
        raise UnusableInput(f"{value!r} is no date") from error


def to_moment(value: Any) -> datetime:
    """An instant of a case; without a zone it is UTC."""
    try:
        moment = datetime.fromisoformat(str(value).strip().replace("Z", "+00:00").replace("z", "+00:00"))
    except ValueError as error:
        raise UnusableInput(f"{value!r} is no instant") from error
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def to_count(value: Any, name: str, most: int = 1_000_000) -> int:
    """A whole number of a case, at most `most` in size."""
    exact = number(value, name)
    if exact.denominator != 1 or abs(exact) > most:
        raise UnusableInput(f"{name} is {value!r}, which is no whole number up to {most}")
    return int(exact)


@dataclass(frozen=True, slots=True)
class Answerer:
    """A function that answers the cases of a prefix that have at least these inputs."""

    prefix: str
    needs: frozenset[str]
    answer: Callable[[Inputs], Answers]


_ANSWERERS: list[Answerer] = []


def answers(prefix: str, *needs: str) -> Callable[[Callable[[Inputs], Answers]], Callable[[Inputs], Answers]]:
    """Register a function for cases with this prefix and these inputs (names without unit)."""

    def register(function: Callable[[Inputs], Answers]) -> Callable[[Inputs], Answers]:
        _ANSWERERS.append(Answerer(prefix, frozenset(needs), function))
        return function

    return register


def answerer_of(case: Case) -> Callable[[Inputs], Answers] | None:
    """Who answers a case: of those whose needs are met the one that needs most; None if nobody does."""
    given = Inputs(case)
    able = [
        one for one in _ANSWERERS if one.prefix == case.prefix and all(name in given for name in one.needs)
    ]
    return max(able, key=lambda one: len(one.needs)).answer if able else None
