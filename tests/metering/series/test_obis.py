# SPDX-License-Identifier: Apache-2.0
"""OBIS codes in words."""

import pytest

from metering.series.obis import UnableToReadObis, meaning, parse


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("1-1:1.29.0", "active import load profile"),
        ("1-1:2.8.0", "active export total register"),
        ("1-0:1.8.1*255", "active import register tariff 1"),
        ("1-1:1.8.2", "active import register tariff 2"),
        ("1-1:2.29.0", "active export load profile"),
        ("1-0:3.8.0", "reactive import total register"),
        ("1-0:1.6.0", "active import maximum"),
        ("1.7.0", "active import instantaneous"),
        ("6-0:1.0.0", "heat energy total"),
        ("7-0:3.0.0", "gas volume"),
        ("8-0:1.0.0", "cold water volume"),
        ("9-0:1.0.0", "hot water volume"),
    ],
)
def test_a_code_in_words(code: str, words: str) -> None:
    assert meaning(parse(code)) == words


def test_a_code_is_written_back() -> None:
    assert str(parse("1-0:1.8.1*255")) == "1-0:1.8.1"
    assert str(parse("1-0:1.8.1*3")) == "1-0:1.8.1*3"


@pytest.mark.parametrize("code", ["", "1-1", "1-1:1.8", "A-1:1.8.0", "1-1:1.8.999"])
def test_what_is_no_code_is_refused(code: str) -> None:
    with pytest.raises(UnableToReadObis):
        parse(code)
