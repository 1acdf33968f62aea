# SPDX-License-Identifier: Apache-2.0
"""Worked cases run through the product, and a wrong expectation is never called ok."""

import random
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from billing import cases
from billing.casework.files import Case, read
from billing.casework.units import UnusableInput, number

SHARED = read(Path(__file__).parents[1] / "data" / "cases.yaml")
VARIANTS = read(Path(__file__).with_name("variants.yaml"))
# The bank file of INV-14 waits for the payments issue.
ALL = [case for case in [*SHARED, *VARIANTS] if case.id != "INV-14-camt"]


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.id)
def test_a_worked_case_holds(case: Case) -> None:
    assert cases.run(case).line == f"ok {case.id}"


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.id)
def test_a_case_with_any_figure_changed_fails(case: Case) -> None:
    """The known-bad twin of every case: no answer may come from the expectation itself."""
    for path, changed in wrong_expectations(case):
        outcome = cases.run(replace(case, expected=changed))

        assert outcome.state == "FAIL", f"{case.id}: {path} changed, and still {outcome.state}"


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.id)
def test_the_order_of_inputs_does_not_matter(case: Case) -> None:
    shuffled = list(case.inputs.items())
    random.Random(case.id).shuffle(shuffled)

    assert cases.run(replace(case, inputs=dict(shuffled), topic=case.topic)).state == "ok"


def wrong_expectations(case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """The case's expectation with one leaf changed at a time."""
    for name, value in case.expected.items():
        for path, changed in wrong(value, str(name)):
            yield path, {**case.expected, name: changed}


def wrong(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, part in value.items():
            yield from ((deeper, {**value, key: other}) for deeper, other in wrong(part, f"{path}.{key}"))
    elif isinstance(value, list):
        if path != "invalid":
            # What a case calls invalid is a question: a valid one in its place must show, one more need not.
            yield f"{path}: one too many", [*value, value[-1]]
        for place, part in enumerate(value):
            others = wrong(part, f"{path}[{place}]")
            yield from ((deeper, [*value[:place], other, *value[place + 1 :]]) for deeper, other in others)
    else:
        yield path, wrong_leaf(value)


def wrong_leaf(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if value is None:
        return "0"
    try:
        if len(str(value)) < 20:
            # One unit of the last place written.
            places = len(str(value).partition(".")[2])
            return f"{float(number(value) + Fraction(1, 10**places)):.{places}f}"
    except UnusableInput:
        pass
    if str(value).startswith("RF"):
        return "RF18539007547034" if value != "RF18539007547034" else "RF097"
    if "T" in str(value) and str(value)[:2] == "20":
        return "1999-01-01T00:00:00Z"
    return f"{value} not"


def test_a_wrong_case_is_shown_with_both_figures() -> None:
    case = next(case for case in SHARED if case.id == "INV-07-vat-net")

    outcome = cases.run(replace(case, expected={"vat_chf": "55.27", "gross_chf": "737.72"}))

    assert outcome.line == "FAIL INV-07-vat-net expected {'vat_chf': '55.27'} got {'vat_chf': '55.28'}"


def test_what_nobody_answers_yet_is_neither_passed_nor_failed() -> None:
    unknown = Case("ELEC-99", "", {"moon": "1"}, {"tide": "2"})
    half = next(case for case in SHARED if case.id == "ELEC-01-shortfall")

    bank = next(case for case in SHARED if case.id == "INV-14-camt")

    assert cases.run(unknown).line == "not yet ELEC-99"
    assert cases.run(bank).line == "not yet INV-14-camt"
    assert cases.run(replace(half, expected={**half.expected, "colour": "red"})).state == "not yet"


def test_an_input_that_is_no_number_fails_in_words() -> None:
    case = next(case for case in SHARED if case.id == "ELEC-01-shortfall")

    outcome = cases.run(replace(case, inputs={**case.inputs, "production_kwh": "much"}))

    assert outcome.state == "FAIL"
    assert "production is 'much', which is no number to calculate with" in outcome.line


def run_file(tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    path = tmp_path / "some.yaml"
    path.write_text(text, encoding="utf-8")
    code = cases.main([str(path)])
    return code, "".join(capsys.readouterr())


def test_the_last_line_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, output = run_file(
        tmp_path,
        "cases:\n"
        "- {id: TAR-1, inputs: {interval_kwh_max: 1.5}, expected: {kw: 6}}\n"
        "- {id: TAR-2, inputs: {interval_kwh_max: 1.5}, expected: {kw: 7}}\n"
        "- {id: CAL-1, inputs: {colour: x}, expected: {years: 7}}\n",
        capsys,
    )

    assert output.splitlines() == [
        "ok TAR-1",
        "FAIL TAR-2 expected {'kw': '7'} got {'kw': '6'}",
        "not yet CAL-1",
        "1 passed, 1 failed, 1 skipped",
    ]
    assert code == 1


def test_without_a_failure_the_exit_code_is_zero(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, output = run_file(tmp_path, "cases: []", capsys)

    assert (code, output) == (0, "0 passed, 0 failed, 0 skipped\n")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("cases: [", "is not YAML"),
        ("just text", "has no list named 'cases'"),
        ("cases: 3", "has no list named 'cases'"),
        ("cases: [3]", "case number 1 is not a mapping"),
        ("cases: [{inputs: {}, expected: {}}]", "case number 1 has no id"),
        ("cases: [{id: ELEC-1, expected: {}}]", "case ELEC-1 has no mapping named 'inputs'"),
        ("cases: [{id: ELEC-1, inputs: {}, expected: 3}]", "no mapping named 'expected'"),
        ("? [a]: b\n? {x: y}\n", "is not YAML"),
    ],
)
def test_a_malformed_file_is_refused_in_a_sentence(tmp_path, capsys, text: str, sentence: str) -> None:
    code, output = run_file(tmp_path, text, capsys)

    assert code == 1
    assert sentence in output
    assert "Traceback" not in output


def test_a_missing_file_is_refused_in_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cases.main([str(tmp_path / "none.yaml")]) == 1
    assert "cannot be read: No such file" in capsys.readouterr().err
    assert cases.main([]) == 1


@pytest.mark.parametrize(
    "odd", ["x", "-1", "1e400", "", None, True, [], {}, [{}], {"a": "b"}, [["1"]]], ids=repr
)
@pytest.mark.parametrize("case", SHARED, ids=lambda case: case.id)
def test_odd_inputs_end_in_a_line_and_never_in_a_traceback(case: Case, odd: Any) -> None:
    for name in case.inputs:
        outcome = cases.run(replace(case, inputs={**case.inputs, name: odd}))

        assert outcome.line.startswith(("ok ", "FAIL ", "not yet ")), name


@pytest.mark.parametrize("case", SHARED, ids=lambda case: case.id)
def test_a_missing_input_ends_in_a_line_too(case: Case) -> None:
    for name in case.inputs:
        fewer = {key: value for key, value in case.inputs.items() if key != name}

        assert cases.run(replace(case, inputs=fewer)).line.startswith(("ok ", "FAIL ", "not yet "))
