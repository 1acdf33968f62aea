# SPDX-License-Identifier: Apache-2.0
"""Lines of `mbus-frames.jsonl` and `mbus-malformed.jsonl`: telegrams with what must come out, or must not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from gateway_bridge.decode.verdict import Difference, Item, Verdict, judged
from gateway_bridge.drivers.errors import UnableToDecode
from gateway_bridge.drivers.mbus import (
    Function,
    ManufacturerData,
    Record,
    Telegram,
    decode_telegram,
    octets_of,
)

_REFUSED = ("reject", "reject-or-partial")
_FUNCTIONS = {
    Function.INSTANTANEOUS: ("Instantaneous value", "Actual value", "Stored value"),
    Function.MAXIMUM: ("Maximum value",),
    Function.MINIMUM: ("Minimum value",),
    Function.ERROR: ("Value during error state",),
}
# The fixed structure has shorter names for the same media.
_SHORT_MEDIA = {
    "Heat": "Heat: Outlet",
    "Hot water": "Warm water (30-90°C)",
    "H.C.A.": "Heat Cost Allocator",
}
# What the reference decoder calls the same code (its tables have gaps and doubles).
_ALSO_CALLED = {
    "Actuality Duration": ("Averaging Duration",),
    "Duration of tariff": ("Storage interval",),
    "Medium": ("Device type",),
    "Model / Version": ("Device type",),
    "Reserved": ("Unknown",),
}


def check_telegram(item: Item, name: str) -> Verdict:
    """One line: refused as it must be, or header and listed records exactly as expected."""
    expect = item.get("expect")
    try:
        telegram = decode_telegram(octets_of(item["hex"]))
    except UnableToDecode as refusal:
        if expect in _REFUSED:
            return Verdict("ok", name)
        return Verdict("FAIL", name, f"expected a telegram got {type(refusal).__name__}: {refusal}")
    if expect == "reject":
        return Verdict("FAIL", name, f"expected a refusal got {len(telegram.items)} records")
    return judged(name, _differences(item, telegram))


def _differences(item: Item, telegram: Telegram) -> Iterator[Difference]:
    if "structure" in item and item["structure"] != telegram.structure:
        yield Difference("structure", item["structure"], telegram.structure)
    seen = _header(telegram)
    for key, expected in item.get("header", {}).items():
        if key in seen and expected is not None and not _same_header(key, expected, seen[key]):
            yield Difference(f"header {key}", expected, seen[key])
    for position, record in enumerate(item.get("records", ())):
        index = record.get("i", position)
        if not 0 <= index < len(telegram.items):
            yield Difference(f"record {index}", "a record", f"{len(telegram.items)} records")
            continue
        yield from _record_differences(index, record, telegram.items[index])


def _header(telegram: Telegram) -> dict[str, str | None]:
    header = telegram.header
    return {
        "id": header.identification,
        "manufacturer": header.manufacturer,
        "version": None if header.version is None else str(header.version),
        "medium": header.medium_name,
        "access": None if header.access is None else str(header.access),
        "status": None if header.status is None else f"{header.status:02X}",
        "signature": None if header.signature is None else f"{header.signature:04X}",
    }


def _same_header(key: str, expected: Any, seen: str | None) -> bool:
    text = str(expected)
    if key == "medium":
        short = text.removesuffix(" mode 2")
        return seen in (text, short, _SHORT_MEDIA.get(short))
    return text.upper() == seen


def _record_differences(index: int, expected: Item, item: Record | ManufacturerData) -> Iterator[Difference]:
    for key, got in _described(item).items():
        if key in expected and not _same_field(key, expected[key], got):
            yield Difference(
                f"record {index} {key}", expected[key], got if isinstance(got, str) else repr(got)
            )
    got_value = item.raw.hex(" ").upper() if isinstance(item, ManufacturerData) else item.value
    if "exact_value" in expected and not same_value(expected["exact_value"], got_value):
        yield Difference(f"record {index} value", expected["exact_value"], got_value)


def _described(item: Record | ManufacturerData) -> dict[str, Any]:
    if isinstance(item, ManufacturerData):
        function = "More records follow" if item.more_follow else "Manufacturer specific"
        return {"function": (function,), "quantity": "", "unit": ""}
    return {
        "function": _FUNCTIONS[item.key.function],
        "storage": item.key.storage,
        "tariff": item.key.tariff,
        "subunit": item.key.subunit,
        "quantity": item.quantity,
        "unit": item.unit,
        "vife_modifiers": list(item.key.modifiers),
    }


def _same_field(key: str, expected: Any, got: Any) -> bool:
    if key == "function":
        return bool(expected in got)
    if key == "vife_modifiers":
        return bool([str(code).lower() for code in expected or []] == got)
    if expected != got and key in ("quantity", "unit"):
        return str(expected).startswith(_ALSO_CALLED.get(got, "\0"))
    return bool(expected == got)


def same_value(expected: Any, got: Decimal | str | date | datetime | time | None) -> bool:
    """Numbers as numbers, dates as ISO text, null as missing."""
    if expected is None or got is None:
        return expected is None and got is None
    text = str(expected)
    if isinstance(got, Decimal):
        try:
            return Decimal(text) == got
        except InvalidOperation:
            return False
    if isinstance(got, str):
        return text.strip() == got.strip()
    return text.removesuffix("Z") == got.isoformat()
