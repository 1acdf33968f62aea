# SPDX-License-Identifier: Apache-2.0
"""Each plausibility rule speaks where it should, and is silent on a clean line."""

import numpy as np
import pytest

from metering import checks
from metering.checks import Finding, Line
from metering.series.vectors import MISSING

CLEAN = np.array([3, 0, 5, 4] * 48, dtype=np.int32)


def line(changes: dict[int, int], most_per_slot: int | None = 100) -> Line:
    values = CLEAN.copy()
    for place, value in changes.items():
        values[place] = value
    return Line(values, most_per_slot)


@pytest.mark.parametrize("check", [*checks.ALL, checks.NeverZero()], ids=lambda check: check.name)
def test_a_clean_line_has_no_findings(check) -> None:
    assert check.find(line({})) == []


@pytest.mark.parametrize(
    ("check", "changes", "expected"),
    [
        (checks.Incomplete(), {7: MISSING, 8: MISSING}, (7, 2, 2)),
        (checks.Negative(), {3: -4}, (3, 1, -4)),
        (checks.AboveConnection(), {9: 101, 10: 400}, (9, 2, 400)),
        (checks.Frozen(), dict.fromkeys(range(20, 120), 9), (20, 100, 9)),
        (checks.NeverZero(), dict.fromkeys(range(192), 1), (0, 192, 192)),
        (checks.VacantUse(allowed=10), {}, (0, 192, 576)),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_a_broken_line_is_found(check, changes, expected) -> None:
    assert check.find(line(changes)) == [Finding(check.name, check.severity, *expected)]


def test_a_vacant_flats_zeros_are_not_frozen() -> None:
    assert checks.Frozen().find(Line(np.zeros(200, dtype=np.int32))) == []


def test_channels_may_differ_by_their_rounding_only() -> None:
    total, grid, community = (np.array(column) for column in ([250, 1000], [150, 500], [101, 100]))

    found = checks.ChannelSum().find(total=total, grid=grid, community=community)

    assert [(finding.first, finding.measure) for finding in found] == [(1, 400)]


def test_slots_must_meet_their_register() -> None:
    check = checks.RegisterAgainstSlots()
    values = np.array([5, 6], dtype=np.int32)

    assert check.find(first_index=100, last_index=111, values=values) == []
    assert check.find(first_index=100, last_index=110, values=values)[0].measure == 1


@pytest.mark.parametrize(
    ("children", "severity"), [(996, None), (990, "warning"), (900, "error"), (1100, "error")]
)
def test_a_tree_that_does_not_meet_is_found_by_degree(children: int, severity: str | None) -> None:
    found = checks.BalanceOfTree().find(parent=1000, children=children, slots=96)

    assert [finding.severity for finding in found] == ([severity] if severity else [])
