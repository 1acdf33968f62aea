# SPDX-License-Identifier: Apache-2.0
"""A profile somebody wrote is accepted or refused with line and key."""

from decimal import Decimal
from pathlib import Path

import pytest

from gateway_bridge.profiles import UnableToLoadProfile, load_profile, parse_profile

GOOD = """\
profile: my-meter
version: 3
manufacturer: Example
models: [M1]
protocol: modbus
transports: [modbus-tcp]
source: "data sheet 2026-01, page 4"
confidence: B
identity: {kind: serial, fc: 3, address: 0x10, type: u32}
quantities:
  energy_import:
    obis: "1-0:1.8.0"
    direction: import
    fc: 4
    address: 0x0048
    type: u32
    scale: "0.01"
    unit: kWh
    poll: billing
    maximum: 99999999990
  power: {fc: 4, address: 12, type: f32, unit: W}
samples:
  - seen: "a test"
    words: {"4:0x0048": [13, 60383]}
    decoded: {energy_import: "9123510 Wh"}
"""
MBUS = """\
profile: my-heat
version: 1
manufacturer: Example
models: [H1]
protocol: mbus
source: "data sheet"
confidence: B
identity: {manufacturers: [KAM], media: [4]}
quantities:
  heat_energy: {vif: ["00..07", "FB00"], unit: Wh, storage: 1, tariff: 2, subunit: 3, modifiers: ["3b"]}
"""


def refusal(text: str) -> UnableToLoadProfile:
    with pytest.raises(UnableToLoadProfile) as refused:
        parse_profile(text, origin="mine.yaml")
    return refused.value


def test_a_good_file_becomes_a_profile():
    profile = parse_profile(GOOD, origin="mine.yaml")
    energy = profile.quantity("energy_import")

    assert (profile.name, profile.version, profile.max_gap) == ("my-meter", 3, 16)
    assert energy.source.scale == Decimal("0.01")
    assert (energy.source.address, energy.base_unit, energy.maximum) == (72, "Wh", 99999999990)
    assert profile.samples[0].words == ((4, 72, (13, 60383)),)


def test_an_mbus_mapping_is_a_record_key():
    match = parse_profile(MBUS, origin="mine.yaml").quantity("heat_energy").source

    assert match.vifs == {f"{code:02X}" for code in range(8)} | {"FB00"}
    assert (match.storage, match.tariff, match.subunit, match.modifiers) == (1, 2, 3, ("3b",))


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "reason"),
    [
        ('scale: "0.01"', "scale: 0.01", 17, "quantities.energy_import.scale", 'must be quoted: "0.01"'),
        ('scale: "0.01"', 'scale: "much"', 17, "quantities.energy_import.scale", "must be a decimal"),
        ('scale: "0.01"', 'scale: "0"', 17, "quantities.energy_import.scale", "must not be 0"),
        ('scale: "0.01"', 'scale: "NaN"', 17, "quantities.energy_import.scale", "finite"),
        ("unit: kWh", "unit: furlong", 18, "quantities.energy_import.unit", "is none of"),
        (
            "type: u32\n    scale",
            "type: u33\n    scale",
            16,
            "quantities.energy_import.type",
            "'u33' is none of",
        ),
        ("address: 0x0048", "address: here", 15, "quantities.energy_import.address", "whole number"),
        (
            "address: 0x0048",
            "address: 70000",
            15,
            "quantities.energy_import.address",
            "not between 0 and 65535",
        ),
        ("address: 0x0048", "address: 0xFFFF", 15, "quantities.energy_import.address", "end after 0xFFFF"),
        ("    fc: 4\n", "    fc: 6\n", 14, "quantities.energy_import.fc", "not between 3 and 4"),
        ("poll: billing", "pole: billing", 19, "quantities.energy_import.pole", "unknown key"),
        ('obis: "1-0:1.8.0"', "obis: 1.8.0", 12, "quantities.energy_import.obis", "must look like"),
        ("direction: import", "direction: up", 13, "quantities.energy_import.direction", "'up' is none of"),
        ("version: 3", "version: three", 2, "version", "whole number"),
        ("protocol: modbus", "protocol: can", 5, "protocol", "'can' is none of modbus, mbus"),
        ("[modbus-tcp]", "[mbus]", 6, "transports", "'mbus' is none of"),
        ("models: [M1]", "models: []", 4, "models", "at least one"),
        ("profile: my-meter", "profile: My Meter", 1, "profile", "small letters"),
        ("confidence: B\n", "confidence: B\nconfidence: A\n", 9, "confidence", "given twice"),
        ("confidence: B\n", "", 1, "confidence", "is missing"),
        ("energy_import:\n", "Energy Import:\n", 11, "quantities.Energy Import", "small letters"),
        ("{energy_import: ", "{energy_export: ", 25, "samples[0].decoded.energy_export", "no quantity"),
        ('"4:0x0048"', '"0x0048"', 24, "samples[0].words.0x0048", "function code and address"),
        ("[13, 60383]", "[13, 70000]", 24, "samples[0].words.4:0x0048", "not between"),
        ("kind: serial", "kind: face", 9, "identity.kind", "'face' is none of"),
    ],
)
def test_a_mistake_is_named_with_line_and_key(old, new, line, key, reason):
    assert old in GOOD

    refused = refusal(GOOD.replace(old, new, 1))

    assert (refused.line, refused.key) == (line, key)
    assert reason in refused.reason
    assert str(refused).startswith(f"mine.yaml, line {line}: {key}: ")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('"00..07"', '"07..00"', "range such as"),
        ('"00..07"', '"6"', "no code such as"),
        ('"00..07"', '"00..FB07"', "no code such as"),
        ("storage: 1", "storage: -1", "not between"),
        ("unit: Wh", "unit: Wh, function: average", "'average' is none of"),
    ],
)
def test_a_mistake_in_a_record_key_is_named(old, new, reason):
    assert reason in refusal(MBUS.replace(old, new, 1)).reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("- a list", "must be a mapping"),
        ("profile: [unclosed", "no YAML"),
        ("a: &x [1]\nb: *x", "aliases"),
        ("quantities: 5\nprofile: x\nprotocol: modbus\nmodels: [a]", "must be a mapping"),
        ("a: " + "[" * 5000, "nested too deeply"),
        ("x" * 300_000, "longer than"),
        ("? [1, 2]\n: 3", "keys must be plain words"),
    ],
)
def test_what_is_no_profile_at_all_is_refused_without_a_traceback(text, reason):
    assert reason in str(refusal(text))


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path):
    (tmp_path / "latin.yaml").write_bytes(b"profile: \xff\xfe")

    for name in ("absent.yaml", "latin.yaml"):
        with pytest.raises(UnableToLoadProfile, match="cannot be read"):
            load_profile(tmp_path / name)
