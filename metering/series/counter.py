# SPDX-License-Identifier: Apache-2.0
"""What the step from one index of a register to the next one means.

A counter never falls.  When it does, it rolled over, was reset or exchanged, or
the reading is wrong; and a rise beyond what the connection can carry is wrong as
well.  A doubtful step has no difference at all: nothing negative and nothing
invented is ever billed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["delta", "rollover", "reset", "dip", "jump"]

# A roll-over is believed only from the last tenth of the range into the first one.
_NEAR_TOP_NUMERATOR, _NEAR_BOTTOM_NUMERATOR, _RANGE_DENOMINATOR = 9, 1, 10


@dataclass(frozen=True, slots=True)
class Step:
    """Kind of a step and the energy it carries (in the register's unit); None where it carries none."""

    kind: Kind
    delta: int | None


def classify(
    previous: int, new: int, *, maximum: int | None, step: int, plausible_maximum: int | None
) -> Step:
    """
    Say what happened between two indexes of the same register.

    `maximum` is the highest index the register can show and `step` its smallest count, so that it
    shows `maximum` and then 0; None where the digits are unknown (then nothing is a roll-over).
    `plausible_maximum` is the most it can have counted in the time between; None where unknown.

    >>> classify(999_998, 3, maximum=999_999, step=1, plausible_maximum=5_000)
    Step(kind='rollover', delta=5)
    >>> classify(43_210, 0, maximum=999_999, step=1, plausible_maximum=5_000)
    Step(kind='reset', delta=None)
    """
    if new >= previous:
        rise = new - previous
        if plausible_maximum is not None and rise > plausible_maximum:
            return Step("jump", None)
        return Step("delta", rise)
    if maximum is not None and _near_both_ends(previous, new, maximum):
        rolled = maximum + step - previous + new
        if plausible_maximum is None or rolled <= plausible_maximum:
            return Step("rollover", rolled)
    return Step("reset", None)


def classify_with_lookahead(
    previous: int,
    new: int,
    following: Sequence[int],
    *,
    maximum: int | None,
    step: int,
    plausible_maximum: int | None,
) -> Step:
    """
    Like `classify`, but a fall that the next reading takes back is a dip: a reading to set aside,
    while the counter went on.  `following` holds the next readings, earliest first; it may be empty,
    and `plausible_maximum` then still speaks of a single step.

    >>> classify_with_lookahead(5_000, 0, [5_010], maximum=None, step=1, plausible_maximum=100)
    Step(kind='dip', delta=None)
    """
    found = classify(previous, new, maximum=maximum, step=step, plausible_maximum=plausible_maximum)
    if found.kind != "reset" or not following:
        return found
    # Two steps lie between `previous` and the reading after the dip.
    allowance = None if plausible_maximum is None else 2 * plausible_maximum
    after = classify(previous, following[0], maximum=maximum, step=step, plausible_maximum=allowance)
    return Step("dip", None) if after.kind in ("delta", "rollover") else found


class UnableToJoin(ValueError):
    """The indexes around a meter exchange contradict each other."""


def across_exchange(*, previous: int, old_final: int, new_initial: int, new: int) -> tuple[int, int]:
    """
    Energy before and after a meter exchange: what the old device still counted, and what the new one did.

    >>> across_exchange(previous=43_210, old_final=43_300, new_initial=120, new=150)
    (90, 30)

    :raises UnableToJoin: if either device would have counted backwards.
    """
    before, after = old_final - previous, new - new_initial
    if before < 0 or after < 0:
        raise UnableToJoin(f"An index falls across the exchange ({before}, {after}).")
    return before, after


def _near_both_ends(previous: int, new: int, maximum: int) -> bool:
    return (
        previous * _RANGE_DENOMINATOR > maximum * _NEAR_TOP_NUMERATOR
        and new * _RANGE_DENOMINATOR < maximum * _NEAR_BOTTOM_NUMERATOR
    )
