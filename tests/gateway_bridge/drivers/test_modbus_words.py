# SPDX-License-Identifier: Apache-2.0
"""Register words to exact decimals: one test for each trap of the trade."""

import json
import struct
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway_bridge.decode.modbus import check_words
from gateway_bridge.drivers.errors import UnableToDecode
from gateway_bridge.drivers.measure import base_unit, to_base
from gateway_bridge.drivers.modbus_decode import (
    decode_counter_exponent,
    decode_text,
    decode_words,
)
from tests.gateway_bridge.recordings import DEVICES

CASES = json.loads((DEVICES / "modbus-decode.json").read_text(encoding="utf-8"), parse_float=str)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_every_listed_vector_is_exact(case):
    assert str(check_words(case, case["name"])) == f"ok {case['name']}"


@pytest.mark.parametrize(
    ("words", "kind", "order", "expected"),
    [
        ([0xFFFF], "u16", "big", 65535),
        ([0xFFFF], "i16", "big", -1),
        ([0x0001, 0x0002], "u32", "big", 65538),
        ([0x0002, 0x0001], "u32", "little", 65538),
        ([0xFFFF, 0xFFFE], "i32", "big", -2),
        ([0, 1, 0], "u48", "big", 65536),
        ([0xFFFF] * 3, "i48", "big", -1),
        ([0xFFFF] * 4, "u64", "big", (1 << 64) - 1),
        ([1, 0, 0, 0x8000], "i64", "little", 1 - (1 << 63)),
        ([0x3FB9, 0x9999, 0x9999, 0x999A], "f64", "big", "0.1"),
        ([0xFD03, 0x8301], "t5", "big", "230.145"),
        ([0xFEFF, 0xFFFF], "t6", "big", "-0.01"),
    ],
)
def test_every_type_and_word_order(words, kind, order, expected):
    assert decode_words(words, kind=kind, word_order=order) == Decimal(expected)


def test_wrong_word_order_is_a_wrong_number_and_a_profile_must_say_it():
    assert decode_words([33229, 1], kind="i32", word_order="little", scale=Decimal("0.1")) == Decimal(
        "9876.5"
    )
    assert decode_words([33229, 1], kind="i32", word_order="big", scale=Decimal("0.1")) != Decimal("9876.5")


@pytest.mark.parametrize("words", [[0x7FC0, 0], [0xFFFF, 0xFFFF], [0x7F80, 0], [0xFF80, 0]])
def test_not_a_number_and_infinity_are_missing(words):
    assert decode_words(words, kind="f32") is None


def test_a_sentinel_is_missing_only_if_the_profile_names_it():
    words = [0xFFFF] * 4

    assert decode_words(words, kind="u64", invalid=frozenset({(1 << 64) - 1})) is None
    assert decode_words(words, kind="u64") == (1 << 64) - 1


def test_a_counter_beyond_2_to_the_53_keeps_its_last_digit():
    words = [32, 0, 0, 1]

    assert decode_words(words, kind="i64") == 9007199254740993
    assert int(float(9007199254740993)) == 9007199254740992


def test_a_float_counter_becomes_its_shortest_decimal_not_its_binary_expansion():
    assert decode_words([17984, 59054], kind="f32") == Decimal("12345.67")
    assert Decimal(float(np.float32(12345.67))) == Decimal("12345.669921875")


@given(st.integers(0, 8_191_999))
def test_every_watt_hour_below_8192_kwh_survives_a_float_register(watt_hours):
    octets = struct.pack(">f", watt_hours / 1000)
    words = [int.from_bytes(octets[:2], "big"), int.from_bytes(octets[2:], "big")]

    assert to_base(decode_words(words, kind="f32"), "kWh") == watt_hours


@given(st.integers(0, (1 << 64) - 1))
def test_every_64_bit_counter_is_exact_in_hundredths(number):
    words = [(number >> shift) & 0xFFFF for shift in (48, 32, 16, 0)]

    assert decode_words(words, kind="u64", scale=Decimal("0.01")) * 100 == number


@pytest.mark.parametrize(
    "call",
    [
        lambda: decode_words([1], kind="u32"),
        lambda: decode_words([1, 2, 3], kind="u32"),
        lambda: decode_words([1], kind="bcd"),
        lambda: decode_words([1, 2], kind="u32", word_order="middle"),
        lambda: decode_words([70000], kind="u16"),
        lambda: decode_words([-1], kind="u16"),
        lambda: decode_counter_exponent([1, 2], [3, 4]),
        lambda: to_base(Decimal(1), "furlong"),
    ],
)
def test_what_does_not_fit_is_refused(call):
    with pytest.raises(UnableToDecode):
        call()


def test_text_ends_at_the_first_nul_and_loses_blanks():
    assert decode_text([0x414C, 0x4533, 0x2000, 0x4142]) == "ALE3"


def test_units_become_the_base_unit_of_their_medium():
    assert to_base(Decimal("12345.67"), "kWh") == 12345670
    assert to_base(Decimal("0.123"), "m^3") == 123000
    assert to_base(Decimal(3600), "J") == 1
    assert (base_unit("GJ"), base_unit("m^3"), base_unit("kvarh")) == ("Wh", "ml", "varh")


def test_what_is_no_whole_base_unit_stays_an_exact_decimal():
    assert to_base(Decimal("0.0123"), "kWh") == Decimal("12.3")
    third = to_base(Decimal(1200), "J")
    assert isinstance(third, Decimal)
    assert str(third).startswith("0.33333333333333333333333333333333")
