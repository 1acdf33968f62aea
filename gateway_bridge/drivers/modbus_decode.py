# SPDX-License-Identifier: Apache-2.0
"""Register words to exact decimals.

A 64 bit counter does not fit into a float, and a binary32 number stands for the shortest decimal that
rounds to it, not for its binary expansion: all arithmetic here is on integers and `Decimal`.  Sentinels (a
profile names them) and not-a-number are missing values, never numbers.

>>> decode_words([17984, 59054], kind="f32", scale=Decimal(1))
Decimal('12345.67')
>>> decode_words([0x7FFF, 0xFFFF], kind="i32", scale=Decimal("0.01"), invalid=frozenset({0x7FFFFFFF})) is None
True
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from decimal import Context, Decimal

import numpy as np

from gateway_bridge.drivers.errors import UnableToDecode

# Number of words of each type; text and counter_exp have their own lengths.
WORDS = {
    "u16": 1, "i16": 1, "u32": 2, "i32": 2, "u48": 3, "i48": 3, "u64": 4, "i64": 4,
    "f32": 2, "f64": 4, "t5": 2, "t6": 2,
}  # fmt: skip
NUMERIC_TYPES = frozenset(WORDS)
WORD_ORDERS = ("big", "little")

# Enough digits for any 64 bit integer times any scale: nothing is ever rounded here.
_EXACT = Context(prec=120)


def decode_words(
    words: Sequence[int],
    *,
    kind: str,
    scale: Decimal = Decimal(1),
    word_order: str = "big",
    invalid: frozenset[int] = frozenset(),
) -> Decimal | None:
    """
    The number that the words stand for times `scale`, or None for a sentinel or not-a-number.

    `invalid` holds raw bit patterns, compared before sign and scale are applied.

    :raises UnableToDecode: if the type or word order is unknown or the number of words does not fit it.
    """
    bits = joined(words, kind=kind, word_order=word_order)
    if bits in invalid:
        return None
    number = _number(bits, kind=kind, size=16 * len(words))
    return None if number is None else _EXACT.multiply(number, scale)


def joined(words: Sequence[int], *, kind: str, word_order: str) -> int:
    """The raw bit pattern of the words, high word first.

    :raises UnableToDecode: as `decode_words`.
    """
    if kind not in WORDS:
        raise UnableToDecode(f"unknown type {kind!r}")
    if len(words) != WORDS[kind]:
        raise UnableToDecode(f"{kind} needs {WORDS[kind]} words, there are {len(words)}")
    if word_order not in WORD_ORDERS:
        raise UnableToDecode(f"unknown word order {word_order!r}")
    bits = 0
    for word in words if word_order == "big" else reversed(words):
        if not 0 <= word <= 0xFFFF:
            raise UnableToDecode(f"{word} is no 16 bit word")
        bits = bits << 16 | word
    return bits


def decode_text(words: Sequence[int]) -> str:
    """Two characters a word, high byte first; what stands after the last printable one is cut."""
    octets = b"".join(word.to_bytes(2, "big") for word in words)
    return octets.split(b"\0", 1)[0].decode("latin-1").strip()


def decode_counter_exponent(exponent: Sequence[int], counter: Sequence[int]) -> Decimal:
    """
    A counter in units of 10^exponent, as Iskra meters keep it; both must come from one answer.

    :raises UnableToDecode: if either has the wrong number of words.
    """
    power = _signed(joined(exponent, kind="i16", word_order="big"), 16)
    number = _signed(joined(counter, kind="i32", word_order="big"), 32)
    return Decimal(f"{number}E{power}")


def _number(bits: int, *, kind: str, size: int) -> Decimal | None:
    if kind[0] == "u":
        return Decimal(bits)
    if kind[0] == "i":
        return Decimal(_signed(bits, size))
    if kind == "f32":
        single = np.float32(struct.unpack(">f", bits.to_bytes(4, "big"))[0])
        return Decimal(str(single)) if np.isfinite(single) else None
    if kind == "f64":
        double: float = struct.unpack(">d", bits.to_bytes(8, "big"))[0]
        return Decimal(repr(double)) if np.isfinite(double) else None
    # Iskra T5 and T6: eight bits signed exponent, 24 bits magnitude (T6: signed).
    magnitude = bits & 0xFFFFFF
    if kind == "t6":
        magnitude = _signed(magnitude, 24)
    return Decimal(f"{magnitude}E{_signed(bits >> 24, 8)}")


def _signed(bits: int, size: int) -> int:
    return bits - (1 << size) if bits >> (size - 1) else bits
