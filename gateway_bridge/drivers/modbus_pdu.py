# SPDX-License-Identifier: Apache-2.0
"""Modbus requests and the checks an answer must pass before a word of it is believed.

Two frames around the same content: Modbus TCP (a header with transaction id and length) and RTU (a check
sum).
"""

from __future__ import annotations

from gateway_bridge.drivers.errors import BadFrame, ModbusException

READ_HOLDING = 3
READ_INPUT = 4
MAX_WORDS = 125
MAX_UNIT = 247
_EXCEPTION = 0x80
_HEADER = 6


def _crc_table() -> tuple[int, ...]:
    table = []
    for octet in range(256):
        crc = octet
        for _ in range(8):
            crc = crc >> 1 ^ 0xA001 if crc & 1 else crc >> 1
        table.append(crc)
    return tuple(table)


_CRC_TABLE = _crc_table()


def crc16(octets: bytes) -> bytes:
    """The check sum of RTU frames, low byte first.

    >>> crc16(bytes.fromhex("010401560002")).hex()
    '9027'
    """
    crc = 0xFFFF
    for octet in octets:
        crc = crc >> 8 ^ _CRC_TABLE[(crc ^ octet) & 0xFF]
    return crc.to_bytes(2, "little")


def read_request(*, fc: int, address: int, count: int) -> bytes:
    """The request to read `count` words; function code 3 (holding) or 4 (input)."""
    assert fc in (READ_HOLDING, READ_INPUT) and 1 <= count <= MAX_WORDS and 0 <= address <= 0xFFFF
    return bytes((fc,)) + address.to_bytes(2, "big") + count.to_bytes(2, "big")


def request_parts(request: bytes) -> tuple[int, int, int]:
    """Function code, address and count of a read request."""
    return request[0], int.from_bytes(request[1:3], "big"), int.from_bytes(request[3:5], "big")


def answer_words(request: bytes, answer: bytes) -> tuple[int, ...]:
    """
    The words of an answer that fits its request in every respect.

    :raises ModbusException: if the device refused the request.
    :raises BadFrame: if function code, byte count or length are not what was asked for.
    """
    check_answer(request, answer)
    return tuple(int.from_bytes(answer[at : at + 2], "big") for at in range(2, len(answer), 2))


def check_answer(request: bytes, answer: bytes) -> None:
    """Raise what `answer_words` raises, without taking the words."""
    fc, _, count = request_parts(request)
    if len(answer) < 2:
        raise BadFrame(f"answer of {len(answer)} bytes")
    if answer[0] == fc | _EXCEPTION:
        if len(answer) != 2:
            raise BadFrame(f"exception answer of {len(answer)} bytes")
        raise ModbusException(answer[1])
    if answer[0] != fc:
        raise BadFrame(f"answer to function {answer[0]}, asked for {fc}")
    if answer[1] != 2 * count or len(answer) != 2 + 2 * count:
        raise BadFrame(f"answer with {answer[1]} data bytes, asked for {2 * count}")


def rtu_frame(unit: int, content: bytes) -> bytes:
    """Unit, content, check sum."""
    assert 1 <= unit <= MAX_UNIT
    frame = bytes((unit,)) + content
    return frame + crc16(frame)


def rtu_length(request: bytes, received: bytes) -> int | None:
    """
    How long the answer to this (framed) request must be, as far as `received` tells.

    :raises BadFrame: as soon as unit, function code or byte count cannot be those of the answer.
    """
    unit, fc = request[0], request[1]
    if received[0] != unit:
        raise BadFrame(f"answer from unit {received[0]}, asked {unit}")
    if len(received) < 2:
        return None
    if received[1] == fc | _EXCEPTION:
        return 5
    if received[1] != fc:
        raise BadFrame(f"answer to function {received[1]}, asked for {fc}")
    if len(received) < 3:
        return None
    count = int.from_bytes(request[4:6], "big")
    if received[2] != 2 * count:
        raise BadFrame(f"answer with {received[2]} data bytes, asked for {2 * count}")
    return 5 + 2 * count


def rtu_content(frame: bytes) -> bytes:
    """The content of a complete RTU frame.

    :raises BadFrame: if the check sum is wrong.
    """
    if crc16(frame[:-2]) != frame[-2:]:
        raise BadFrame(f"check sum {frame[-2:].hex()}, expected {crc16(frame[:-2]).hex()}")
    return frame[1:-2]


def tcp_frame(transaction: int, unit: int, content: bytes) -> bytes:
    """Transaction, protocol 0, length, unit, content."""
    assert 1 <= transaction <= 0xFFFF and 1 <= unit <= MAX_UNIT
    length = (len(content) + 1).to_bytes(2, "big")
    return transaction.to_bytes(2, "big") + b"\0\0" + length + bytes((unit,)) + content


def tcp_length(received: bytes) -> int | None:
    """How long the frame must be.

    :raises BadFrame: if protocol or length are none of Modbus.
    """
    if len(received) < _HEADER:
        return None
    length = int.from_bytes(received[4:6], "big")
    if received[2:4] != b"\0\0" or not 3 <= length <= 254:
        raise BadFrame(f"no Modbus header: {received[:_HEADER].hex(' ')}")
    return _HEADER + length


def tcp_content(request: bytes, frame: bytes) -> bytes:
    """
    The content of a complete frame that answers this request.

    :raises BadFrame: if transaction or unit differ; a transaction id of 0 ties an answer to nothing and is
        refused.
    """
    if frame[0:2] != request[0:2]:
        raise BadFrame(f"answer to transaction {frame[0:2].hex()}, asked in {request[0:2].hex()}")
    if frame[_HEADER] != request[_HEADER]:
        raise BadFrame(f"answer from unit {frame[_HEADER]}, asked {request[_HEADER]}")
    return frame[_HEADER + 1 :]
