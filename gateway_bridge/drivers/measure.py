# SPDX-License-Identifier: Apache-2.0
"""Units on the wire to the one base unit of each medium.

Energy is counted in Wh (heat too), water in millilitres; what is not billed keeps a unit of its own.
Factors are exact rationals: a joule is 1/3600 Wh.
"""

from __future__ import annotations

from decimal import Context, Decimal
from fractions import Fraction

from gateway_bridge.drivers.errors import UnableToDecode

BASE_UNITS: dict[str, tuple[str, Fraction]] = {
    "Wh": ("Wh", Fraction(1)),
    "kWh": ("Wh", Fraction(1000)),
    "MWh": ("Wh", Fraction(1_000_000)),
    "J": ("Wh", Fraction(1, 3600)),
    "kJ": ("Wh", Fraction(1000, 3600)),
    "MJ": ("Wh", Fraction(1_000_000, 3600)),
    "GJ": ("Wh", Fraction(1_000_000_000, 3600)),
    "varh": ("varh", Fraction(1)),
    "kvarh": ("varh", Fraction(1000)),
    "m^3": ("ml", Fraction(1_000_000)),
    "l": ("ml", Fraction(1000)),
    "ml": ("ml", Fraction(1)),
    "W": ("W", Fraction(1)),
    "kW": ("W", Fraction(1000)),
    "J/h": ("W", Fraction(1, 3600)),
    "var": ("var", Fraction(1)),
    "VA": ("VA", Fraction(1)),
    "V": ("V", Fraction(1)),
    "A": ("A", Fraction(1)),
    "Hz": ("Hz", Fraction(1)),
    "m^3/h": ("m^3/h", Fraction(1)),
    "°C": ("°C", Fraction(1)),
    "K": ("K", Fraction(1)),
    "bar": ("bar", Fraction(1)),
    "kg": ("kg", Fraction(1)),
    "s": ("s", Fraction(1)),
    "1": ("1", Fraction(1)),
    "": ("", Fraction(1)),
    "Units for H.C.A.": ("Units for H.C.A.", Fraction(1)),
}

# A quotient by 3600 may not end; forty digits are far below any meter's resolution.
_QUOTIENT = Context(prec=40)


def base_unit(unit: str) -> str:
    """The base unit that values in `unit` are normalised to.

    :raises UnableToDecode: for a unit that is not known.
    """
    return _entry(unit)[0]


def to_base(number: Decimal, unit: str) -> int | Decimal:
    """
    `number` in the base unit: an integer where it is one, else the exact decimal.

    >>> to_base(Decimal("12345.67"), "kWh")
    12345670
    >>> to_base(Decimal("0.0123"), "kWh")
    Decimal('12.3')

    :raises UnableToDecode: for a unit that is not known.
    """
    exact = Fraction(number) * _entry(unit)[1]
    if exact.denominator == 1:
        return exact.numerator
    return _QUOTIENT.divide(Decimal(exact.numerator), Decimal(exact.denominator))


def _entry(unit: str) -> tuple[str, Fraction]:
    try:
        return BASE_UNITS[unit]
    except KeyError:
        raise UnableToDecode(f"unknown unit {unit!r}") from None
