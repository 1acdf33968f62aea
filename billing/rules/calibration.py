# SPDX-License-Identifier: Apache-2.0
"""Until when a meter may be used for billing."""

from datetime import date

from billing.rules.dated import NoRuleInForce, load


def calibration_years(country: str, kind: str, day: date) -> int | None:
    """
    Years between verifications of a kind of meter; None where there is no limit.

    >>> calibration_years("de", "cold or hot water", date(2022, 1, 1))
    6

    :raises NoRuleInForce: if the country does not know the kind.
    """
    years = load(country, "calibration").on(day).values["years"]
    if kind not in years:
        raise NoRuleInForce(f"{country}: no calibration period for {kind!r}.")
    return None if years[kind] is None else int(years[kind])


def valid_until(country: str, kind: str, marked: date) -> date | None:
    """
    Last day of use of a meter marked on a day: in Germany the end of the last year, in Switzerland the
    same day (whether it runs to the end of the year there was not found).
    """
    years = calibration_years(country, kind, max(marked, load(country, "calibration").entries[0].valid_from))
    if years is None:
        return None
    if country == "de":
        return date(marked.year + years, 12, 31)
    return date(marked.year + years, marked.month, min(marked.day, 28) if marked.month == 2 else marked.day)
