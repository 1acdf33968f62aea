# SPDX-License-Identifier: Apache-2.0
"""Cases VEE: substitute values, channel sums, counters that go back."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from billing.allocation.apportion import whole_weights
from billing.casework.inputs import Answers, Inputs, answers, to_count
from billing.casework.units import OneOf, UnusableInput, leaves, number, places, split_unit
from metering.checks import ChannelSum
from metering.series.counter import classify
from metering.series.substitute import NothingToSubstituteBy, substitute
from metering.series.vectors import Quality

_KWH_PLACES = 3
_DIFFERENCE = ("index_difference", "register_difference", "register_delta", "difference", "total", "gap")
_DELTA_NAMES = ("delta", "consumption", "difference", "usage", "energy")
_IMPLAUSIBLE = OneOf(("implausible", "rejected"))
_STATES = {
    "delta": OneOf(("plausible", "ok", "valid", "accepted")),
    "rollover": OneOf(("rollover", "roll-over")),
    "reset": _IMPLAUSIBLE,
    "jump": _IMPLAUSIBLE,
}


@answers("VEE", "before", "after", "missing")
def fill_a_gap(inputs: Inputs) -> Answers:
    """Substitute values between two neighbours, meeting the index difference where one is given."""
    return _fill(inputs, inputs.measure("before"), inputs.measure("after"))


@answers("VEE", "missing", "comparable")
def fill_by_comparable_days(inputs: Inputs) -> Answers:
    """Substitute values in the shape of comparable days."""
    return _fill(inputs, None, None)


@answers("VEE", "shape")
def fill_in_a_shape(inputs: Inputs) -> Answers:
    """A known index difference spread in a given shape."""
    shape = inputs.measure("shape")
    named = {**inputs.case.inputs, "missing": len(shape), "comparable_wh": [whole_weights(shape)]}
    return _fill(Inputs(replace(inputs.case, inputs=named)), None, None)


def _fill(inputs: Inputs, before: Fraction | None, after: Fraction | None) -> Answers:
    scale = 10 ** _fine(inputs)
    slots = to_count(inputs.raw("missing"), "missing", most=10_000)
    given = inputs.measure(*_DIFFERENCE, default=Fraction(-1))
    comparable = [[_whole(part, scale) for part in day] for day in inputs.measure("comparable", default=[])]
    try:
        found = substitute(
            slots=slots,
            before=None if before is None else _whole(before, scale),
            after=None if after is None else _whole(after, scale),
            difference=None if given < 0 else _whole(given, scale),
            comparable=comparable,
        )
    except NothingToSubstituteBy:
        # Too long for a straight line: the rule asks for comparable days, and the case gives none.
        return {"quality": Quality.SUBSTITUTED.name, "method": "comparable days"}
    return {
        "values": [Fraction(value, scale) for value in found.values],
        "total": Fraction(sum(found.values), scale),
        "quality": found.quality.name,
        "method": found.method,
    }


@answers("VEE", "rows")
def compare_channels(inputs: Inputs) -> Answers:
    """Whether total = grid + community within the tolerance; every row is imported either way."""
    rows = inputs.raw("rows")
    tolerance = inputs.raw("tolerance", default="0.001")
    fine = max(_KWH_PLACES, *(places(leaf) for leaf in [tolerance, *leaves(rows)]))
    columns = {
        name: np.array([int(number(row.get(name, 0), name) * 10**fine) for row in rows], dtype=np.int64)
        for name in ("total", "grid", "community")
    }
    check = ChannelSum(tolerance=int(number(tolerance, "tolerance") * 10**fine))
    found = check.find(**columns)
    flagged = {place for finding in found for place in range(finding.first, finding.first + finding.slots)}
    return {
        "warn": [place in flagged for place in range(len(rows))],
        "import": [True for _ in rows],
    }


@answers("VEE", "old", "new")
def judge_a_step(inputs: Inputs) -> Answers:
    """What the step between two indexes is: counting, roll-over, or not plausible."""
    fine = max(places(inputs.raw("old")), places(inputs.raw("new")))
    scale = 10**fine
    digits = inputs.raw("digits")
    maximum = None if digits is None else 10 ** (to_count(digits, "digits", most=18) + fine) - 1
    most = inputs.raw("max_plausible", "plausible_max", "maximum_plausible")
    step = classify(
        _whole(number(inputs.raw("old"), "old"), scale),
        _whole(number(inputs.raw("new"), "new"), scale),
        maximum=maximum,
        step=1,
        plausible_maximum=None if most is None else int(number(most, "max_plausible") * scale),
    )
    delta = None if step.delta is None else Fraction(step.delta, scale)
    answer: dict[str, Any] = {"status": _STATES[step.kind], "event": step.kind, "kind": step.kind}
    # Indexes carry no unit in their names; a difference asked for in kWh is in the register's own unit.
    names = [f"{name}{unit}" for name in _DELTA_NAMES for unit in ("", "_kwh", "_wh", "_m3")]
    return answer | dict.fromkeys(names, delta)


def _fine(inputs: Inputs) -> int:
    """Places behind the Wh that the case's energies are written with."""
    named = [*inputs.case.inputs.items(), *inputs.case.expected.items()]
    written = [(split_unit(str(name))[1], leaf) for name, value in named for leaf in leaves(value)]
    return max([0, *(places(leaf) - (_KWH_PLACES if unit == "kwh" else 0) for unit, leaf in written)])


def _whole(energy: Fraction, scale: int) -> int:
    exact = energy * scale
    if exact.denominator != 1:
        raise UnusableInput(f"{energy} is no whole number of units")
    return int(exact)
