# SPDX-License-Identifier: Apache-2.0
"""Whatever bytes come, the decoder answers or refuses with its own error; what it encodes it reads back."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway_bridge.drivers.errors import UnableToDecode
from gateway_bridge.drivers.mbus import Function, RecordKey, decode_part, decode_telegram, encode
from gateway_bridge.drivers.mbus.frame import checksum, expected_length, long_frame
from gateway_bridge.drivers.mbus.header import Header
from gateway_bridge.drivers.mbus.record import read_record
from gateway_bridge.drivers.mbus.units import PRIMARY
from tests.gateway_bridge.recordings import frames, telegram

RECORDINGS = [telegram(name) for name in frames()]
KEYS = st.builds(
    RecordKey,
    st.sampled_from(Function),
    st.integers(0, 1 << 20),
    st.integers(0, 255),
    st.integers(0, 31),
    st.sampled_from(["03", "06", "13", "2B", "3B", "5A", "FB00", "FD48"]),
    st.sampled_from([(), ("28",), ("3b", "7e"), ("mfr",)]),
)


def refuses_properly(octets: bytes) -> None:
    try:
        decode_part(octets)
    except UnableToDecode as refusal:
        assert refusal.reason


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(octets):
    refuses_properly(octets)


@settings(max_examples=600, deadline=None)
@given(
    st.sampled_from(RECORDINGS),
    st.lists(st.tuples(st.integers(0, 255), st.integers(0, 255)), min_size=1, max_size=6),
)
def test_recordings_with_changed_bytes_and_a_valid_checksum_are_read_or_refused(recording, changes):
    octets = bytearray(recording)
    for place, octet in changes:
        octets[6 + place % (len(octets) - 8)] = octet
    octets[-2] = checksum(bytes(octets[4:-2]))

    refuses_properly(bytes(octets))


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(RECORDINGS), st.integers(0, 250))
def test_recordings_cut_short_are_read_or_refused(recording, keep):
    body = recording[7:-2][:keep]

    refuses_properly(long_frame(control=8, address=1, ci=recording[6], body=body))


@settings(max_examples=300, deadline=None)
@given(KEYS, st.integers(-(1 << 62), 1 << 62))
def test_what_is_encoded_is_read_back(key, number):
    octets = encode.record_octets(key, number)
    record, end = read_record(octets, 0)

    assert (record.key, end) == (key, len(octets))
    assert (
        Decimal(record.value).normalize().as_tuple().digits == Decimal(number).normalize().as_tuple().digits
    )
    if len(key.vif) == 2:
        assert record.value == Decimal(f"{number}E{PRIMARY[int(key.vif, 16)].exponent}")


@settings(max_examples=200, deadline=None)
@given(KEYS, st.integers(-(10**11) + 1, 10**12 - 1))
def test_decimal_digits_are_read_back_with_their_sign(key, number):
    record, _ = read_record(encode.record_octets(key, number, bcd=True), 0)

    assert Decimal(record.value).scaleb(0).is_signed() == (number < 0)
    assert record.value is not None


def test_a_number_too_long_for_its_coding_is_not_cut():
    key = RecordKey(Function.INSTANTANEOUS, 0, 0, 0, "03")
    for number, bcd in ((1 << 70, False), (10**12, True)):
        try:
            encode.record_octets(key, number, bcd=bcd)
        except OverflowError:
            continue
        raise AssertionError(number)


def test_a_frame_tells_its_length_as_soon_as_it_can():
    octets = RECORDINGS[0]

    assert [expected_length(octets[:n]) for n in (0, 1, 3, 4)] == [None, None, None, len(octets)]


def test_an_answer_holds_what_was_put_in():
    header = Header("00012345", "KAM", 8, 4, 17, 0, 0)
    read = decode_telegram(encode.answer(address=9, header=header, records=b"\x01\x03\x05"))

    assert (read.address, read.header) == (9, header)
