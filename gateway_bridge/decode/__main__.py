# SPDX-License-Identifier: Apache-2.0
"""`python -m gateway_bridge.decode KIND FILE`: a line for each item, then the sums; 1 if any failed."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import DecimalException
from pathlib import Path
from typing import Any

from gateway_bridge.decode.counter import check_counter
from gateway_bridge.decode.mbus import check_telegram
from gateway_bridge.decode.modbus import check_words
from gateway_bridge.decode.verdict import Item, Verdict

CHECKS: dict[str, Callable[[Item, str], Verdict]] = {
    "mbus": check_telegram,
    "modbus": check_words,
    "counter": check_counter,
}
USAGE = "usage: make decode KIND=mbus|modbus|counter FILE=path"


def main(arguments: list[str]) -> int:
    if len(arguments) != 2 or arguments[0] not in CHECKS:
        sys.stderr.write(f"{USAGE}\n")
        return 1
    try:
        text = Path(arguments[1]).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as refusal:
        sys.stderr.write(f"{arguments[1]} cannot be read: {refusal}\n")
        return 1
    sums: Counter[str] = Counter()
    for verdict in verdicts(text, CHECKS[arguments[0]]):
        sums[verdict.state] += 1
        sys.stdout.write(f"{verdict}\n")
    if not sums:
        sys.stderr.write(f"{arguments[1]} holds no items\n")
    sys.stdout.write(f"{sums['ok']} passed, {sums['FAIL']} failed, {sums['not yet']} skipped\n")
    return 1 if sums["FAIL"] or not sums else 0


def verdicts(text: str, check: Callable[[Item, str], Verdict]) -> Iterator[Verdict]:
    """One verdict for each item of the text."""
    for place, item in items(text):
        if isinstance(item, Verdict):
            yield item
        elif not isinstance(item, dict):
            yield Verdict("FAIL", place, f"expected an object got {type(item).__name__}")
        else:
            yield _safely(check, item, str(item.get("name", place)))


def items(text: str) -> Iterator[tuple[str, Any]]:
    """
    The items of a JSON list, of a single JSON object, or of one JSON object a line, each with its place.

    A line that is no JSON becomes a FAIL.
    """
    if not text.strip():
        return
    try:
        content = json.loads(text, parse_float=str)
    except (ValueError, RecursionError) as refusal:
        if text.lstrip().startswith("["):
            yield "file", Verdict("FAIL", "file", f"expected JSON got {refusal}")
            return
    else:
        listed = content if isinstance(content, list) else [content]
        yield from ((f"item {position}", item) for position, item in enumerate(listed, start=1))
        return
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            yield f"line {number}", json.loads(line, parse_float=str)
        except (ValueError, RecursionError) as refusal:
            yield f"line {number}", Verdict("FAIL", f"line {number}", f"expected JSON got {refusal}")


def _safely(check: Callable[[Item, str], Verdict], item: Item, name: str) -> Verdict:
    try:
        return check(item, name)
    except KeyError as refusal:
        return Verdict("FAIL", name, f"expected the key {refusal} got an item without it")
    except (TypeError, ValueError, AttributeError, DecimalException) as refusal:
        return Verdict("FAIL", name, f"expected an item of the known shape got {refusal!r}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
