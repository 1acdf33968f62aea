# SPDX-License-Identifier: Apache-2.0
"""Why a line says what it says: computed again from the recorded basis and the recorded revisions."""

from dataclasses import dataclass
from functools import lru_cache

from billing.engine.basis import Basis, basis_from_json
from billing.engine.calculate import Calculation, calculate
from billing.engine.explain import Explanation, MeterUse
from billing.models import Invoice, InvoiceLine
from billing.selectors.measured import read_again
from billing.selectors.readings import BorderReading, border_readings


class UnableToExplain(LookupError):
    """A line without a calculation behind it, or one that no longer comes out the same."""


@dataclass(frozen=True, slots=True)
class MeterStory:
    """One register of a line: what it counted, and its indexes at the borders where they were read."""

    use: MeterUse
    begin: BorderReading | None
    end: BorderReading | None


@dataclass(frozen=True, slots=True)
class LineStory:
    """registers → quarter hours → share → price of one line; `sign` is -1 on a credit note."""

    line: InvoiceLine
    explanation: Explanation
    meters: tuple[MeterStory, ...]
    solar_pool_wh: int
    site_consumption_wh: int
    sign: int


def explain_line(line: InvoiceLine) -> LineStory:
    """
    The story of a line; that it comes to the same cent is asserted.

    A credit note's line is explained by the line it takes back.

    :raises UnableToExplain: if the document was not calculated here.
    """
    invoice: Invoice = line.invoice
    sign = 1
    if invoice.cancels is not None:
        invoice, sign = invoice.cancels, -1
    if invoice.basis is None:
        raise UnableToExplain(f"{invoice} was not calculated.")
    calculation = calculation_of(invoice.basis.content)
    number = calculation.number_of(invoice.occupancy_id)
    priced = calculation.lines(number)[line.position - 1]
    explanation = calculation.explanation(number, priced)
    assert (explanation.line.quantity, explanation.line.unit_price, explanation.line.amount) == (
        sign * line.quantity,
        line.unit_price,
        sign * line.amount,
    ), f"Line {line.pk} does not come out the same again."
    return LineStory(
        line=line,
        explanation=explanation,
        meters=_meters(calculation.basis, explanation),
        solar_pool_wh=explanation.site.pool_wh,
        site_consumption_wh=explanation.site.consumption_wh,
        sign=sign,
    )


def calculation_of(content: str) -> Calculation:
    """The calculation of a stored basis, from the revisions it names."""
    basis = _parsed(content)
    return calculate(basis, read_again(basis))


@lru_cache(maxsize=16)
def _parsed(content: str) -> Basis:
    return basis_from_json(content)


def _meters(basis: Basis, explanation: Explanation) -> tuple[MeterStory, ...]:
    indexes = border_readings(
        (meter.register_id, instant)
        for meter in explanation.meters
        if meter.register_id is not None
        for instant in (meter.start_at, meter.end_at)
    )
    return tuple(
        MeterStory(
            meter,
            indexes.get((meter.register_id, meter.start_at)) if meter.register_id else None,
            indexes.get((meter.register_id, meter.end_at)) if meter.register_id else None,
        )
        for meter in explanation.meters
    )
