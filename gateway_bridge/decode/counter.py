# SPDX-License-Identifier: Apache-2.0
"""Items of `counter-cases.json`: indexes of a register with the differences that may be billed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from gateway_bridge.decode.verdict import Difference, Item, Verdict, judged
from metering.series.counter import UnableToJoin, across_exchange, classify_with_lookahead

_PLAUSIBLE_KEYS = ("plausible", "plausible_max", "plausible_maximum", "max_delta")
# An operator's words for what the product tells apart more finely.
_EVENTS = {
    "quarantine": {"dip", "jump"},
    "quarantined": {"dip", "jump"},
    "implausible": {"jump"},
    "meter_exchange": {"exchange"},
    "plain": {"delta"},
}


def check_counter(item: Item, name: str) -> Verdict:
    """One item: every difference as expected, null where nothing may be billed."""
    places = _places(item)
    expected = [None if delta is None else _integer(delta, places) for delta in item["deltas"]]
    try:
        got, events = _deltas(item, places)
    except UnableToJoin as refusal:
        return Verdict("FAIL", name, f"expected {item['deltas']} got {refusal}")
    differences = []
    if got != expected:
        differences.append(Difference("deltas", item["deltas"], [_text(delta, places) for delta in got]))
    event = item.get("event")
    if event is not None and not events & _EVENTS.get(event, {event}):
        differences.append(Difference("event", event, ", ".join(sorted(events))))
    return judged(name, differences)


def _deltas(item: Item, places: int) -> tuple[list[int | None], set[str]]:
    readings = [_integer(reading, places) for reading in item["readings"]]
    maximum = None if item.get("max") is None else _integer(item["max"], places)
    plausible = next((item[key] for key in _PLAUSIBLE_KEYS if item.get(key) is not None), None)
    limit = None if plausible is None else _integer(plausible, places)
    previous = _integer(item["last"], places)
    deltas: list[int | None] = []
    events: set[str] = set()
    if item.get("exchange") and readings:
        old_final, new_initial = (
            _integer(item["exchange"][key], places) for key in ("old_final", "new_initial")
        )
        deltas += across_exchange(
            previous=previous, old_final=old_final, new_initial=new_initial, new=readings[0]
        )
        events.add("exchange")
        previous, readings = readings[0], readings[1:]
    for position, reading in enumerate(readings):
        step = classify_with_lookahead(
            previous,
            reading,
            readings[position + 1 :],
            maximum=maximum,
            step=_step(item, places),
            plausible_maximum=limit,
        )
        deltas.append(step.delta)
        events.add(step.kind)
        # A quarantined reading is not the start of the next difference.
        if step.kind not in ("dip", "jump"):
            previous = reading
    return deltas, events


def _step(item: Item, places: int) -> int:
    """The smallest count: told, or the last digit of the maximum."""
    if item.get("step") is not None:
        return _integer(item["step"], places)
    shown = item.get("max") if item.get("max") is not None else item["last"]
    return int(10 ** (places - _decimals(shown)))


def _places(item: Item) -> int:
    """So many decimals are needed to hold every number of the case as an integer."""
    numbers: list[Any] = [item["last"], item.get("max"), item.get("step"), *item["readings"], *item["deltas"]]
    numbers += [item.get(key) for key in _PLAUSIBLE_KEYS]
    numbers += list((item.get("exchange") or {}).values())
    return max(_decimals(number) for number in numbers if number is not None)


def _decimals(number: Any) -> int:
    exponent = Decimal(str(number)).as_tuple().exponent
    if not isinstance(exponent, int):
        raise ValueError(f"{number!r} is no finite number")
    return max(0, -exponent)


def _integer(number: Any, places: int) -> int:
    return int(Decimal(str(number)).scaleb(places))


def _text(delta: int | None, places: int) -> str | None:
    return None if delta is None else f"{Decimal(delta).scaleb(-places):f}"
