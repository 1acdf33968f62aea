# SPDX-License-Identifier: Apache-2.0
"""Carry a change of readings into slots and events: load around it, derive twice, write the difference."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from metering import binary
from metering.models import MeterEventKind
from metering.series.calendar import SLOT_SECONDS, SLOTS_PER_DAY, local_day_bounds, to_utc_seconds
from metering.series.chain import Device
from metering.series.derive import Change, Derived, Service, compare, derive
from metering.series.vectors import MISSING, Quality
from metering.services.batches import Incident, leave_events
from metering.services.history import NEAR, History, StoredReading, load_around
from metering.services.locking import RegisterFacts
from metering.services.write_days import Days, Outcome, write_days

Spans = Mapping[int, tuple[int, int]]
Counts = Callable[[StoredReading], bool]

_REACH, _WIDER = NEAR, 8
# A border is formed by readings at most two slots away, and a slot by two borders: a change at an instant
# reaches slots that begin up to three slots earlier, and those need readings up to five slots earlier.
_BACK, _AHEAD = 5 * SLOT_SECONDS, 3 * SLOT_SECONDS
_COUNTING = ("rollover", "reset", "dip", "jump")
_SET_ASIDE = ("dip", "jump")
_EVENTS = """
    SELECT register_id, extract(epoch FROM at)::bigint, kind FROM metering_meterevent
    WHERE register_id = ANY(%s) AND kind = ANY(%s) AND withdrawn_at IS NULL
"""
_WITHDRAW = """
    UPDATE metering_meterevent e SET withdrawn_at = %s FROM unnest(%s, %s, %s::text[]) AS w(r, a, k)
    WHERE e.register_id = w.r AND e.at = w.a AND e.kind = w.k AND e.withdrawn_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class _Redone:
    """One register's change: slots to write, events that are new, events that no longer hold."""

    register_id: int
    change: Change
    appeared: tuple[tuple[int, str, int], ...]
    vanished: tuple[tuple[int, str], ...]


def derive_slots(
    *, spans: Spans, before: Counts, after: Counts, facts: Mapping[int, RegisterFacts], now: datetime
) -> Outcome:
    """
    Bring slots and events from what the readings `before` say to what those `after` say.

    `spans` names for each register the first and last instant (seconds since 1970) at which the two
    differ; `before` and `after` choose among the stored readings.  The registers are locked.
    """
    events = _stored_events(spans)
    redone = list(_redo_all(spans, before, after, facts, events, now))
    leave_events(
        (
            Incident(one.register_id, kind, _instant(second), {"index": index})
            for one in redone
            for second, kind, index in one.appeared
        ),
        now,
    )
    _withdraw([(one.register_id, second, kind) for one in redone for second, kind in one.vanished], now)
    return write_days(
        days=_days_of(redone), zones={register_id: fact.zone for register_id, fact in facts.items()}, now=now
    )


def _redo_all(
    spans: Spans,
    before: Counts,
    after: Counts,
    facts: Mapping[int, RegisterFacts],
    events: Mapping[int, frozenset[tuple[int, str]]],
    now: datetime,
) -> Iterator[_Redone]:
    open_spans, reach = dict(spans), _REACH
    while open_spans:
        for register_id, history in load_around(open_spans, reach, now).items():
            span = open_spans[register_id]
            found = _redo(facts[register_id], history, span, before, after, events[register_id])
            if found is not None:
                del open_spans[register_id]
                yield found
        reach *= _WIDER


def _redo(
    fact: RegisterFacts,
    history: History,
    span: tuple[int, int],
    before: Counts,
    after: Counts,
    events: frozenset[tuple[int, str]],
) -> _Redone | None:
    """None where the readings at hand do not reach far enough."""
    old_seconds, old_indexes = history.effective(before)
    new_seconds, new_indexes = history.effective(after)
    aside = {second for second, kind in events if kind in _SET_ASIDE}
    anchor = _anchor(old_seconds, span[0], aside, history.from_begin)
    if anchor is None:
        return None
    device, service = _device(fact), _service(fact)
    old, new = (
        derive(
            seconds=seconds[seconds >= anchor],
            indexes=indexes[seconds >= anchor],
            device=device,
            service=service,
        )
        for seconds, indexes in ((old_seconds, old_indexes), (new_seconds, new_indexes))
    )
    sync = _sync(old, new, new_seconds, span[1], history.to_end)
    if sync is None:
        return None
    index_at = dict(zip(new_seconds.tolist(), new_indexes.tolist(), strict=True))
    known = {(second, kind) for second, kind in events if anchor < second <= sync}
    found = {(second, str(kind)) for second, kind in new.events if second <= sync}
    return _Redone(
        fact.id,
        compare(old, new),
        tuple((second, kind, index_at[second]) for second, kind in sorted(found - known)),
        tuple(sorted(known - found)),
    )


def _anchor(seconds: NDArray[np.int64], low: int, aside: set[int], from_begin: bool) -> int | None:
    """A reading that counts and from which every slot that may change can be formed; or the begin of all."""
    last = seconds[seconds < low][:-1]
    for second in reversed(last[last <= low - _BACK].tolist()):
        if second not in aside:
            return int(second)
    # Before the first reading of all there is nothing; any instant before it will do.
    return -(2**62) if from_begin else None


def _sync(old: Derived, new: Derived, seconds: NDArray[np.int64], high: int, to_end: bool) -> int | None:
    """The first reading behind the change that counts either way, with what follows it at hand."""
    both = np.intersect1d(old.accepted, new.accepted)
    known = both if to_end else both[both <= seconds.max(initial=0) - _AHEAD]
    behind = known[known > high]
    if len(behind):
        return int(behind[0])
    return 2**62 if to_end else None


def _device(fact: RegisterFacts) -> Device:
    return Device(maximum=fact.maximum, most_per_hour=fact.most_per_hour)


def _service(fact: RegisterFacts) -> Service:
    opened, closed = fact.opened_at, fact.closed_at
    return Service(
        opened=to_utc_seconds(opened) if opened else None,
        day_of_opening=_midnight(opened, fact, 0) if opened else None,
        closed=to_utc_seconds(closed) if closed else None,
        day_after_closing=_midnight(closed, fact, 1) if closed else None,
    )


def _midnight(instant: datetime, fact: RegisterFacts, end: int) -> int:
    bounds = local_day_bounds(instant.astimezone(fact.zone).date(), fact.zone)
    # A device that goes at midnight leaves nothing of the day that begins there.
    at_midnight = end == 1 and bounds[0] == instant
    return to_utc_seconds(bounds[0] if at_midnight else bounds[end])


def _stored_events(spans: Spans) -> dict[int, frozenset[tuple[int, str]]]:
    found: dict[int, set[tuple[int, str]]] = {register_id: set() for register_id in spans}
    for register_id, second, kind in binary.execute(_EVENTS, [list(spans), list(_COUNTING)]):
        found[register_id].add((second, kind))
    return {register_id: frozenset(events) for register_id, events in found.items()}


def _withdraw(events: list[tuple[int, int, str]], now: datetime) -> None:
    if not events:
        return
    ids, seconds, kinds = zip(*events, strict=True)
    binary.execute(
        _WITHDRAW,
        [now, binary.int4(np.array(ids)), binary.timestamps(np.array(seconds, np.int64)), list(kinds)],
    )


def _days_of(redone: list[_Redone]) -> Days:
    """The changed slots of all registers, laid out as days."""
    changes = [one for one in redone if len(one.change.slots)]
    ids = np.concatenate([np.full(len(c.change.slots), c.register_id) for c in changes] or [np.empty(0, int)])
    slots = np.concatenate([c.change.slots for c in changes] or [np.empty(0, np.int64)])
    numbers = slots // SLOTS_PER_DAY
    keys, row = np.unique(np.stack((ids, numbers), axis=1), axis=0, return_inverse=True)
    shape = (len(keys), SLOTS_PER_DAY)
    vectors, retract = np.full(shape, MISSING, np.int32), np.full(shape, MISSING, np.int32)
    quality = np.full(shape, Quality.MISSING, np.uint8)
    place = (row.reshape(-1), slots % SLOTS_PER_DAY)
    if changes:
        vectors[place] = np.concatenate([c.change.values for c in changes])
        quality[place] = np.concatenate([c.change.quality for c in changes])
        retract[place] = np.concatenate([c.change.retract for c in changes])
    marked = (quality != Quality.MEASURED) & (vectors != MISSING)
    return Days(
        register_ids=keys[:, 0].astype(np.int64),
        days=keys[:, 1].astype("datetime64[D]"),
        vectors=vectors,
        quality=quality if marked.any() else None,
        retract=retract if (retract != MISSING).any() else None,
    )


def _instant(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)


assert MeterEventKind.ROLLOVER in _COUNTING
