# SPDX-License-Identifier: Apache-2.0
"""The decoder keeps up with any number of buses, and the examples in the docstrings are true."""

import doctest
import importlib
import time

import pytest

from gateway_bridge.drivers.mbus import decode_telegram
from tests.gateway_bridge.recordings import frames, telegram

FRAMES_PER_SECOND = 5_000


def test_five_thousand_telegrams_a_second_on_one_core():
    recordings = [telegram(name) for name in frames()]
    best = float("inf")
    for _ in range(10):
        started = time.process_time()
        for octets in recordings * 5:
            decode_telegram(octets)
        best = min(best, time.process_time() - started)

    assert 5 * len(recordings) / best >= FRAMES_PER_SECOND


@pytest.mark.parametrize(
    "name",
    [
        "decode",
        "measure",
        "modbus_decode",
        "modbus_pdu",
        "modbus_plan",
        "mbus_driver",
        "mbus.encode",
        "mbus.telegram",
    ],
)
def test_examples_in_docstrings_hold(name):
    failed, tried = doctest.testmod(importlib.import_module(f"gateway_bridge.drivers.{name}"))

    assert (failed, tried > 0) == (0, True)
