# SPDX-License-Identifier: Apache-2.0
"""Days, weeks, months and years as pages walk through them: half-open, in the site's days."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

By = Literal["day", "week", "month", "year"]
STEPS: tuple[By, ...] = ("day", "week", "month", "year")


@dataclass(frozen=True, slots=True)
class Span:
    """The days [start, end); `by` says what it is one of."""

    by: By
    start: date
    end: date

    @property
    def lower(self) -> date:
        """`lower` and `upper` let a span be written like every other period."""
        return self.start

    @property
    def upper(self) -> date:
        return self.end

    @property
    def days(self) -> int:
        return (self.end - self.start).days

    def before(self) -> "Span":
        """The span that ends where this one begins."""
        return span_of(self.by, self.start - timedelta(days=1))

    def after(self) -> "Span":
        return span_of(self.by, self.end)

    def year_before(self) -> "Span":
        """
        The same span a year ago; a week goes back 52 weeks, so that Mondays meet Mondays.

        >>> span_of("month", date(2026, 2, 3)).year_before().start
        datetime.date(2025, 2, 1)
        """
        if self.by in {"day", "week"}:
            return span_of(self.by, self.start - timedelta(weeks=52))
        return span_of(self.by, self.start.replace(year=self.start.year - 1))

    def so_far(self, until: date) -> "Span":
        """The days of the span before `until`; all of it when it is over."""
        return Span(self.by, self.start, max(min(self.end, until), self.start))

    def like(self, asked: "Span", known: "Span") -> "Span":
        """
        The part of this span to compare `known` with, what is known of `asked`: all of it once that is
        over, else as many first days.
        """
        return self if known.end == asked.end else self.first_days(known.days)

    def first_days(self, count: int) -> "Span":
        """As many of its first days as another span has behind it: like is compared with like."""
        return Span(self.by, self.start, min(self.end, self.start + timedelta(days=count)))


def span_of(by: By, day: date) -> Span:
    """
    The day, week (from Monday), month or year that a day lies in.

    >>> span_of("week", date(2026, 11, 22))
    Span(by='week', start=datetime.date(2026, 11, 16), end=datetime.date(2026, 11, 23))
    """
    if by == "day":
        return Span(by, day, day + timedelta(days=1))
    if by == "week":
        monday = day - timedelta(days=day.weekday())
        return Span(by, monday, monday + timedelta(days=7))
    if by == "month":
        first = day.replace(day=1)
        return Span(by, first, (first + timedelta(days=31)).replace(day=1))
    first = day.replace(month=1, day=1)
    return Span(by, first, first.replace(year=first.year + 1))


def span_asked(by: str, day: str, today: date, default: By = "month") -> Span:
    """What an address asks for (`?by=week&day=2026-11-16`); anything unreadable means now."""
    step = next((known for known in STEPS if known == by), default)
    try:
        chosen = date.fromisoformat(day)
    except ValueError:
        chosen = today
    if not 2000 <= chosen.year <= today.year + 1:
        chosen = today
    return span_of(step, chosen)
