# SPDX-License-Identifier: Apache-2.0
"""OBIS codes (IEC 62056-6-1): what a register counts, as `A-B:C.D.E*F`.

A names the medium, B the channel, C the quantity, D how it was processed, E the tariff, and F the
billing period (255: the present one).
"""

import re
from dataclasses import dataclass

_PATTERN = re.compile(
    r"(?:(?P<medium>\d{1,3})-(?P<channel>\d{1,3}):)?"
    r"(?P<quantity>\d{1,3})\.(?P<processing>\d{1,3})\.(?P<tariff>\d{1,3})(?:[*&.](?P<billing>\d{1,3}))?"
)
_ELECTRICITY = 1
_ELECTRICITY_QUANTITIES = {
    1: "active import",
    2: "active export",
    3: "reactive import",
    4: "reactive export",
    5: "reactive quadrant 1",
    6: "reactive quadrant 2",
    7: "reactive quadrant 3",
    8: "reactive quadrant 4",
    9: "apparent import",
    10: "apparent export",
}
_TIME_INTEGRAL, _MAXIMUM, _INSTANTANEOUS, _LOAD_PROFILE = 8, 6, 7, 29
_OTHER_MEDIA = {
    4: "heat cost allocator units",
    5: "cooling energy",
    6: "heat energy",
    7: "gas volume",
    8: "cold water volume",
    9: "hot water volume",
}
# Thermal energy is named with its register, a volume by itself.
_COUNTED_WITH_TARIFFS = (5, 6)
_HIGHEST = 255


class UnableToReadObis(ValueError):
    """The text is no OBIS code."""


@dataclass(frozen=True, slots=True)
class Obis:
    """The value groups of a code; `str()` writes it back without the present billing period."""

    medium: int
    channel: int
    quantity: int
    processing: int
    tariff: int
    billing: int = _HIGHEST

    def __str__(self) -> str:
        code = f"{self.medium}-{self.channel}:{self.quantity}.{self.processing}.{self.tariff}"
        return code if self.billing == _HIGHEST else f"{code}*{self.billing}"


def parse(code: str) -> Obis:
    """
    Read a code; without medium and channel it is taken for electricity, channel 0.

    >>> parse("1-0:1.8.1*255")
    Obis(medium=1, channel=0, quantity=1, processing=8, tariff=1, billing=255)

    :raises UnableToReadObis: if the text is no OBIS code.
    """
    found = _PATTERN.fullmatch(code.strip())
    if found is None:
        raise UnableToReadObis(f"{code!r} is no OBIS code.")
    groups = {name: int(digits) for name, digits in found.groupdict().items() if digits is not None}
    if max(groups.values()) > _HIGHEST:
        raise UnableToReadObis(f"{code!r}: a value group goes up to {_HIGHEST}.")
    return Obis(**({"medium": _ELECTRICITY, "channel": 0} | groups))


def meaning(code: Obis) -> str:
    """
    The code in words, for people and for choosing a register.

    >>> meaning(parse("1-1:2.8.0"))
    'active export total register'
    """
    if code.medium == _ELECTRICITY:
        return _electrical(code)
    name = _OTHER_MEDIA.get(code.medium, f"medium {code.medium}")
    if code.medium not in _COUNTED_WITH_TARIFFS:
        return f"{name} tariff {code.tariff}" if code.tariff else name
    return f"{name} tariff {code.tariff}" if code.tariff else f"{name} total"


def _electrical(code: Obis) -> str:
    name = _ELECTRICITY_QUANTITIES.get(code.quantity, f"quantity {code.quantity}")
    if code.processing == _TIME_INTEGRAL:
        return f"{name} register tariff {code.tariff}" if code.tariff else f"{name} total register"
    kind = {_LOAD_PROFILE: "load profile", _MAXIMUM: "maximum", _INSTANTANEOUS: "instantaneous"}.get(
        code.processing, f"processing {code.processing}"
    )
    return f"{name} {kind} tariff {code.tariff}" if code.tariff else f"{name} {kind}"
