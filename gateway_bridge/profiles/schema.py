# SPDX-License-Identifier: Apache-2.0
"""The shape of a profile file, checked while it is read."""

from __future__ import annotations

import re

from gateway_bridge.drivers.mbus import Function
from gateway_bridge.drivers.measure import BASE_UNITS
from gateway_bridge.drivers.modbus_decode import NUMERIC_TYPES, WORD_ORDERS, WORDS
from gateway_bridge.drivers.modbus_pdu import MAX_WORDS
from gateway_bridge.drivers.profile import (
    HeaderCheck,
    IdentityCheck,
    Profile,
    Quantity,
    RecordMatch,
    Registers,
    Sample,
)
from gateway_bridge.profiles.section import Section, parse_yaml

PROTOCOLS = ("modbus", "mbus")
TRANSPORTS = {"modbus": ("modbus-tcp", "modbus-rtu"), "mbus": ("mbus",)}
CONFIDENCES = ("A", "B", "C")
DIRECTIONS = ("import", "export", "total", "net")
POLL_CLASSES = ("billing", "live")
_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
_PROFILE_NAME = re.compile(r"[a-z0-9][a-z0-9-]*\Z")
_OBIS = re.compile(r"\d{1,3}-\d{1,3}:\d{1,3}\.\d{1,3}\.\d{1,3}\Z")
_VIF = re.compile(r"(7C:.+|([0-9A-F]{2}){1,2})\Z")
_WORDS_KEY = re.compile(r"([34]):(0x[0-9A-Fa-f]{1,4}|\d{1,5})\Z")
_MISSING = "missing"


def parse_profile(text: str, *, origin: str) -> Profile:
    """
    A profile from the text of its YAML file; `origin` is the name in messages.

    :raises UnableToLoadProfile: with line and key, if anything is missing, unknown or out of range.
    """
    top = parse_yaml(text, origin=origin)
    name = top.text("profile")
    if not _PROFILE_NAME.match(name):
        top.refuse("profile", "must be made of small letters, digits and hyphens")
    protocol = top.choice("protocol", PROTOCOLS)
    models = top.texts("models")
    if not models:
        top.refuse("models", "must name at least one model")
    transports = top.texts("transports")
    for transport in transports:
        if transport not in TRANSPORTS[protocol]:
            top.refuse("transports", f"{transport!r} is none of {', '.join(TRANSPORTS[protocol])}")
    quantities = _quantities(top, protocol)
    profile = Profile(
        name=name,
        version=top.integer("version", lowest=1, highest=9999),
        manufacturer=top.text("manufacturer"),
        models=models,
        protocol=protocol,
        transports=transports,
        source=top.text("source"),
        confidence=top.choice("confidence", CONFIDENCES),
        quantities=quantities,
        identity=_identity(top, protocol),
        max_registers=top.integer("max_registers", lowest=1, highest=MAX_WORDS, default=MAX_WORDS),
        max_gap=top.integer("max_gap", lowest=0, highest=64, default=16),
        pause_ms=top.integer("pause_ms", lowest=0, highest=5000, default=0),
        notes=top.texts("notes"),
        samples=_samples(top, protocol, {quantity.name for quantity in quantities}),
    )
    top.done()
    return profile


def _quantities(top: Section, protocol: str) -> tuple[Quantity, ...]:
    table = top.section("quantities")
    names = list(table.keys())
    if not names:
        top.refuse("quantities", "must name at least one quantity")
    return tuple(_quantity(name, table, protocol) for name in names)


def _quantity(name: str, table: Section, protocol: str) -> Quantity:
    if not _NAME.match(name):
        table.refuse(name, "must be made of small letters, digits and underscores")
    row = table.section(name)
    unit = row.text("unit")
    if unit not in BASE_UNITS:
        row.refuse("unit", f"{unit!r} is none of {', '.join(key for key in BASE_UNITS if key)}")
    obis = row.optional_text("obis")
    if obis is not None and not _OBIS.match(obis):
        row.refuse("obis", "must look like 1-0:1.8.0")
    direction = row.choice("direction", DIRECTIONS) if "direction" in row else None
    source = _registers(row) if protocol == "modbus" else _record_match(row)
    quantity = Quantity(
        name=name,
        unit=unit,
        source=source,
        obis=obis,
        direction=direction,
        poll=row.choice("poll", POLL_CLASSES, "live"),
        maximum=row.integer("maximum", lowest=1, highest=10**18) if "maximum" in row else None,
    )
    row.done()
    return quantity


def _registers(row: Section, *, allow_text: bool = False) -> Registers:
    kinds = (*sorted(NUMERIC_TYPES), "str") if allow_text else tuple(sorted(NUMERIC_TYPES))
    kind = row.choice("type", kinds)
    words = row.integer("words", lowest=1, highest=MAX_WORDS, default=WORDS.get(kind, 1))
    if kind in WORDS and words != WORDS[kind]:
        row.refuse("words", f"{kind} has {WORDS[kind]} words")
    address = row.integer("address", lowest=0, highest=0xFFFF)
    if address + words > 0x10000:
        row.refuse("address", "the registers end after 0xFFFF")
    scale = row.decimal("scale", "1")
    if scale == 0:
        row.refuse("scale", "must not be 0")
    return Registers(
        fc=row.integer("fc", lowest=3, highest=4),
        address=address,
        kind=kind,
        words=words,
        word_order=row.choice("word_order", WORD_ORDERS, "big"),
        scale=scale,
        invalid=frozenset(row.integers("invalid", lowest=0, highest=(1 << 64) - 1)),
    )


def _record_match(row: Section) -> RecordMatch:
    vifs: set[str] = set()
    for word in row.texts("vif"):
        first, _, last = word.partition("..")
        if not _VIF.match(first) or (
            last and (len(last) != len(first) or not _VIF.match(last) or last < first)
        ):
            row.refuse("vif", f"{word!r} is no code such as 06, FB00 or a range such as 00..07")
        if last:
            width = len(first)
            vifs |= {f"{code:0{width}X}" for code in range(int(first, 16), int(last, 16) + 1)}
        else:
            vifs.add(first)
    if not vifs:
        row.refuse("vif", "is missing")
    return RecordMatch(
        vifs=frozenset(vifs),
        function=Function(row.choice("function", tuple(f.value for f in Function), "instantaneous")),
        storage=row.integer("storage", lowest=0, highest=1 << 40, default=0),
        tariff=row.integer("tariff", lowest=0, highest=1 << 20, default=0),
        subunit=row.integer("subunit", lowest=0, highest=1 << 10, default=0),
        modifiers=row.texts("modifiers"),
    )


def _identity(top: Section, protocol: str) -> IdentityCheck | HeaderCheck | None:
    if "identity" not in top:
        return HeaderCheck() if protocol == "mbus" else None
    row = top.section("identity")
    check: IdentityCheck | HeaderCheck
    if protocol == "mbus":
        check = HeaderCheck(row.texts("manufacturers"), row.integers("media", lowest=0, highest=255))
    else:
        kind = row.choice("kind", ("serial", "model", "range"))
        check = IdentityCheck(
            kind=kind,
            registers=_registers(row, allow_text=True),
            expected=row.texts("expected"),
            lowest=row.decimal("lowest") if kind == "range" else None,
            highest=row.decimal("highest") if kind == "range" else None,
        )
        if kind == "model" and not check.expected:
            row.refuse("expected", "is missing")
    row.done()
    return check


def _samples(top: Section, protocol: str, names: set[str]) -> tuple[Sample, ...]:
    if "samples" not in top:
        return ()
    return tuple(_sample(row, protocol, names) for row in top.sections("samples"))


def _sample(row: Section, protocol: str, names: set[str]) -> Sample:
    words: tuple[tuple[int, int, tuple[int, ...]], ...] = ()
    telegrams: tuple[bytes, ...] = ()
    if protocol == "modbus":
        words = _sample_words(row.section("words"))
    else:
        telegrams = tuple(_octets(row, word) for word in row.texts("telegrams"))
    table = row.section("decoded")
    decoded = []
    for name in table.keys():  # noqa: SIM118 - a Section is not a mapping
        if name not in names:
            table.refuse(name, "is no quantity of this profile")
        value = table.text(name)
        decoded.append((name, None if value == _MISSING else value))
    sample = Sample(row.text("seen"), words, telegrams, tuple(decoded))
    row.done()
    return sample


def _sample_words(table: Section) -> tuple[tuple[int, int, tuple[int, ...]], ...]:
    blocks = []
    for key in table.keys():  # noqa: SIM118 - a Section is not a mapping
        found = _WORDS_KEY.match(key)
        if found is None:
            table.refuse(key, "must be function code and address, such as 4:0x0048")
        address = int(found[2], 0)
        blocks.append((int(found[1]), address, table.integers(key, lowest=0, highest=0xFFFF)))
    return tuple(blocks)


def _octets(row: Section, word: str) -> bytes:
    try:
        return bytes.fromhex(word)
    except ValueError:
        row.refuse("telegrams", "must be hexadecimal bytes")
