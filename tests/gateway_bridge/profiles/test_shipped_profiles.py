# SPDX-License-Identifier: Apache-2.0
"""Every shipped profile says where it comes from and decodes its own samples."""

from decimal import Decimal

import pytest
import yaml

from gateway_bridge.drivers.decode import decode_stored
from gateway_bridge.drivers.modbus_pdu import read_request
from gateway_bridge.drivers.profile import Profile, Quantity, Registers, Sample
from gateway_bridge.drivers.recording import pack_exchanges
from gateway_bridge.profiles import shipped
from tests.gateway_bridge.recordings import DEVICES
from tests.gateway_bridge.wire import NOW

PROFILES = list(shipped().values())
SAMPLES = [(profile, sample) for profile in PROFILES for sample in profile.samples]
CATALOGUE = yaml.safe_load((DEVICES / "modbus-catalogue.yaml").read_text(encoding="utf-8"))["meters"]
# Resettable twins next to the real counters: nobody may bill from these (function code, address).
RESETTABLE = {
    "carlo-gavazzi-em24": (4, 0x42),
    "sbc-ale3": (3, 29),
    "sbc-ald1": (3, 29),
    "eastron-sdm72d-m": (4, 0x184),
}


def stored(sample: Sample) -> bytes:
    """The sample as a visit would have stored it."""
    if sample.telegrams:
        return b"".join(sample.telegrams)
    exchanges = []
    for fc, address, words in sample.words:
        data = b"".join(word.to_bytes(2, "big") for word in words)
        request = read_request(fc=fc, address=address, count=len(words))
        exchanges.append((request, bytes((fc, len(data))) + data))
    return pack_exchanges(exchanges)


@pytest.mark.parametrize(("profile", "sample"), SAMPLES, ids=[f"{p.name}: {s.seen[:40]}" for p, s in SAMPLES])
def test_a_sample_decodes_to_what_it_says(profile: Profile, sample: Sample):
    wanted = [profile.quantity(name) for name, _ in sample.decoded]
    found = decode_stored(stored(sample), profile, read_at=NOW, quantities=wanted)

    for (name, expected), got in zip(sample.decoded, found, strict=True):
        if expected is None:
            assert got.value is None, name
        else:
            number, unit = expected.split(" ", 1)
            assert (got.value, got.unit) == (Decimal(number), unit), name
            assert isinstance(got.value, int) or got.value != got.value.to_integral_value(), name


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_a_profile_names_its_source_and_has_a_sample_of_every_counter_that_is_billed(profile):
    decoded = {name for sample in profile.samples for name, _ in sample.decoded}

    assert profile.source
    assert profile.confidence in ("A", "B")
    assert profile.billing
    assert decoded & {quantity.name for quantity in profile.billing}
    assert all(quantity.obis and quantity.direction for quantity in profile.billing)


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_nothing_is_billed_from_a_counter_that_people_can_reset(profile):
    registers = {(q.source.fc, q.source.address) for q in profile.billing if isinstance(q.source, Registers)}

    assert RESETTABLE.get(profile.name) not in registers
    assert not [quantity for quantity in profile.billing if "partial" in quantity.name]


@pytest.mark.parametrize("profile", [p for p in PROFILES if p.protocol == "modbus"], ids=lambda p: p.name)
def test_registers_are_those_of_the_catalogue(profile):
    entry = next(meter for meter in CATALOGUE if list(profile.models) == meter["models"])
    facts = {(row["fc"], row["address"]): row for row in entry["registers"]}

    assert entry["confidence"] == profile.confidence != "C"
    for quantity in profile.quantities:
        assert_as_catalogued(quantity, facts)


def assert_as_catalogued(quantity: Quantity, facts: dict) -> None:
    source = quantity.source
    row = facts[source.fc, source.address]
    assert (source.kind, source.words, source.word_order) == (
        row["type"],
        row["words"],
        row.get("word_order", "big"),
    )
    assert source.scale == Decimal(row["scale"])
    assert quantity.unit == str(row["unit"])
    if row.get("invalid"):
        assert int(row["invalid"], 16) in source.invalid


def test_the_profiles_that_the_product_promises_are_there():
    promised = {
        "eastron-sdm120",
        "eastron-sdm630",
        "eastron-sdm72d-m-2",
        "abb-b23",
        "schneider-iem3155",
        "carlo-gavazzi-em24",
        "carlo-gavazzi-em340",
        "heat-meter",
        "kamstrup-multical-601",
        "cold-water-meter",
    }

    assert promised <= set(shipped())


def test_a_float_mirror_is_not_used_where_there_is_an_integer_counter():
    assert shipped()["schneider-iem3155"].quantity("energy_import").source.kind == "i64"
