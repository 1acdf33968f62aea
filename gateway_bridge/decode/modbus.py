# SPDX-License-Identifier: Apache-2.0
"""Items of `modbus-decode.json`: register words with the value they stand for."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from gateway_bridge.decode.mbus import same_value
from gateway_bridge.decode.verdict import Difference, Item, Verdict, judged
from gateway_bridge.drivers.errors import UnableToDecode
from gateway_bridge.drivers.modbus_decode import (
    NUMERIC_TYPES,
    decode_counter_exponent,
    decode_text,
    decode_words,
)


def check_words(item: Item, name: str) -> Verdict:
    """One item; without `expected` (or with null) the value must be missing."""
    kind = item["type"]
    if not isinstance(kind, str):
        raise TypeError(f"type {kind!r} is no word")
    if kind not in (*NUMERIC_TYPES, "str", "counter_exp"):
        return Verdict("not yet", name, f"type {kind!r}")
    expected = item.get("expected")
    try:
        got = _decode(item, kind)
    except UnableToDecode as refusal:
        return Verdict("FAIL", name, f"expected {expected} got {type(refusal).__name__}: {refusal}")
    if same_value(expected, got):
        return Verdict("ok", name)
    return judged(name, [Difference("value", "missing" if expected is None else expected, got)])


def _decode(item: Item, kind: str) -> Decimal | str | None:
    registers = item["registers"]
    if kind == "counter_exp":
        exponent, counter = _exponent_and_counter(registers)
        return decode_counter_exponent(exponent, counter)
    words = _flat(registers)
    if kind == "str":
        return decode_text(words)
    return decode_words(
        words,
        kind=kind,
        scale=Decimal(str(item.get("scale", "1"))),
        word_order=item.get("word_order") or "big",
        invalid=frozenset(_patterns(item.get("invalid"))),
    )


def _flat(registers: Any) -> list[int]:
    """A list of words, or words by address in the order of the addresses."""
    if isinstance(registers, dict):
        return [word for address in sorted(registers, key=_address) for word in registers[address]]
    return list(registers)


def _exponent_and_counter(registers: Any) -> tuple[list[int], list[int]]:
    """The single word is the exponent, wherever it stands."""
    parts = list(registers.values()) if isinstance(registers, dict) else [registers[:1], registers[1:]]
    if len(parts) != 2:
        raise UnableToDecode("a counter with exponent needs two groups of registers")
    exponent, counter = sorted(parts, key=len)
    return exponent, counter


def _patterns(invalid: Any) -> list[int]:
    if invalid is None or isinstance(invalid, bool):
        return []
    patterns = invalid if isinstance(invalid, list) else [invalid]
    return [pattern if isinstance(pattern, int) else int(str(pattern), 0) for pattern in patterns]


def _address(text: str) -> int:
    return int(text, 0)
