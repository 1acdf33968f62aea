# SPDX-License-Identifier: Apache-2.0
"""The second page of a document: what was used when, against others, and what the registers showed."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from billing.documents.codec import build, plain
from billing.documents.parts import Consumption, MonthUse, RegisterReading, Use
from billing.engine.calculate import Calculation, MonthEnergy

# With fewer, an average would tell about single neighbours.
FEWEST_NEIGHBOURS = 3
MONTHS = 12


@dataclass(frozen=True, slots=True)
class Figures:
    """Consumption page and register readings of one document."""

    consumption: Consumption | None = None
    readings: tuple[RegisterReading, ...] = ()

    def to_json(self) -> str:
        return json.dumps(plain(self), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def figures_from_json(text: str) -> Figures:
    """:raises UnableToRead: if the text is damaged."""
    return build(Figures, json.loads(text), "figures")


def uses_by_month(calculation: Calculation) -> dict[int, dict[date, MonthEnergy]]:
    """Energy per occupancy and month; months in which nothing at all was measured are left out."""
    return {
        stake.occupancy_id: {
            month.bucket: month
            for month in calculation.buckets(number)
            if month.slots and month.missing < month.slots
        }
        for number, stake in enumerate(calculation.basis.stakes)
    }


def consumption_page(
    *,
    months: Mapping[date, MonthEnergy],
    this_period: Use,
    start: date,
    end: date,
    house_average: Use | None,
) -> Consumption | None:
    """The last twelve months up to `end` and this period, with the year before where it was measured."""
    last = [month for month in _months_back(end, MONTHS) if month in months]
    if not last:
        return None
    return Consumption(
        months=tuple(
            MonthUse(
                month=month,
                use=_use(months[month]),
                year_before=_use(months[before]) if (before := _year_before(month)) in months else None,
                estimated=months[month].estimated or months[month].missing > 0,
            )
            for month in last
        ),
        this_period=this_period,
        year_before=_period_before(months, start, end),
        house_average=house_average,
    )


def average_use(uses: Sequence[Use]) -> Use | None:
    """Mean of comparable points, in whole Wh; None for too few of them."""
    if len(uses) < FEWEST_NEIGHBOURS:
        return None
    return Use(
        solar=sum(use.solar for use in uses) // len(uses), grid=sum(use.grid for use in uses) // len(uses)
    )


def _period_before(months: Mapping[date, MonthEnergy], start: date, end: date) -> Use | None:
    if start.day != 1 or end.day != 1:
        return None
    wanted = [_year_before(month) for month in _months_between(start, end)]
    if not all(month in months for month in wanted):
        return None
    uses = [_use(months[month]) for month in wanted]
    return Use(solar=sum(use.solar for use in uses), grid=sum(use.grid for use in uses))


def _use(month: MonthEnergy) -> Use:
    return Use(solar=month.solar, grid=month.grid)


def _year_before(month: date) -> date:
    return month.replace(year=month.year - 1)


def _months_back(end: date, count: int) -> list[date]:
    """First days of the `count` months that end before the day `end`, in order of time."""
    last = (end.year * 12 + end.month - 1) - (end.day == 1)
    return [date(number // 12, number % 12 + 1, 1) for number in range(last - count + 1, last + 1)]


def _months_between(start: date, end: date) -> Iterable[date]:
    numbers = range(start.year * 12 + start.month - 1, end.year * 12 + end.month - 1)
    return [date(number // 12, number % 12 + 1, 1) for number in numbers]
