# SPDX-License-Identifier: Apache-2.0
"""Cases CHH, DEG, DEH: heating costs in Switzerland and Germany."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from billing.allocation import heating
from billing.allocation.degree_days import share_of_days, share_of_months
from billing.casework.inputs import Answers, Inputs, answers, to_count, to_day
from billing.casework.units import Unrounded, UnusableInput, number
from billing.rules.dated import Entry, load
from billing.tariffs.rounding import to_cent, to_places

_SWISS_TABLES = {"ch_heating_only": "heating_only", "ch_with_hot_water": "with_hot_water"}
_REDUCTIONS = {
    "not consumption-based": ("heating", "not_by_consumption_percent"),
    "no remote-readable device": ("heating", "no_remote_device_percent"),
    "6a information missing": ("heating", "no_monthly_information_percent"),
    "CO2 split missing": ("carbon", "no_division_percent"),
}
_WEIGHTS = ("heating_consumption", "heating_base", "hot_water_consumption", "hot_water_base")


def _german() -> Entry:
    return load("de", "heating").entries[-1]


def _table(country: str, rule: str, name: str) -> list[Decimal]:
    return [Decimal(value) for value in load(country, rule).entries[-1].values[name]]


def _months(inputs: Inputs, name: str) -> list[int]:
    return [to_count(month, name) for month in inputs.raw(name)]


@answers("CHH", "months")
def swiss_shares(inputs: Inputs) -> Answers:
    """Share of whole months: of the named table, and of both."""
    months = _months(inputs, "months")
    shares = {
        name: share_of_months(_table("ch", "heating_shares", table), months)
        for name, table in _SWISS_TABLES.items()
    }
    named = str(inputs.raw("table", default="ch_with_hot_water")).lower()
    if named not in shares:
        raise UnusableInput(f"{named!r} is no table of heating shares")
    return {"share": shares[named], **shares}


@answers("CHH", "heating_cost", "base", "total_area_m2", "flat_area_m2", "total", "flat")
def swiss_flat(inputs: Inputs) -> Answers:
    """One flat's base and consumption part."""
    parts = heating.flat_share(
        heating.in_two_parts(inputs.measure("heating_cost"), inputs.measure("base")),
        area=number(inputs.raw("flat_area_m2")),
        total_area=number(inputs.raw("total_area_m2")),
        used=inputs.measure("flat"),
        total_used=inputs.measure("total"),
    )
    base, consumption = to_cent(parts.base), to_cent(parts.consumption)
    return {"base": base, "consumption": consumption, "total": base + consumption}


@answers("CHH", "units_in_building", "normal_share")
def vacant_flat(inputs: Inputs) -> Answers:
    """What the landlord bears of a vacant flat: all, unless unmetered and only kept from freezing."""
    share = to_cent(inputs.measure("normal_share"))
    rows = load("ch", "vacancy").entries[-1].values["fractions"]
    fractions = [
        (
            int(row["units_up_to"]) if "units_up_to" in row else None,
            Fraction(int(row["numerator"]), int(row["denominator"])),
        )
        for row in rows
    ]
    part = heating.vacancy_fraction(to_count(inputs.raw("units_in_building"), "units"), fractions)
    unmetered = inputs.raw("metered", default=False) is False
    exempt = unmetered and inputs.raw("frost_protection_only", default=True) is True
    landlord = to_cent(heating.share_of(share, part, 1)) if exempt else share
    return {"landlord": landlord, "spread_over_other_renters": share - landlord}


@answers("CHH", "costs")
def administration_fee(inputs: Inputs) -> Answers:
    """Administration fee on ancillary costs."""
    usual = load("ch", "ancillary").entries[-1].decimal("administration_percent")
    return {"fee": to_cent(inputs.measure("costs") * inputs.measure("fee", default=Fraction(usual)) / 100)}


@answers("CHH", "move_in")
def drying_reduction(inputs: Inputs) -> Answers:
    """First-year reduction by the month of moving in."""
    table = _table("ch", "ancillary", "drying_percent")
    begins = [str(span).split("..")[0] for span in inputs.raw("move_in")]
    return {"reduction": [table[to_count(begin.split("-")[-2], "move_in") - 1] for begin in begins]}


@answers("DEG", "months_a", "months_b")
def german_shares(inputs: Inputs) -> Answers:
    """Degree-day shares of two sets of months."""
    table = _table("de", "degree_days", "permille")
    return {f"permille_{part}": share_of_months(table, _months(inputs, f"months_{part}")) for part in "ab"}


@answers("DEG", "months")
def german_share(inputs: Inputs) -> Answers:
    """Degree-day share of whole months."""
    return {"permille": share_of_months(_table("de", "degree_days", "permille"), _months(inputs, "months"))}


@answers("DEG", "year", "month", "days")
def german_days(inputs: Inputs) -> Answers:
    """Degree-day share of some days of a month."""
    first = date(to_count(inputs.raw("year"), "year"), to_count(inputs.raw("month"), "month"), 1)
    end = first + timedelta(days=to_count(inputs.raw("days"), "days"))
    return {"permille": Unrounded(share_of_days(_table("de", "degree_days", "permille"), first, end))}


@answers("DEH", "v_m3", "tw_c")
def hot_water_by_volume(inputs: Inputs) -> Answers:
    """Heat for hot water from its volume."""
    rule = _german()
    energy = heating.hot_water_energy(
        number(inputs.raw("v_m3")),
        number(inputs.raw("tw_c")),
        factor=rule.decimal("hot_water_factor"),
        base_celsius=rule.decimal("hot_water_base_celsius"),
    )
    return _hot_water(energy, rule)


@answers("DEH", "area_m2")
def hot_water_by_area(inputs: Inputs) -> Answers:
    """Heat for hot water from the area."""
    rule = _german()
    return _hot_water(Fraction(rule.decimal("hot_water_per_area")) * number(inputs.raw("area_m2")), rule)


def _hot_water(energy: Fraction, rule: Entry) -> dict[str, Any]:
    return {
        "q_kwh": Unrounded(energy),
        "q_gas_hs_kwh": Unrounded(
            heating.corrected(energy, "gas_by_upper_value", rule.decimal("gas_by_upper_value"))
        ),
        "q_heat_delivery_kwh": Unrounded(
            heating.corrected(energy, "commercial_heat_supply", rule.decimal("commercial_heat_supply"))
        ),
        "q_monovalent_heat_pump_kwh": Unrounded(
            heating.corrected(energy, "monovalent_heat_pump", rule.decimal("monovalent_heat_pump"))
        ),
    }


@answers("DEH", "q", "hi")
def fuel(inputs: Inputs) -> Answers:
    """Fuel for an energy, in whatever unit its heating value is per."""
    amount = Unrounded(heating.fuel_for(number(inputs.raw("q")), number(inputs.raw("hi"))))
    return dict.fromkeys(("fuel_l", "fuel_m3", "fuel_kg", "fuel"), amount)


@answers("DEH", "share", "cases")
def reductions(inputs: Inputs) -> Answers:
    """What is left to pay where the renter may cut the bill, one right at a time."""
    share = inputs.measure("share")
    percents = []
    for right in inputs.texts("cases"):
        if right not in _REDUCTIONS:
            raise UnusableInput(f"{right!r} is no right to cut the bill")
        rule, name = _REDUCTIONS[right]
        percents.append(Fraction(load("de", rule).entries[-1].decimal(name)))
    return {"payable": [to_cent(share * (100 - percent) / 100) for percent in percents]}


@answers("DEH", "total_area_m2", "affected_area_m2")
def estimate_or_not(inputs: Inputs) -> Answers:
    """Whether missing consumption may be estimated."""
    total, limit = number(inputs.raw("total_area_m2")), _german().decimal("largest_estimated_area_percent")
    given = inputs.raw("affected_area_m2")
    modes = [
        "estimate" if heating.may_estimate(number(area), total, limit) else "base_key_only"
        for area in (given if isinstance(given, list) else [given])
    ]
    return {"mode": modes if isinstance(given, list) else modes[0]}


@answers("DEH", "period_end")
def deadline(inputs: Inputs) -> Answers:
    """Until when the statement must have reached the renter: months counted from the day after the period."""
    begins = to_day(inputs.raw("period_end")) + timedelta(days=1)
    months = int(load("de", "statement").entries[-1].decimal("months_to_reach_renter"))
    years, month = divmod(begins.month - 1 + months, 12)
    latest = date(begins.year + years, month + 1, begins.day) - timedelta(days=1)
    return {"latest": latest, "back_payment_lost_after": latest}


@answers("DEH", "consumption")
def split_bounds(inputs: Inputs) -> Answers:
    """Whether consumption shares are allowed, by the landlord's choice and by contract."""
    rule = _german()
    bounds = {
        "least": rule.decimal("least_consumption_percent"),
        "most": rule.decimal("most_consumption_percent"),
    }
    given = inputs.measure("consumption")
    return {
        "landlord_choice_ok": [
            heating.consumption_share_allowed(one, **bounds, agreed=False) for one in given
        ],
        "ok_if_contractually_agreed": [
            heating.consumption_share_allowed(one, **bounds, agreed=True) for one in given
        ],
    }


@answers("DEH", "readings")
def allocators(inputs: Inputs) -> Answers:
    """Units of heat cost allocators."""
    units = [
        heating.allocator_units(*(number(row.get(name), name) for name in ("old", "new", "k")))
        for row in inputs.raw("readings")
    ]
    return {"units": units, "total": sum(units, Fraction(0))}


@answers("DEH", "fuel_l_delivered", "fuel", "split", "flat")
def whole_statement(inputs: Inputs) -> Answers:
    """A heating statement whose unit prices are rounded to three places before they are multiplied."""
    delivered = sum((number(part) for part in inputs.raw("fuel_l_delivered")), Fraction(0))
    fuel_cost = sum(inputs.measure("fuel"), Fraction(0)) - inputs.measure("end_stock", default=Fraction(0))
    total = fuel_cost + inputs.measure("ancillary", default=Fraction(0))
    hot_water = inputs.measure("hot_water_cost", default=Fraction(0))
    base_percent = Fraction(number(inputs.raw("split")[1]))
    costs = _four_parts(
        heating.in_two_parts(total - hot_water, base_percent), heating.in_two_parts(hot_water, base_percent)
    )
    prices = _unit_prices(inputs, costs)
    flat = _flat(dict(inputs.raw("flat")), prices)
    return {
        "fuel_l": delivered - number(inputs.raw("end_stock_l", default="0")),
        "fuel": to_cent(fuel_cost),
        "total": to_cent(total),
        "heating": to_cent(total - hot_water),
        **costs,
        "unit_prices_3dp": prices,
        "flat": flat,
        "credit": inputs.measure("prepaid", default=Fraction(0)) - Fraction(flat["total"]),
    }


def _four_parts(rooms: heating.TwoParts, water: heating.TwoParts) -> dict[str, Decimal]:
    amounts = (rooms.consumption, rooms.base, water.consumption, water.base)
    return {name: to_cent(amount) for name, amount in zip(_WEIGHTS, amounts, strict=True)}


def _unit_prices(inputs: Inputs, costs: Mapping[str, Decimal]) -> dict[str, Decimal]:
    totals = ("total_strokes", "total_area_m2", "total_hot_water_m3", "total_area_m2")
    names = ("stroke", "area_heating", "m3", "area_hot_water")
    return {
        name: to_places(heating.share_of(costs[cost], 1, number(inputs.raw(total), total)), 3)
        for name, cost, total in zip(names, _WEIGHTS, totals, strict=True)
    }


def _flat(given: Mapping[str, Any], prices: Mapping[str, Decimal]) -> dict[str, Decimal]:
    weights = ("strokes", "area_m2", "hot_water_m3", "area_m2")
    amounts = {
        cost: to_cent(number(given.get(weight), weight) * Fraction(unit_price))
        for cost, weight, unit_price in zip(_WEIGHTS, weights, prices.values(), strict=True)
    }
    return {**amounts, "total": sum(amounts.values(), Decimal("0.00"))}
