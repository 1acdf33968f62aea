# SPDX-License-Identifier: Apache-2.0
"""`python -m billing.cases FILE`: run worked cases through the product, one line each.

`ok ID`, `FAIL ID expected … got …` or `not yet ID`, then `N passed, N failed, N skipped`.
The exit code is 1 if a case fails or the file cannot be read as cases.
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from billing.casework import (
    carbon,
    communities,
    electricity,
    heating,
    identifiers,
    instants,
    invoices,
    substitutes,
    tariffs,
)
from billing.casework.compare import differences, shown, unanswered
from billing.casework.files import Case, UnreadableCases, read
from billing.casework.inputs import Inputs, answerer_of

# The modules register who answers what when they are imported.
TOPICS = (
    carbon,
    communities,
    electricity,
    heating,
    identifiers,
    instants,
    invoices,
    substitutes,
    tariffs,
)

# What a function says to inputs it cannot use, and what Python says to inputs of another shape.
_REFUSALS = (ValueError, LookupError, TypeError, ArithmeticError, AttributeError, OSError)

State = Literal["ok", "FAIL", "not yet"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a case went, and the line that says so."""

    state: State
    line: str


def run(case: Case) -> Outcome:
    """Run one case.  What nobody answers yet is not failed; a wrong answer is, whatever else is missing."""
    answer = answerer_of(case)
    if answer is None:
        return Outcome("not yet", f"not yet {case.id}")
    try:
        given = answer(Inputs(case))
    except _REFUSALS as refusal:
        return Outcome("FAIL", f"FAIL {case.id} expected {shown(case.expected)} got refused: {refusal}")
    wrong = differences(case.expected, given)
    if wrong:
        expected = {name: shown(wanted) for name, (wanted, _) in wrong.items()}
        got = {name: answered for name, (_, answered) in wrong.items()}
        return Outcome("FAIL", f"FAIL {case.id} expected {expected} got {got}")
    if not case.expected or unanswered(case.expected, given):
        return Outcome("not yet", f"not yet {case.id}")
    return Outcome("ok", f"ok {case.id}")


def summary(outcomes: list[Outcome]) -> str:
    """The closing line."""
    states = [outcome.state for outcome in outcomes]
    return f"{states.count('ok')} passed, {states.count('FAIL')} failed, {states.count('not yet')} skipped"


def main(arguments: list[str]) -> int:
    """Run the file named on the command line; returns the exit code."""
    if len(arguments) != 1:
        print("Name one file of cases: python -m billing.cases FILE", file=sys.stderr)  # noqa: T201
        return 1
    try:
        cases = read(Path(arguments[0]))
    except UnreadableCases as refusal:
        print(refusal, file=sys.stderr)  # noqa: T201
        return 1
    outcomes = []
    for case in cases:
        outcomes.append(run(case))
        print(outcomes[-1].line)  # noqa: T201 (a command's output)
    print(summary(outcomes))  # noqa: T201
    return int(any(outcome.state == "FAIL" for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
