# SPDX-License-Identifier: Apache-2.0
"""Real telegrams come out exact; broken ones are refused with one class of error."""

import json
from datetime import date, datetime
from decimal import Decimal

import pytest

from gateway_bridge.decode.mbus import check_telegram
from gateway_bridge.drivers.errors import UnableToDecode
from gateway_bridge.drivers.mbus import Function, RecordKey, decode_part, decode_telegram, encode, octets_of
from gateway_bridge.drivers.mbus.errors import (
    ApplicationError,
    BrokenFrame,
    BrokenRecord,
    EncryptedTelegram,
    UnsupportedTelegram,
)
from gateway_bridge.drivers.mbus.frame import long_frame
from gateway_bridge.drivers.mbus.header import Header, manufacturer_code, manufacturer_letters
from tests.gateway_bridge.recordings import DEVICES, frames, telegram

MALFORMED = [
    json.loads(line) for line in (DEVICES / "mbus-malformed.jsonl").read_text(encoding="utf-8").splitlines()
]
HEADER = Header("12345678", "ELS", 1, 7, 5, 0, 0)


def answer(records: str, *, header: Header = HEADER) -> bytes:
    return encode.answer(address=1, header=header, records=bytes.fromhex(records))


def only(records: str):
    return decode_telegram(answer(records)).records[0]


@pytest.mark.parametrize("name", list(frames()))
def test_every_recording_is_exact_in_header_and_records(name):
    verdict = check_telegram(frames()[name], name)

    assert str(verdict) == f"ok {name}"


def test_all_records_of_the_recordings_are_listed_so_that_nothing_goes_unchecked():
    assert all(
        len(decode_telegram(telegram(name)).items) == len(frames()[name]["records"]) for name in frames()
    )
    assert sum(len(item["records"]) for item in frames().values()) == 432


@pytest.mark.parametrize("item", MALFORMED, ids=[item["name"] for item in MALFORMED])
def test_every_malformed_telegram_is_refused_with_a_reason(item):
    with pytest.raises(UnableToDecode) as refusal:
        decode_telegram(octets_of(item["hex"]))

    assert refusal.value.reason
    assert refusal.value.kind == "decode_error"


def test_the_refusal_names_the_byte():
    octets = bytearray(telegram("oms_frame1"))
    octets[-2] ^= 1

    with pytest.raises(BrokenFrame, match=r"checksum .* \(at byte 36\)") as refusal:
        decode_telegram(bytes(octets))

    assert refusal.value.position == len(octets) - 2


@pytest.mark.parametrize(
    ("octets", "refusal"),
    [
        ("", BrokenFrame),
        ("E5", UnsupportedTelegram),
        ("1040014116", UnsupportedTelegram),
        ("1040014216", BrokenFrame),
        ("FF", BrokenFrame),
        ("6803046808017278", BrokenFrame),
        ("680303680801701016", BrokenFrame),
        ("6803036808017079 16", ApplicationError),
    ],
)
def test_frames_without_readings_are_told_apart(octets, refusal):
    with pytest.raises(refusal):
        decode_telegram(octets_of(octets))


def test_a_selection_of_a_master_is_no_answer():
    with pytest.raises(UnsupportedTelegram, match="control field 53"):
        decode_telegram(encode.select("12345678"))


def test_a_number_is_exact_where_a_float_would_not_be():
    record = only("0C1321430500")

    assert record.value == Decimal("54.321")
    assert str(Decimal(54321 * 0.001)) != "54.321"


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        ("0C13214305F0", Decimal("-54.321")),
        ("0C1321430A00", None),
        ("0C13214305A0", None),
        ("0C13F1430500", None),
        ("0B1399F9FF", None),
        ("09130F", None),
    ],
)
def test_bcd_has_one_minus_sign_and_no_other_letters(octets, expected):
    assert only(octets).value == expected


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        ("0103FF", -1),
        ("02030080", -32768),
        ("0303FFFF7F", 8388607),
        ("0403FFFFFFFF", -1),
        ("0603000000000080", -(1 << 47)),
        ("0703FFFFFFFFFFFFFF7F", (1 << 63) - 1),
        ("0E03785634127856", 567812345678),
    ],
)
def test_integers_of_every_size_are_signed_and_exact(octets, expected):
    assert only(octets).value == Decimal(expected)


def test_a_record_without_data_has_no_value():
    assert only("0003").value is None
    assert only("0503" + "0000C07F").value is None


def test_factors_are_applied_and_other_extensions_stay_in_the_key():
    tenfold = only("0493" + "77" + "01000000")
    thousandfold = only("0493" + "7D" + "01000000")
    limit_exceeded = only("04BB" + "5A" + "10000000")

    assert (tenfold.value, tenfold.key.modifiers) == (Decimal("0.010"), ())
    assert (thousandfold.value, thousandfold.key.modifiers) == (Decimal("1.000"), ())
    assert limit_exceeded.key == RecordKey(Function.INSTANTANEOUS, 0, 0, 0, "3B", ("5a",))


def test_after_a_manufacturer_extension_nothing_is_interpreted():
    record = only("0493" + "FF" + "77" + "01000000")

    assert record.key.modifiers == ("mfr",)
    assert record.value == Decimal("0.001")


def test_storage_tariff_and_subunit_come_from_up_to_ten_extensions():
    record = only("C4" + "95" * 9 + "15" + "03" + "01000000")

    assert record.key.storage == 1 + sum(5 << (1 + 4 * place) for place in range(10))
    assert record.key.tariff == sum(1 << (2 * place) for place in range(10))
    with pytest.raises(BrokenRecord, match="ten extensions"):
        only("C4" + "95" * 10 + "15" + "03" + "01000000")


def test_eleven_extensions_of_the_value_field_are_refused():
    with pytest.raises(BrokenRecord, match="ten extensions"):
        only("0493" + "A8" * 10 + "28" + "01000000")


@pytest.mark.parametrize("cut", range(1, 11))
def test_a_record_cut_anywhere_is_refused_and_never_shortened(cut):
    whole = "8C40FD49" + "78563412" + "0CFC0348522574"
    with pytest.raises(UnableToDecode):
        only((whole + "15004712")[: -2 * cut])


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        ("426C7F1C", date(2011, 12, 31)),
        ("426C0000", None),
        ("426CFFFF", None),
        ("426C5F12", None),
        ("426C21AA", date(1981, 10, 1)),
        ("426C01A1", date(2080, 1, 1)),
        ("046D0B0BCD13", datetime(2014, 3, 13, 11, 11)),
        ("046D8B0BCD13", None),
        ("046D0BABCD13", datetime(2014, 3, 13, 11, 11)),
        ("066D1E0A0E162700", datetime(2016, 7, 22, 14, 10, 30)),
        ("066D1E8A0E162700", None),
    ],
)
def test_dates_that_are_not_set_or_invalid_are_missing(octets, expected):
    assert only(octets).value == expected


def test_a_zero_date_is_null_and_not_the_last_day_of_november():
    records = decode_telegram(telegram("ACW_Itron-BM-plus-m")).records

    assert records[2].value is None


def test_text_is_sent_backwards_and_a_plain_text_unit_is_a_quantity():
    records = decode_telegram(telegram("ACW_Itron-CYBLE-M-Bus-14")).records

    assert records[1].value == "09LA076755"
    assert records[3].quantity == "bat. time"
    assert records[3].key.vif == "7C:bat. time"


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        ("0DFD1103" + "434241", "ABC"),
        ("0D03C2" + "3412", Decimal(1234)),
        ("0D03D2" + "3412", Decimal(-1234)),
        ("0D03C2" + "A412", None),
        ("0D03E2" + "FEFF", Decimal(-2)),
        ("0D03F0" + "01" * 15 + "02", " ".join(["02"] + ["01"] * 15)),
    ],
)
def test_variable_length_data_of_every_kind(octets, expected):
    assert only(octets).value == expected


@pytest.mark.parametrize("lvar", ["F7", "FF"])
def test_a_reserved_length_byte_is_refused(lvar):
    with pytest.raises(BrokenRecord, match="reserved length"):
        only("0D03" + lvar + "00" * 64)


def test_fillers_are_skipped_and_manufacturer_data_kept_as_they_came():
    read = decode_telegram(answer("2F2F0103052F0FAABB2F"))

    assert len(read.records) == 1
    assert read.items[-1].raw == bytes.fromhex("AABB2F")
    assert not read.more_follow
    assert decode_telegram(answer("0103051F")).more_follow


def test_a_reserved_data_field_is_refused():
    with pytest.raises(UnsupportedTelegram, match="reserved data field 3F"):
        decode_telegram(answer("0103053F"))


def test_manufacturer_data_alone_is_a_part_but_no_reading():
    octets = answer("1FAABB")

    assert decode_part(octets).more_follow
    with pytest.raises(UnsupportedTelegram, match="manufacturer data only"):
        decode_telegram(octets)


def test_an_odd_signature_is_not_taken_for_encryption():
    assert decode_telegram(telegram("amt_calec_mb")).header.signature == 0xFFFF
    assert decode_telegram(telegram("example_data_01")).header.signature == 0xB627


def test_encrypted_records_are_refused_not_guessed():
    cipher = "A7" * 16
    header = Header("12345678", "ELS", 1, 7, 5, 0, 0x0510)

    with pytest.raises(EncryptedTelegram):
        decode_telegram(answer(cipher, header=header))

    clear = "2F2F" + "0C1321430500" + "2F" * 8
    assert decode_telegram(answer(clear, header=header)).records[0].value == Decimal("54.321")


def test_a_header_with_high_bytes_first_means_the_same():
    body = bytes.fromhex("12345678" + "1593" + "0107" + "0500" + "0000" + "0C13" + "00054321")
    read = decode_telegram(long_frame(control=8, address=1, ci=0x76, body=body))

    assert read.header.identification == "12345678"
    assert read.header.manufacturer == "ELS"
    assert read.records[0].value == Decimal("54.321")


def test_short_and_missing_headers_are_read():
    short = decode_telegram(
        long_frame(control=8, address=1, ci=0x7A, body=bytes.fromhex("05080000" + "010305"))
    )
    bare = decode_telegram(long_frame(control=8, address=1, ci=0x78, body=bytes.fromhex("010305")))

    assert (short.header.identification, short.header.access, short.header.permanent_error) == (None, 5, True)
    assert bare.records[0].value == 5


def test_status_bits_are_told_apart():
    assert Header(None, None, None, None, 0, 0x01, 0).application_busy
    assert Header(None, None, None, None, 0, 0x02, 0).application_error
    assert Header(None, None, None, None, 0, 0x04, 0).low_power
    assert Header(None, None, None, None, 0, 0x10, 0).temporary_error


def test_the_fixed_structure_of_old_meters():
    octets = bytes.fromhex("68131368080573785634120A00E97E0100000035010000" + "3C16")
    read = decode_telegram(octets)

    assert read.structure == "fixed"
    assert read.header.identification == "12345678"
    assert read.header.medium_name == "Water"
    assert [(r.value, r.unit, r.key.storage) for r in read.records] == [
        (Decimal("0.001"), "m^3", 0),
        (Decimal("0.135"), "m^3", 1),
    ]


def test_the_status_of_the_fixed_structure_tells_coding_and_storage():
    body = bytes.fromhex("78563412" + "0A03" + "0500" + "FFFFFFFF" + "01000000")
    read = decode_telegram(long_frame(control=8, address=1, ci=0x73, body=body))

    assert [(r.value, r.key.storage) for r in read.records] == [(Decimal(-1000), 1), (Decimal(1), 1)]


def test_a_fixed_structure_of_another_length_is_refused():
    with pytest.raises(UnsupportedTelegram, match="fixed structure of 15 bytes"):
        decode_telegram(long_frame(control=8, address=1, ci=0x73, body=bytes(15)))


def test_letters_of_a_manufacturer_are_their_number():
    assert manufacturer_letters(manufacturer_code("KAM")) == "KAM"
    assert manufacturer_code("KAM") == 0x2C2D


def test_a_value_taken_in_an_error_state_says_so():
    functions = {
        r.key.function for r in decode_telegram(telegram("abb_f95")).records if r.quantity == "Power"
    }

    assert Function.ERROR in functions
