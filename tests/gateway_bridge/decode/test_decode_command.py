# SPDX-License-Identifier: Apache-2.0
"""`make decode`: any file of the known shapes runs; a mistake in it is a sentence, never a traceback."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from gateway_bridge.decode.__main__ import main
from gateway_bridge.drivers.mbus import encode
from gateway_bridge.drivers.mbus.header import Header
from tests.gateway_bridge.recordings import DEVICES, frames

ROOT = Path(__file__).parents[3]
FRAME = frames()["oms_frame1"]
HEADER = Header("12345678", "ELS", 1, 7, 5, 0, 0)


@pytest.fixture
def decode(tmp_path, capsys):
    """Run the command on some content; exit code, lines, standard error."""

    def run(kind: str, content: object) -> tuple[int, list[str], str]:
        path = tmp_path / "file"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        code = main([kind, str(path)])
        output = capsys.readouterr()
        return code, output.out.splitlines(), output.err

    return run


@pytest.mark.parametrize(
    ("kind", "file", "count"),
    [
        ("mbus", "mbus-frames.jsonl", 40),
        ("mbus", "mbus-malformed.jsonl", 12),
        ("modbus", "modbus-decode.json", 11),
        ("counter", "counter-cases.json", 4),
    ],
)
def test_every_item_of_the_shipped_files_passes(capsys, kind, file, count):
    assert main([kind, str(DEVICES / file)]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == f"{count} passed, 0 failed, 0 skipped"
    assert all(line.startswith("ok ") for line in lines[:-1])


def test_the_command_line_is_the_one_make_uses():
    command = [sys.executable, "-m", "gateway_bridge.decode", "counter", str(DEVICES / "counter-cases.json")]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30)

    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.endswith("4 passed, 0 failed, 0 skipped\n")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"exact_value": "28504.28"}, "record 0 value expected 28504.28 got 28504.27"),
        ({"unit": "Wh"}, "record 0 unit expected Wh got m^3"),
        ({"quantity": "Mass"}, "record 0 quantity expected Mass got Volume"),
        ({"storage": 1}, "record 0 storage expected 1 got 0"),
        ({"function": "Maximum value"}, "record 0 function expected Maximum value"),
        ({"vife_modifiers": ["7e"]}, "record 0 vife_modifiers expected ['7e'] got []"),
        ({"exact_value": None}, "record 0 value expected None got 28504.27"),
        ({"exact_value": "much"}, "record 0 value expected much"),
        ({"i": 99}, "record 99 expected a record got 3 records"),
    ],
)
def test_one_wrong_field_of_a_record_fails_and_says_which(decode, change, says):
    record = FRAME["records"][0] | change
    code, lines, _ = decode("mbus", [FRAME | {"records": [record]}])

    assert code == 1
    assert lines[0].startswith("FAIL oms_frame1 ")
    assert says in lines[0]
    assert lines[-1] == "0 passed, 1 failed, 0 skipped"


@pytest.mark.parametrize("key", ["id", "manufacturer", "version", "medium", "access", "status", "signature"])
def test_every_field_of_the_header_counts(decode, key):
    code, lines, _ = decode("mbus", [FRAME | {"header": {key: "XX"}}])

    assert code == 1
    assert f"header {key} expected XX" in lines[0]


def test_some_records_of_a_telegram_are_enough(decode):
    code, lines, _ = decode("mbus", [{"name": "part", "hex": FRAME["hex"], "records": FRAME["records"][1:2]}])

    assert (code, lines[0]) == (0, "ok part")


def test_hexadecimal_may_have_blanks_and_small_letters(decode):
    spaced = bytes.fromhex(FRAME["hex"]).hex(" ")

    assert decode("mbus", [{"name": "spaced", "hex": spaced}])[0] == 0


def test_a_reserved_code_may_be_called_unknown_and_nothing_else_may(decode):
    octets = encode.answer(address=1, header=HEADER, records=bytes.fromhex("017B05")).hex()
    for called, code in (("Reserved", 0), ("Unknown (VIF=0x7B)", 0), ("Energy", 1)):
        records = [{"i": 0, "quantity": called, "exact_value": "5"}]
        assert decode("mbus", [{"name": "x", "hex": octets, "records": records}])[0] == code


def test_a_telegram_that_should_be_refused_and_is_not_fails(decode):
    code, lines, _ = decode("mbus", [{"name": "fine", "hex": FRAME["hex"], "expect": "reject"}])

    assert (code, lines[0]) == (1, "FAIL fine expected a refusal got 3 records")


def test_a_telegram_that_may_be_read_in_part_may_be_read(decode):
    assert decode("mbus", [{"name": "fine", "hex": FRAME["hex"], "expect": "reject-or-partial"}])[0] == 0


def test_a_telegram_that_cannot_be_read_fails(decode):
    _, lines, _ = decode("mbus", [FRAME | {"hex": FRAME["hex"][:-2] + "17"}])

    assert lines[0].startswith("FAIL oms_frame1 expected a telegram got BrokenFrame: stop byte 17")


@pytest.mark.parametrize(
    ("item", "code"),
    [
        ({"registers": [65535], "type": "u16", "invalid": "0xFFFF"}, 0),
        ({"registers": [65535], "type": "u16", "invalid": ["0xFFFE", "0xFFFF"], "expected": None}, 0),
        ({"registers": [65535], "type": "u16", "invalid": "0xFFFF", "expected": "65535"}, 1),
        ({"registers": [65534], "type": "u16", "invalid": "0xFFFF"}, 1),
        ({"registers": [5], "type": "u16", "scale": 0.1, "expected": 0.5}, 0),
        (
            {
                "registers": {"0x10": [1], "0x11": [2]},
                "type": "u32",
                "word_order": "little",
                "expected": "131073",
            },
            0,
        ),
        ({"registers": {"20": [2, 0], "3": [1]}, "type": "counter_exp", "expected": "1310720"}, 0),
        ({"registers": [65535, 0, 5], "type": "counter_exp", "expected": "0.5"}, 0),
        ({"registers": [1], "type": "u32", "expected": "1"}, 1),
        ({"registers": [0x7FC0, 0], "type": "f32"}, 0),
        ({"registers": [1], "type": "f16", "expected": "1"}, 0),
    ],
)
def test_register_words_of_unseen_files(decode, item, code):
    assert decode("modbus", [{"name": "x", **item}])[0] == code


def test_an_unknown_type_is_not_yet_and_no_failure(decode):
    _, lines, _ = decode("modbus", [{"name": "half", "registers": [1], "type": "f16", "expected": "1"}])

    assert lines == ["not yet half type 'f16'", "0 passed, 0 failed, 1 skipped"]


@pytest.mark.parametrize(
    "item",
    [
        {"last": "100", "readings": ["0", "101"], "deltas": [None, "1"], "event": "dip"},
        {
            "last": "100",
            "readings": ["900", "101"],
            "deltas": [None, "1"],
            "plausible": "50",
            "event": "jump",
        },
        {"last": "100", "readings": ["100"], "deltas": ["0"]},
        {"last": "9999", "max": "9999", "readings": ["0"], "deltas": ["1"], "event": "rollover"},
        {"last": "99.95", "max": "99.99", "readings": ["0.05"], "deltas": ["0.10"], "plausible_max": "1"},
        {
            "last": "9990",
            "max": "9999",
            "readings": ["5"],
            "deltas": [None],
            "plausible": "3",
            "event": "reset",
        },
        {
            "last": "10",
            "exchange": {"old_final": "12.5", "new_initial": "0"},
            "readings": ["1", "2"],
            "deltas": ["2.5", "1", "1"],
        },
    ],
)
def test_counters_of_unseen_files(decode, item):
    code, lines, _ = decode("counter", [{"name": "x", **item}])

    assert (code, lines[0]) == (0, "ok x")


def test_a_wrong_difference_fails_with_what_was_found(decode):
    _, lines, _ = decode("counter", [{"name": "x", "last": "1.0", "readings": ["1.5"], "deltas": ["0.4"]}])

    assert lines[0] == "FAIL x deltas expected ['0.4'] got ['0.5']"


def test_a_counter_that_runs_backwards_over_an_exchange_fails(decode):
    item = {
        "last": "9",
        "exchange": {"old_final": "8", "new_initial": "0"},
        "readings": ["1"],
        "deltas": ["0", "1"],
    }

    assert decode("counter", [{"name": "x", **item}])[0] == 1


@pytest.mark.parametrize("kind", ["mbus", "modbus", "counter"])
@pytest.mark.parametrize(
    "content",
    [
        "",
        "  \n",
        "{",
        "[1, 2",
        '{"name": "x"}\nnot json\n',
        "[5, null]",
        '[{"name": "x"}]',
        "[" * 10_000,
        '[{"hex": 5, "registers": "ab", "type": 3, "last": "x", "readings": 1, "deltas": 2}]',
        '[{"hex": [], "registers": [null], "type": "u16", "last": "NaN", "readings": [], "deltas": []}]',
    ],
)
def test_nonsense_is_a_sentence_and_exit_code_1(decode, kind, content):
    code, lines, error = decode(kind, content)

    assert code == 1
    assert lines[-1].endswith(" skipped")
    assert error or any(line.startswith("FAIL ") for line in lines)


def test_a_broken_line_does_not_hide_the_others(decode):
    good = json.dumps(FRAME)
    _, lines, _ = decode("mbus", f"{good}\nbroken\n{good}\n")

    assert lines[1].startswith("FAIL line 2 expected JSON got ")
    assert lines[-1] == "2 passed, 1 failed, 0 skipped"


def test_usage_and_missing_files_are_said(capsys, tmp_path):
    assert main([]) == main(["wmbus", "x"]) == 1
    assert "usage: make decode" in capsys.readouterr().err
    assert main(["mbus", str(tmp_path / "absent")]) == 1
    assert "cannot be read" in capsys.readouterr().err
    assert main(["mbus", str(tmp_path)]) == 1
