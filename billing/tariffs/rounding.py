# SPDX-License-Identifier: Apache-2.0
"""The one door to rounding money.

Everywhere half away from zero ("kaufmännisch"), never Python's half-even: that is
what an invoice's reader does on paper.  An amount is rounded once, at the end of
its line; quantities and unit prices stay unrounded until then.
"""

from decimal import Decimal, localcontext
from fractions import Fraction

CENT = Decimal("0.01")
FIVE_RAPPEN = Decimal("0.05")

# More digits than any amount has.
_DIGITS = 60


def to_quantum(amount: Decimal | Fraction, quantum: Decimal) -> Decimal:
    """
    The multiple of `quantum` nearest to `amount`, halves away from zero.

    >>> to_quantum(Decimal("-12.325"), Decimal("0.05"))
    Decimal('-12.35')
    """
    units = Fraction(amount) / Fraction(quantum)
    halves = abs(units) + Fraction(1, 2)
    whole = halves.numerator // halves.denominator
    with localcontext() as context:
        context.prec = _DIGITS
        # abs() keeps a rounded-away negative from printing as "-0.00".
        return (whole if units > 0 else -whole) * quantum if whole else abs(0 * quantum)


def to_cent(amount: Decimal | Fraction) -> Decimal:
    """
    Round to 0.01, halves away from zero.

    >>> to_cent(Decimal("0.125"))
    Decimal('0.13')
    """
    return to_quantum(amount, CENT)


def to_five_rappen(amount: Decimal | Fraction) -> Decimal:
    """
    Round to the smallest Swiss coin, halves away from zero.

    >>> to_five_rappen(Decimal("12.375"))
    Decimal('12.40')
    """
    return to_quantum(amount, FIVE_RAPPEN)


def rounding_difference(amount: Decimal) -> Decimal:
    """What must be added to `amount` to reach its five-Rappen value: a line of its own on the invoice."""
    return to_five_rappen(amount) - amount


def to_places(amount: Decimal | Fraction, places: int) -> Decimal:
    """Round to so many decimal places, halves away from zero."""
    return to_quantum(amount, Decimal(1).scaleb(-places))


def multiply(*factors: Decimal | int) -> Decimal:
    """
    The exact product, however many digits the factors have.

    >>> multiply(Decimal("1234567890.123456789"), Decimal("1234567890.123456789"))
    Decimal('1524157875323883675.019051998750190521')
    """
    with localcontext() as context:
        context.prec = _DIGITS
        product = Decimal(1)
        for factor in factors:
            product *= factor
        return product
