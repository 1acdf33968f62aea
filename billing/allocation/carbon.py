# SPDX-License-Identifier: Apache-2.0
"""Who pays the carbon price of heating: the stages of the CO2KostAufG.

The specific emission is rounded to one decimal *before* it is put into a stage (11.95 is 12.0).
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from billing.tariffs.rounding import to_places

Number = Decimal | Fraction | int
Stages = Sequence[tuple[Decimal, Decimal]]


def specific_emission(kg: Number, area_m2: Number) -> Decimal:
    """
    Emission in kg per m2 of living area, rounded to one decimal.

    :raises ZeroDivisionError: if there is no area.
    """
    return to_places(Fraction(kg) / Fraction(area_m2), 1)


def thresholds(stages: Stages, months: int = 12) -> list[Fraction]:
    """Where the stages begin for a period of so many months (§ 5 (1) Satz 4), the first at zero."""
    return [Fraction(begin) * months / 12 for begin, _ in stages]


def landlord_percent(specific: Number, stages: Stages, months: int = 12) -> Decimal:
    """
    The landlord's share for a specific emission in a period of so many months.

    >>> landlord_percent(Decimal("12.0"), [(Decimal(0), Decimal(0)), (Decimal(12), Decimal(10))])
    Decimal('10')
    """
    reached = [
        percent
        for begin, (_, percent) in zip(thresholds(stages, months), stages, strict=True)
        if begin <= Fraction(specific)
    ]
    return reached[-1]
