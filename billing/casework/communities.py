# SPDX-License-Identifier: Apache-2.0
"""Cases TAR about communities: caps of the solar price, effective cost, grid discount, renters' supply."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from billing.casework.inputs import Answers, Inputs, answers
from billing.casework.tariffs import by_slot
from billing.casework.units import Unrounded, leaves, number
from billing.rules.dated import load
from billing.tariffs import caps
from billing.tariffs.components import ALL
from billing.tariffs.rounding import to_cent


@answers("TAR", "kwh_solar")
def flat_model(inputs: Inputs) -> Answers:
    """Flat model: solar energy at a share of the standard product; fees count against the cap."""
    solar = by_slot(inputs.raw("kwh_solar"))
    standard = _prices(inputs.measure("standard", "standard_product"), solar)
    share = inputs.measure(
        "flat_share", default=Fraction(_latest("ch", "self_consumption", "flat_share_percent"))
    )
    reference = caps.reference_cost(solar, standard)
    cap = to_cent(caps.flat_cap(reference, share))
    answer: dict[str, Any] = {
        "reference": to_cent(reference),
        "cap": cap,
        "solar_price": _single(
            {slot: Unrounded(caps.flat_price(one, share)) for slot, one in standard.items()}
        ),
        "max_price": _single(
            {slot: Unrounded(caps.flat_price(one, share)) for slot, one in standard.items()}
        ),
    }
    return {**answer, **_flat_bill(inputs, solar, standard, share), **_against_cap(inputs, solar, cap)}


def _flat_bill(
    inputs: Inputs, solar: Mapping[str, Fraction], standard: Mapping[str, Fraction], share: Fraction
) -> dict[str, Any]:
    """A participant's bill at the flat price, and what the standard product alone would have cost."""
    grid = _grid_energy(inputs, solar)
    prices = {slot: Unrounded(caps.flat_price(one, share)) for slot, one in standard.items()}
    solar_amount = to_cent(caps.reference_cost(solar, prices))
    if grid is None:
        return {"solar": solar_amount}
    grid_amount = to_cent(
        caps.reference_cost(grid, _prices(inputs.measure("standard", "standard_product"), grid))
    )
    used = {slot: solar.get(slot, Fraction(0)) + grid.get(slot, Fraction(0)) for slot in {**solar, **grid}}
    alone = to_cent(caps.reference_cost(used, _prices(inputs.measure("standard", "standard_product"), used)))
    total = solar_amount + grid_amount
    return {
        "solar": solar_amount,
        "grid": grid_amount,
        "total": total,
        "cost_without_zev": alone,
        "without": alone,
        "saving": alone - total,
    }


def _grid_energy(inputs: Inputs, solar: Mapping[str, Fraction]) -> dict[str, Fraction] | None:
    if "kwh_grid" in inputs:
        return by_slot(inputs.raw("kwh_grid"))
    if "kwh_total" not in inputs:
        return None
    total = by_slot(inputs.raw("kwh_total"))
    return {slot: used - solar.get(slot, Fraction(0)) for slot, used in total.items()}


def _against_cap(inputs: Inputs, solar: Mapping[str, Fraction], cap: Decimal) -> dict[str, Any]:
    """Where the case names an internal price or fees: what is charged inside, and whether the cap holds."""
    fees = [
        name
        for name in inputs.names
        if "fee" in name or name in ("metering", "admin", "metering_admin_billing")
    ]
    asked = ("internal_price", "solar_price", "price", "internal_solar_price")
    if not fees and not any(name in inputs for name in asked):
        return {}
    given = inputs.measure(*asked, default=0)
    energy = to_cent(caps.reference_cost(solar, _prices(given, solar)))
    fee = sum(
        (to_cent(Fraction(one)) for name in fees for one in leaves(inputs.measure(name))), Decimal("0.00")
    )
    charged = energy + fee
    holds = charged <= cap
    return {
        **dict.fromkeys(("internal", "internal_total", "charged", "charged_total"), charged),
        "excess": max(charged - cap, Decimal("0.00")),
        "payable": min(charged, cap),
        "max_solar_price": Unrounded(Fraction(cap - fee) / sum(solar.values()))
        if any(solar.values())
        else None,
        **dict.fromkeys(("ok", "within_cap", "cap_ok", "complies", "allowed"), holds),
        **dict.fromkeys(("violates", "exceeds_cap", "cap_exceeded"), not holds),
    }


def _prices(given: Any, slots: Mapping[str, Any]) -> dict[str, Fraction]:
    return {slot: Fraction(given[slot] if isinstance(given, Mapping) else given) for slot in slots}


def _single(prices: Mapping[str, Any]) -> Any:
    return prices[ALL] if set(prices) == {ALL} else dict(prices)


@answers("TAR", "kwh_solar_internal", "standard")
def effective_model(inputs: Inputs) -> Answers:
    """Effective-cost model: cost plus at most a share of the saving, never above the standard product."""
    costs = [name for name in inputs.names if name not in _NOT_COSTS]
    rule = load("ch", "self_consumption").entries[-1]
    result = caps.effective_cost(
        costs=sum((inputs.measure(name) for name in costs), Fraction(0)),
        feed_in_revenue=inputs.measure("feed_in_revenue", default=Fraction(0)),
        kwh_internal=number(inputs.raw("kwh_solar_internal"), "kwh_solar_internal"),
        standard_price=inputs.measure("standard"),
        saving_share_percent=inputs.measure(
            "saving_share", default=Fraction(rule.decimal("saving_share_percent"))
        ),
        cap_percent=rule.decimal("effective_cost_cap_percent"),
    )
    return {
        "internal_cost": to_cent(result.cost),
        "cost": Unrounded(result.cost_per_kwh),
        "max_price": Unrounded(result.highest_price),
        "max_total": to_cent(result.highest_total),
    }


_NOT_COSTS = ("feed_in_revenue", "kwh_solar_internal", "standard", "saving_share")


@answers("TAR", "kwh_leg", "grid")
def local_community(inputs: Inputs) -> Answers:
    """Local community: discount on the grid fee of the energy exchanged inside."""
    energy = number(inputs.raw("kwh_leg"), "kwh_leg")
    without = to_cent(energy * inputs.measure("grid"))
    charged = to_cent(caps.discounted(energy * inputs.measure("grid"), _discount(inputs)))
    answer = {"grid_without": without, "grid_with": charged, "saving": without - charged}
    if "leg_price" in inputs:
        answer["leg_energy"] = to_cent(energy * inputs.measure("leg_price"))
        answer["total"] = answer["leg_energy"] + charged
    if "kwh_residual" in inputs:
        rest = to_cent(number(inputs.raw("kwh_residual"), "kwh_residual") * inputs.measure("grid"))
        answer |= {"grid_residual": rest, "grid_total": rest + charged}
    return answer


def _discount(inputs: Inputs) -> Fraction:
    if "discount" in inputs:
        return Fraction(inputs.measure("discount"))
    transformed = inputs.raw("transformation", default=False) is True
    name = (
        "discount_with_transformation_percent" if transformed else "discount_without_transformation_percent"
    )
    return Fraction(_latest("ch", "local_community", name))


@answers("TAR", "gv_base", "gv_energy", "kwh")
def renter_supply(inputs: Inputs) -> Answers:
    """Renters' electricity: at most a share of the basic supply tariff."""
    percent = inputs.measure("cap", default=Fraction(_latest("de", "renter_electricity", "cap_percent")))
    cap = to_cent(
        caps.renter_supply_cap(
            base_per_year=inputs.measure("gv_base"),
            energy_price=inputs.measure("gv_energy"),
            kwh=number(inputs.raw("kwh"), "kwh"),
            cap_percent=percent,
            months=inputs.measure("months", default=Fraction(12)),
        )
    )
    if "charged" not in inputs:
        return {"cap": cap}
    charged = to_cent(inputs.measure("charged"))
    return {
        "cap": cap,
        "payable": min(charged, cap),
        "excess": max(charged - cap, Decimal("0.00")),
        "ok": charged <= cap,
    }


def _latest(country: str, name: str, value: str) -> Decimal:
    """A constant as it stands today; a case that means another day names its own."""
    return load(country, name).entries[-1].decimal(value)
