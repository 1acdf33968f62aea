# SPDX-License-Identifier: Apache-2.0
"""Cases TAR: grid bills, power, reactive energy, sharing a bill."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from billing.allocation.apportion import apportion_amount
from billing.casework.inputs import Answers, Inputs, answers, exact_decimal
from billing.casework.units import UnusableInput, leaves, number
from billing.tariffs.components import ALL, Component, Usage, price, section_totals
from billing.tariffs.power import power, power_charge, reactive
from billing.tariffs.rounding import to_cent
from billing.tariffs.vat import vat_of

_WH = 1000


@answers("TAR", "kwh", "energy")
def grid_bill(inputs: Inputs) -> Answers:
    """A grid operator's bill: sections rounded once from unrounded lines, VAT on their sum."""
    kwh = by_slot(inputs.raw("kwh"))
    lines = price(_bill_components(inputs, kwh), _bill_usage(inputs, kwh))
    sections = section_totals(lines)
    net = sum(sections.values(), Decimal("0.00"))
    vat = vat_of(net, inputs.decimal("vat", default=0))
    return {**sections, "net": net, "vat": vat, "gross": net + vat, "total": net + vat}


def _bill_components(inputs: Inputs, kwh: Mapping[str, Fraction]) -> list[Component]:
    components: list[Component] = []
    for section, names in (("energy", ("energy",)), ("grid", ("grid", "sdl")), ("levies", ("levies",))):
        for name in names:
            given = inputs.measure(name, default=0)
            for single in given if isinstance(given, list) else [given]:
                components += _per_slot(section, single, kwh)
    power_price = inputs.decimal("power_price", default=0)
    components.append(Component("power", unit="kW", price=power_price, section="grid"))
    components.append(Component("metering", unit="piece", price=_fixed(inputs), section="grid"))
    return components


def _per_slot(section: str, prices: Any, kwh: Mapping[str, Fraction]) -> list[Component]:
    """One component per tariff slot where prices differ, else one for all energy."""
    if not isinstance(prices, Mapping):
        return [Component(section, unit="kWh", price=exact_decimal(prices), section=section)]
    return [
        Component(section, unit="kWh", slot=slot, price=exact_decimal(prices[slot]), section=section)
        for slot in kwh
    ]


def _bill_usage(inputs: Inputs, kwh: Mapping[str, Fraction]) -> Usage:
    energies = {("electricity", "grid", slot): used * _WH for slot, used in kwh.items()}
    if any(energy.denominator != 1 for energy in energies.values()):
        raise UnusableInput("kwh is no whole number of Wh")
    # Peaks come in W, one per month; power is priced per kW.
    peaks = inputs.measure("power_kw_per_month", "power", "peak", default=[])
    total = power_charge([Fraction(number(peak)) for peak in leaves(peaks)], Decimal(1))
    in_kw = total if "power_kw_per_month" in inputs else total / _WH
    return Usage({key: int(energy) for key, energy in energies.items()}, {"kW": in_kw, "piece": 1})


def _fixed(inputs: Inputs) -> Decimal:
    """Amounts that do not depend on energy."""
    return sum((inputs.decimal(name, default=0) for name in ("metering", "base", "base_fee")), Decimal(0))


def by_slot(given: Any) -> dict[str, Fraction]:
    """kWh per tariff slot; a single figure is for all slots."""
    if isinstance(given, Mapping):
        return {str(slot): number(used, "kwh") for slot, used in given.items()}
    return {ALL: number(given, "kwh")}


@answers("TAR", "interval_kwh_max")
def power_of_an_interval(inputs: Inputs) -> Answers:
    """Mean power of the highest quarter hour."""
    highest = max(number(energy, "interval_kwh_max") for energy in leaves(inputs.raw("interval_kwh_max")))
    return dict.fromkeys(("kw", "power_kw", "peak_kw"), power(highest))


@answers("TAR", "interval")
def power_of_intervals(inputs: Inputs) -> Answers:
    """The same from a list of quarter hours."""
    highest = max(leaves(inputs.measure("interval"))) / _WH
    return dict.fromkeys(("kw", "power_kw", "peak_kw"), power(highest))


@answers("TAR", "free", "price")
def reactive_energy(inputs: Inputs) -> Answers:
    """Reactive energy above its free share."""
    active = _sum_of(inputs, "active")
    result = reactive(
        active=active, reactive=_sum_of(inputs, "reactive"), free_percent=inputs.decimal("free")
    )
    amount = to_cent(result.excess / _WH * inputs.measure("price"))
    return {"free": result.free, "excess": result.excess, "chf": amount, "eur": amount, "amount": amount}


def _sum_of(inputs: Inputs, kind: str) -> Fraction:
    named = [name for name in inputs.names if name == kind or name.startswith(f"{kind}_")]
    if not named:
        raise UnusableInput(f"{kind} is missing")
    return sum((Fraction(leaf) for name in named for leaf in leaves(inputs.measure(name))), Fraction(0))


@answers("TAR", "bill", "grid")
def pass_through(inputs: Inputs) -> Answers:
    """A bill passed on by energy, cents by largest remainder."""
    return _shared(inputs.decimal("bill"), inputs.measure("grid"))


@answers("TAR", "bill", "weights")
def share_by_weights(inputs: Inputs) -> Answers:
    """The same by any weights."""
    return _shared(inputs.decimal("bill"), inputs.measure("weights"))


def _shared(total: Decimal, weights: Mapping[str, Fraction]) -> Answers:
    shares = dict(
        zip(map(str, weights), apportion_amount(total=total, weights=list(weights.values())), strict=True)
    )
    return {**dict.fromkeys(("chf", "eur", "shares"), shares), "total": sum(shares.values(), Decimal(0))}
