# SPDX-License-Identifier: Apache-2.0
"""From what the devices showed to one line that only rises.

A place's energy is counted by a chain of devices, each with its own starting index, its own
number of digits and its own accidents.  Here the readings of a register chain become a
cumulative count: roll-overs and exchanges continue it, a dip or a jump is set aside, and a reset
begins a new stretch, over which no difference is formed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metering.series.counter import Kind, classify_with_lookahead

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Device:
    """
    One device's register: `maximum` is the highest index it shows (None where unknown), `step` its
    smallest count, `most_per_hour` what the connection can carry in an hour (None where unknown).
    """

    maximum: int | None = None
    step: int = 1
    most_per_hour: int | None = None

    def plausible_maximum(self, seconds: int) -> int | None:
        """The most this register can count in so many seconds; rounded up, and at least one step."""
        if self.most_per_hour is None:
            return None
        return max(-(-self.most_per_hour * seconds // 3600), self.step)


@dataclass(frozen=True, slots=True, eq=False)
class Stint:
    """
    A device's time in the chain and what was read in it, in order of time.

    `seconds` (UTC since 1970) and `indexes` are int64 [n]; `factor` is a whole number (transformer
    ratio).  The first index of a stint joins the last one of the stint before: both stand for the
    instant of the exchange.
    """

    device: Device
    seconds: Ints
    indexes: Ints
    factor: int = 1


@dataclass(frozen=True, slots=True)
class Event:
    """Something other than plain counting, with the place of its reading in its stint."""

    kind: Kind
    stint: int
    place: int


@dataclass(frozen=True, slots=True, eq=False)
class Count:
    """
    The chain as one rising count: `seconds`, `count` and `stretch`, int64 [n] each.

    Differences are energy as long as both ends lie in the same `stretch`; a reset begins a new one.
    """

    seconds: Ints
    count: Ints
    stretch: Ints
    events: tuple[Event, ...]


def count_up(stints: Sequence[Stint]) -> Count:
    """
    Join the stints of a place into one rising count, in the place's unit (index times factor).

    >>> old = Stint(Device(), np.array([0, 900]), np.array([4321, 4330]))
    >>> new = Stint(Device(), np.array([900, 1800]), np.array([12, 15]))
    >>> count_up([old, new]).count.tolist()
    [0, 9, 12]
    """
    seconds: list[int] = []
    counts: list[int] = []
    stretches: list[int] = []
    events: list[Event] = []
    count = stretch = 0
    for number, stint in enumerate(stints):
        for place, kind, delta in _steps(stint):
            if kind is not None and kind != "delta":
                events.append(Event(kind, number, place))
            if kind in ("dip", "jump"):
                continue
            stretch += kind == "reset"
            count += delta * stint.factor
            at = int(stint.seconds[place])
            if seconds and seconds[-1] == at and kind is None:
                continue
            seconds.append(at)
            counts.append(count)
            stretches.append(stretch)
    return Count(_ints(seconds), _ints(counts), _ints(stretches), tuple(events))


def _ints(column: list[int]) -> Ints:
    return np.array(column, dtype=np.int64)


def _steps(stint: Stint) -> Iterator[tuple[int, Kind | None, int]]:
    """Each reading's place, kind (None for the stint's first) and energy since the last accepted one."""
    seconds, indexes = stint.seconds.tolist(), stint.indexes.tolist()
    if not indexes:
        return
    yield 0, None, 0
    accepted = 0
    for place in range(1, len(indexes)):
        step = classify_with_lookahead(
            indexes[accepted],
            indexes[place],
            indexes[place + 1 : place + 2],
            maximum=stint.device.maximum,
            step=stint.device.step,
            plausible_maximum=stint.device.plausible_maximum(seconds[place] - seconds[accepted]),
        )
        if step.kind not in ("dip", "jump"):
            accepted = place
        yield place, step.kind, step.delta or 0
