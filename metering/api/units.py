# SPDX-License-Identifier: Apache-2.0
"""Values as clients write them, as the counts of a register; exact or refused."""

import re
from decimal import Decimal
from typing import Any

from metering.models import BaseUnit

UNITS = {
    "Wh": (BaseUnit.WATT_HOUR, 0),
    "kWh": (BaseUnit.WATT_HOUR, 3),
    "MWh": (BaseUnit.WATT_HOUR, 6),
    "ml": (BaseUnit.MILLILITRE, 0),
    "l": (BaseUnit.MILLILITRE, 3),
    "m3": (BaseUnit.MILLILITRE, 6),
}
_DECIMAL = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,9})?")
_LARGEST = 10**15
_HOW = (
    'A value is a whole number of the base unit (Wh, ml), or {"value": "1234.567", "unit": "kWh"} with '
    f"a decimal in quotes and one of {', '.join(UNITS)}."
)

Quantity = tuple[int | Decimal, str]


class UnfitValue(ValueError):
    """A value nobody can take in exactly as it was written."""


def parse_value(given: Any) -> Quantity:
    """
    A number and its unit ("" stands for the register's base unit).

    :raises UnfitValue: if it is neither a whole number nor a decimal text with a unit.
    """
    if type(given) is int:
        if abs(given) > _LARGEST:
            raise UnfitValue(f"A value has at most {len(str(_LARGEST)) - 1} digits.")
        return given, ""
    if not isinstance(given, dict) or set(given) != {"value", "unit"}:
        raise UnfitValue(_HOW)
    written, unit = given["value"], given["unit"]
    if not isinstance(unit, str) or unit not in UNITS:
        raise UnfitValue(_HOW)
    if not isinstance(written, str) or not _DECIMAL.fullmatch(written):
        raise UnfitValue(_HOW)
    return Decimal(written), unit


def in_counts(quantity: Quantity, base: str, resolution: int) -> int:
    """
    The whole number of `10^resolution` base units.

    :raises UnfitValue: if the unit measures something else, or the value lies between two counts.
    """
    value, unit = quantity
    of, power = UNITS[unit] if unit else (base, 0)
    if of != base:
        raise UnfitValue(f"The register counts {base}: {unit} measures something else.")
    exact = Decimal(value).scaleb(power - resolution)
    counts = int(exact)
    if exact != counts:
        raise UnfitValue(f"The register counts in steps of {10**resolution} {base}; this lies between two.")
    return counts
