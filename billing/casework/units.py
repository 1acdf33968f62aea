# SPDX-License-Identifier: Apache-2.0
"""Units at the end of a name (`grid_kwh`, `standard_chf_kwh`, `price_rp`): split off, converted, put back.

Inside, energy is Wh (varh), power W, money francs or euros: whatever the file writes.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

# Factor from the named unit to the inner one.
_FACTORS = {
    "wh": Fraction(1),
    "kwh": Fraction(1000),
    "mwh": Fraction(1_000_000),
    "varh": Fraction(1),
    "kvarh": Fraction(1000),
    "w": Fraction(1),
    "kw": Fraction(1000),
    "rp": Fraction(1, 100),
    "ct": Fraction(1, 100),
    "chf": Fraction(1),
    "eur": Fraction(1),
    "pct": Fraction(1),
    "percent": Fraction(1),
}
# Beyond, a figure is a slip of the pen, and exact arithmetic with it would never end.
_LARGEST_EXPONENT = 30
# Words after a price's unit that only say per what it is: chf_kwh, chf_per_kw, eur_year.
_MONEY = ("rp", "ct", "chf", "eur")
_PER = ("kwh", "kvarh", "kw", "year", "month", "kwh_year")


class Unrounded(Fraction):
    """A figure the product does not round (a price per kWh): compared at the places a case states."""


class Stated(Unrounded):
    """A physical figure (kg, kWh of fuel): compared at the very places a case states, whole numbers too."""


class OneOf(tuple[str, ...]):
    """A text answer with its synonyms: a case may use any of them."""

    __slots__ = ()


class UnusableInput(ValueError):
    """An input is missing or is no number; the sentence names it."""


def split_unit(name: str) -> tuple[str, str | None]:
    """
    Name without its unit, and the unit that counts.

    >>> split_unit("standard_chf_kwh"), split_unit("grid_kwh"), split_unit("kwh")
    (('standard', 'chf'), ('grid', 'kwh'), ('kwh', None))
    """
    words = name.lower().split("_")
    for place, word in enumerate(words):
        rest = [part for part in words[place + 1 :] if part != "per"]
        if place and word in _MONEY and all(part in _PER for part in rest):
            return "_".join(words[:place]), word
    if len(words) > 1 and words[-1] in _FACTORS:
        return "_".join(words[:-1]), words[-1]
    return name.lower(), None


def number(value: Any, name: str = "value") -> Fraction:
    """
    A text as an exact number; what is one already stays.

    :raises UnusableInput: if it is none.
    """
    if isinstance(value, Fraction | Decimal):
        return Fraction(value)
    try:
        if isinstance(value, bool):
            raise InvalidOperation
        parsed = Decimal(str(value).strip().replace("'", "").replace("’", ""))
        if not parsed.is_finite() or abs(parsed.adjusted()) > _LARGEST_EXPONENT:
            raise InvalidOperation
    except InvalidOperation as error:
        raise UnusableInput(f"{name} is {value!r}, which is no number to calculate with") from error
    return Fraction(parsed)


def scaled(value: Any, unit: str | None, name: str = "value") -> Any:
    """`value` (a number, or a mapping or list of them) in the inner unit."""
    factor = _FACTORS.get(unit or "", Fraction(1))
    return each(value, lambda single: number(single, name) * factor)


def unscaled(value: Any, unit: str | None) -> Any:
    """Back from the inner unit to the named one; what is no exact number stays as it is."""
    factor = _FACTORS.get(unit or "", Fraction(1))

    def back(single: Any) -> Any:
        if not isinstance(single, Fraction | Decimal):
            return single
        kind = type(single) if isinstance(single, Unrounded) else Fraction
        return kind(Fraction(single) / factor)

    return each(value, back)


def each(value: Any, change: Callable[[Any], Any]) -> Any:
    """Apply to every leaf of nested mappings and lists."""
    if isinstance(value, Mapping):
        return {key: each(part, change) for key, part in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [each(part, change) for part in value]
    return change(value)


def leaves(value: Any) -> list[Any]:
    """Every leaf of nested mappings and lists."""
    if isinstance(value, Mapping):
        return [leaf for part in value.values() for leaf in leaves(part)]
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [leaf for part in value for leaf in leaves(part)]
    return [value]


def places(value: Any) -> int:
    """
    Decimal places a number is written with; 0 for what is no number.

    >>> places("0.250"), places("17")
    (3, 0)
    """
    try:
        exponent = Decimal(str(value)).as_tuple().exponent
    except InvalidOperation:
        return 0
    return max(-exponent, 0) if isinstance(exponent, int) else 0
