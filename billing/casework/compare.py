# SPDX-License-Identifier: Apache-2.0
"""Hold answers against what a case expects: numbers as numbers, instants as instants, texts as texts."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import yaml

from billing.casework.inputs import Answers, to_day, to_moment
from billing.casework.units import (
    OneOf,
    Stated,
    Unrounded,
    UnusableInput,
    number,
    places,
    split_unit,
    unscaled,
)
from billing.tariffs.rounding import to_places

# A figure the product keeps unrounded is compared at the places the case is written with, but never coarser.
_COARSEST = 2
_WORDS: dict[str, str] = yaml.safe_load(Path(__file__).with_name("words.yaml").read_text(encoding="utf-8"))


def differences(expected: Mapping[str, Any], given: Answers) -> dict[str, tuple[Any, Any]]:
    """The answers that are wrong: name to (expected, got)."""
    wrong: dict[str, tuple[Any, Any]] = {}
    for name, wanted in expected.items():
        found, answer = find(name, given)
        if found and not same(wanted, answer):
            wrong[str(name)] = (wanted, shown(answer))
    return wrong


def unanswered(expected: Mapping[str, Any], given: Answers) -> list[str]:
    """Names a case asks for and nobody answers yet."""
    return [str(name) for name in expected if not find(name, given)[0]]


def find(name: str, given: Answers) -> tuple[bool, Any]:
    """An answer by its name, or by its name without unit, then in that unit."""
    housed = "_".join(_WORDS.get(word, word) for word in str(name).split("_"))
    if housed in given:
        return True, given[housed]
    stem, unit = split_unit(housed)
    return (True, unscaled(given[stem], unit)) if stem in given else (False, None)


def same(wanted: Any, answer: Any) -> bool:
    """Whether an answer is what the case wants."""
    if wanted is None or answer is None or isinstance(wanted, bool) or isinstance(answer, bool):
        return wanted is answer
    if isinstance(answer, OneOf):
        return any(same(wanted, word) for word in answer)
    if isinstance(answer, Mapping):
        return isinstance(wanted, Mapping) and _same_mapping(wanted, answer)
    if isinstance(answer, Sequence) and not isinstance(answer, str):
        if not isinstance(wanted, Sequence) or isinstance(wanted, str) or len(wanted) != len(answer):
            return False
        return all(same(one, other) for one, other in zip(wanted, answer, strict=True))
    if isinstance(wanted, Mapping | list):
        return False
    try:
        return _same_single(wanted, answer)
    except UnusableInput:
        return False


def _same_mapping(wanted: Mapping[str, Any], answer: Mapping[Any, Any]) -> bool:
    got = {_key(key): value for key, value in answer.items()}
    names = {_key(key) for key in wanted}
    # Who is left out of the expectation must have nothing: a buyer's list names no sellers.
    surplus = [value for key, value in got.items() if key not in names]
    return all(_key(key) in got and same(value, got[_key(key)]) for key, value in wanted.items()) and not any(
        surplus
    )


def _key(key: Any) -> Any:
    """Keys that are numbers (VAT rates) match however they are written."""
    try:
        return number(key)
    except UnusableInput:
        return str(key)


def _same_single(wanted: Any, answer: Any) -> bool:
    if isinstance(answer, Unrounded):
        coarsest = 0 if isinstance(answer, Stated) else _COARSEST
        exact, stated = number(wanted), max(places(wanted), coarsest)
        return exact == answer or exact == Fraction(to_places(Fraction(answer), stated))
    if isinstance(answer, int | Decimal | Fraction):
        return number(wanted) == Fraction(answer)
    if isinstance(answer, datetime):
        return to_moment(wanted) == answer
    if isinstance(answer, date):
        return to_day(wanted) == answer
    return _plain(wanted) == _plain(answer)


def _plain(text: Any) -> str:
    return re.sub(r"[\s_-]+", " ", str(text)).strip().casefold()


def shown(answer: Any) -> Any:
    """An answer as it is printed in a FAIL line."""
    if isinstance(answer, OneOf):
        return answer[0]
    if isinstance(answer, Mapping):
        return {str(key): shown(value) for key, value in answer.items()}
    if isinstance(answer, list | tuple):
        return [shown(value) for value in answer]
    if isinstance(answer, Fraction):
        exact = Decimal(answer.numerator) / Decimal(answer.denominator)
        return format(exact.normalize(), "f")
    if isinstance(answer, Decimal):
        return format(answer, "f")
    if isinstance(answer, datetime):
        return answer.isoformat().replace("+00:00", "Z")
    return answer if answer is None or isinstance(answer, bool) else str(answer)
