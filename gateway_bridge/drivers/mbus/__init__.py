# SPDX-License-Identifier: Apache-2.0
"""M-Bus (EN 13757): telegrams to exact decimals, and the few telegrams that ask for them."""

from gateway_bridge.drivers.mbus.record import Function, ManufacturerData, Record, RecordKey
from gateway_bridge.drivers.mbus.telegram import Telegram, decode_part, decode_telegram, octets_of

__all__ = [
    "Function",
    "ManufacturerData",
    "Record",
    "RecordKey",
    "Telegram",
    "decode_part",
    "decode_telegram",
    "octets_of",
]
