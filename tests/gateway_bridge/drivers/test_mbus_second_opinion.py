# SPDX-License-Identifier: Apache-2.0
"""pyMeterBus as a second opinion: same numbers up to its float rounding, on every recording it can read.

It is not the product's decoder, for reasons that the last tests show.
"""

import warnings
from decimal import Decimal

import pytest

from gateway_bridge.drivers.errors import UnableToDecode
from gateway_bridge.drivers.mbus import Record, decode_telegram
from tests.gateway_bridge.recordings import frames, telegram

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import meterbus

# It raises for a reserved VIF, the fixed structure and long binary fields.
UNREADABLE = {"example_binary16_lvar"}


def second_opinion(name: str) -> list[object]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return list(meterbus.load(telegram(name)).records)


@pytest.mark.parametrize("name", [name for name in frames() if name not in UNREADABLE])
def test_physical_values_agree(name):
    ours = [item for item in decode_telegram(telegram(name)).items if isinstance(item, Record)]
    theirs = second_opinion(name)
    compared = 0
    for mine, other in zip(ours, theirs, strict=False):
        if not isinstance(mine.value, Decimal) or mine.unit not in (
            "Wh",
            "m^3",
            "W",
            "m^3/h",
            "°C",
            "V",
            "A",
        ):
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = other.parsed_value
        if isinstance(value, int | float | Decimal) and not mine.key.modifiers:
            assert abs(Decimal(value) - mine.value) <= abs(mine.value) * Decimal("1e-9")
            compared += 1
    numbers = [
        r for r in ours if isinstance(r.value, Decimal) and r.unit in ("Wh", "m^3") and not r.key.modifiers
    ]
    assert compared >= min(1, len(numbers))


def test_its_numbers_are_not_exact():
    value = second_opinion("ACW_Itron-BM-plus-m")[1].parsed_value

    assert Decimal(value) != Decimal("54.321")
    assert decode_telegram(telegram("ACW_Itron-BM-plus-m")).records[1].value == Decimal("54.321")


def test_it_gives_a_number_for_invalid_digits_where_we_give_none():
    place = next(
        position
        for position, item in enumerate(frames()["abb_f95"]["records"])
        if item["correction"] and "BCD" in item["correction"]
    )

    assert second_opinion("abb_f95")[place].parsed_value is not None
    assert decode_telegram(telegram("abb_f95")).items[place].value is None


def test_garbage_is_our_own_error():
    with pytest.raises(UnableToDecode):
        decode_telegram(b"\x68\x03\x03\x68\x08\x01\x72\x7b\x16")
