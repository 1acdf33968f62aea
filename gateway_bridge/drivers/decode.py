# SPDX-License-Identifier: Apache-2.0
"""Stored telegrams to samples: pure, so that what was read once can be decoded again later."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from gateway_bridge.drivers import modbus_pdu as pdu
from gateway_bridge.drivers.errors import ModbusException, UnableToDecode
from gateway_bridge.drivers.mbus import Function, Record, RecordKey, Telegram, decode_part
from gateway_bridge.drivers.mbus.errors import UnsupportedTelegram
from gateway_bridge.drivers.measure import BASE_UNITS, base_unit, to_base
from gateway_bridge.drivers.modbus_decode import decode_text, decode_words
from gateway_bridge.drivers.profile import Profile, Quantity, RecordMatch, Registers
from gateway_bridge.drivers.recording import split_frames, unpack_exchanges
from gateway_bridge.drivers.samples import Quality, RawSample

# (function code, first address) → words, for every block that was answered.
Words = dict[tuple[int, int], tuple[int, ...]]


def decode_stored(
    telegram: bytes, profile: Profile, *, read_at: datetime, quantities: Sequence[Quantity] | None = None
) -> tuple[RawSample, ...]:
    """
    The samples that a stored visit gives with this profile.

    :raises UnableToDecode: if the bytes are no recording of this protocol.
    """
    wanted = profile.quantities if quantities is None else tuple(quantities)
    if profile.protocol == "mbus":
        return decode_telegrams(
            [decode_part(part) for part in split_frames(telegram)], wanted, read_at=read_at
        )
    return decode_blocks(words_of(telegram), wanted, read_at=read_at)


def words_of(telegram: bytes) -> Words:
    """The words of every answered block of a Modbus recording; refused ones are left out."""
    blocks: Words = {}
    for request, reply in unpack_exchanges(telegram):
        fc, address, _ = pdu.request_parts(request)
        try:
            blocks[fc, address] = pdu.answer_words(request, reply)
        except ModbusException:
            continue
    return blocks


def decode_blocks(
    blocks: Words, quantities: Sequence[Quantity], *, read_at: datetime
) -> tuple[RawSample, ...]:
    """One sample for each quantity, from the blocks that hold its registers."""
    return tuple(_register_sample(quantity, blocks, read_at) for quantity in quantities)


def find_words(blocks: Words, registers: Registers) -> tuple[int, ...] | None:
    """The words of these registers, from whichever block holds all of them."""
    for (fc, address), words in blocks.items():
        start = registers.address - address
        if fc == registers.fc and start >= 0 and start + registers.words <= len(words):
            return words[start : start + registers.words]
    return None


def _register_sample(quantity: Quantity, blocks: Words, read_at: datetime) -> RawSample:
    source = quantity.source
    assert isinstance(source, Registers)
    words = find_words(blocks, source)
    value: int | Decimal | None = None
    quality = Quality.NOT_OFFERED
    if words is not None:
        number = decode_words(
            words,
            kind=source.kind,
            scale=source.scale,
            word_order=source.word_order,
            invalid=source.invalid,
        )
        quality = Quality.MISSING if number is None else Quality.GOOD
        value = None if number is None else to_base(number, quantity.unit)
    return RawSample(
        quantity=quantity.name,
        obis=quantity.obis,
        value=value,
        unit=quantity.base_unit,
        quality=quality,
        record_key=f"{source.fc}:{source.address}:{source.kind}",
        raw="" if words is None else " ".join(f"{word:04x}" for word in words),
        read_at=read_at,
    )


def identity_text(words: Sequence[int], registers: Registers) -> str | None:
    """What identity registers say, as text; None if they say nothing."""
    if registers.kind == "str":
        return decode_text(words) or None
    number = decode_words(
        words,
        kind=registers.kind,
        scale=registers.scale,
        word_order=registers.word_order,
        invalid=registers.invalid,
    )
    return None if number is None else f"{number:f}"


def decode_telegrams(
    telegrams: Sequence[Telegram], quantities: Sequence[Quantity], *, read_at: datetime
) -> tuple[RawSample, ...]:
    """
    One sample for each quantity, from the first record whose key fits.

    :raises UnableToDecode: if no telegram holds a record, or a record's unit cannot be that of its quantity.
    """
    records = [record for telegram in telegrams for record in telegram.records]
    if not records:
        raise UnsupportedTelegram("no telegram holds a record")
    clock = _device_time(records)
    return tuple(_record_sample(quantity, records, read_at, clock) for quantity in quantities)


def _record_sample(
    quantity: Quantity, records: Sequence[Record], read_at: datetime, clock: datetime | None
) -> RawSample:
    match = quantity.source
    assert isinstance(match, RecordMatch)
    record, quality = _find_record(match, records)
    value: int | Decimal | None = None
    if record is not None and quality is Quality.GOOD:
        value = _record_value(quantity, record)
        if value is None:
            quality = Quality.MISSING
    return RawSample(
        quantity=quantity.name,
        obis=quantity.obis,
        value=value,
        unit=quantity.base_unit,
        quality=quality,
        record_key="" if record is None else key_text(record.key),
        raw="" if record is None else record.raw.hex(),
        read_at=read_at,
        device_time=clock,
    )


def _find_record(match: RecordMatch, records: Sequence[Record]) -> tuple[Record | None, Quality]:
    fitting = [record for record in records if match.fits(record.key)]
    if fitting:
        if any(record.value != fitting[0].value for record in fitting):
            return fitting[0], Quality.AMBIGUOUS
        return fitting[0], Quality.GOOD
    # The same record, but taken during an error of the meter: shown, never billed.
    for record in records:
        key = record.key
        if key.function is Function.ERROR and match.fits(
            RecordKey(match.function, key.storage, key.tariff, key.subunit, key.vif, key.modifiers)
        ):
            return record, Quality.ERROR_STATE
    return None, Quality.NOT_OFFERED


def _record_value(quantity: Quantity, record: Record) -> int | Decimal | None:
    if not isinstance(record.value, Decimal):
        return None
    if record.unit not in BASE_UNITS or base_unit(record.unit) != quantity.base_unit:
        raise UnableToDecode(
            f"{quantity.name}: the meter sends {record.unit!r}, the profile says {quantity.unit!r}"
        )
    return to_base(record.value, record.unit)


def _device_time(records: Sequence[Record]) -> datetime | None:
    """The meter's own clock: date and time, storage 0, no modifier."""
    for record in records:
        if record.key == _CLOCK and isinstance(record.value, datetime):
            return record.value
    return None


_CLOCK = RecordKey(Function.INSTANTANEOUS, 0, 0, 0, "6D")


def key_text(key: RecordKey) -> str:
    """A record's key for people and for storage.

    >>> key_text(RecordKey(Function.INSTANTANEOUS, 1, 0, 2, "06", ("00",)))
    'instantaneous s1 t0 u2 06+00'
    """
    code = "+".join((key.vif, *key.modifiers))
    return f"{key.function.value} s{key.storage} t{key.tariff} u{key.subunit} {code}"
