# SPDX-License-Identifier: Apache-2.0
"""What a VIF means: quantity, unit and power of ten (EN 13757-3, tables 10, 12 and 14).

Each row covers codes `first` to `last`; the power of ten grows by one from code to code.  Units are
normalised to Wh, J, m^3, kg, W, s … so that two meters with different exponents give the same number for
the same thing.  The tables hold facts of the standard; names of quantities follow libmbus, against whose
recordings the decoder is tested.
"""

from __future__ import annotations

from dataclasses import dataclass

RESERVED = "Reserved"
_SECONDS = (1, 60, 3600, 86400)
# A mean month and a tropical year in hundredths of a second: what other decoders normalise to as well.
_LONG_PERIODS = (262_974_383, 3_155_692_600)


@dataclass(frozen=True, slots=True)
class Unit:
    """Physical value = number in the telegram × factor × 10^exponent, in `unit`."""

    quantity: str
    unit: str
    exponent: int = 0
    factor: int = 1


_PRIMARY_ROWS = (
    (0x00, 0x07, "Energy", "Wh", -3),
    (0x08, 0x0F, "Energy", "J", 0),
    (0x10, 0x17, "Volume", "m^3", -6),
    (0x18, 0x1F, "Mass", "kg", -3),
    (0x28, 0x2F, "Power", "W", -3),
    (0x30, 0x37, "Power", "J/h", 0),
    (0x38, 0x3F, "Volume flow", "m^3/h", -6),
    (0x40, 0x47, "Volume flow", "m^3/min", -7),
    (0x48, 0x4F, "Volume flow", "m^3/s", -9),
    (0x50, 0x57, "Mass flow", "kg/h", -3),
    (0x58, 0x5B, "Flow temperature", "°C", -3),
    (0x5C, 0x5F, "Return temperature", "°C", -3),
    (0x60, 0x63, "Temperature difference", "K", -3),
    (0x64, 0x67, "External temperature", "°C", -3),
    (0x68, 0x6B, "Pressure", "bar", -3),
)
_PRIMARY_PERIODS = (
    (0x20, "On time"),
    (0x24, "Operating time"),
    (0x70, "Averaging Duration"),
    (0x74, "Actuality Duration"),
)
_PRIMARY_NAMES = {
    0x6C: ("Time point (date)", "-"),
    0x6D: ("Time point (date & time)", "-"),
    0x6E: ("H.C.A.", "Units for H.C.A."),
    0x78: ("Fabrication No", ""),
    0x79: ("(Enhanced) Identification", ""),
    0x7A: ("Bus Address", ""),
    0x7E: ("Any VIF", ""),
    0x7F: ("Manufacturer specific", ""),
}

_FD_ROWS = (
    (0x00, 0x03, "Credit", "Currency units", -3),
    (0x04, 0x07, "Debit", "Currency units", -3),
    (0x40, 0x4F, "Voltage", "V", -9),
    (0x50, 0x5F, "Current", "A", -12),
)
_FD_PERIODS = ((0x24, "Storage interval"), (0x2C, "Duration since last readout"), (0x34, "Period of tariff"))
_FD_LONG_PERIODS = ((0x28, "Storage interval"), (0x38, "Period of tariff"))
_FD_NAMES = {
    0x08: "Access Number (transmission count)",
    0x09: "Medium",
    0x0A: "Manufacturer",
    0x0B: "Parameter set identification",
    0x0C: "Model / Version",
    0x0D: "Hardware version",
    0x0E: "Firmware version",
    0x0F: "Software version",
    0x10: "Customer location",
    0x11: "Customer",
    0x12: "Access Code User",
    0x13: "Access Code Operator",
    0x14: "Access Code System Operator",
    0x15: "Access Code Developer",
    0x16: "Password",
    0x17: "Error flags",
    0x18: "Error mask",
    0x1A: "Digital Output",
    0x1B: "Digital Input",
    0x1E: "Retry",
    0x20: "First storage # for cyclic storage",
    0x21: "Last storage # for cyclic storage",
    0x22: "Size of storage block",
    0x30: "Start (date/time) of tariff",
    0x3A: "Dimensionless",
    0x60: "Reset counter",
    0x61: "Cumulation counter",
    0x62: "Control signal",
    0x63: "Day of week",
    0x64: "Week number",
    0x65: "Time point of day change",
    0x66: "State of parameter activation",
    0x67: "Special supplier information",
    0x70: "Date and time of battery change",
}
_FD_MEASURED = {0x1C: ("Baudrate", "Baud"), 0x1D: ("Response delay time", "Bittimes")}
# Duration of a tariff (31…33), and hours, days, months, years of two more durations.
_FD_SECONDS = {
    0x31: ("Duration of tariff", 60),
    0x32: ("Duration of tariff", 3600),
    0x33: ("Duration of tariff", 86400),
    0x68: ("Duration since last cumulation", 3600),
    0x69: ("Duration since last cumulation", 86400),
    0x6C: ("Operating time battery", 3600),
    0x6D: ("Operating time battery", 86400),
}
_FD_HUNDREDTHS = {
    0x6A: ("Duration since last cumulation", _LONG_PERIODS[0]),
    0x6B: ("Duration since last cumulation", _LONG_PERIODS[1]),
    0x6E: ("Operating time battery", _LONG_PERIODS[0]),
    0x6F: ("Operating time battery", _LONG_PERIODS[1]),
}

_FB_ROWS = (
    (0x00, 0x01, "Energy", "Wh", 5),
    (0x08, 0x09, "Energy", "J", 8),
    (0x10, 0x11, "Volume", "m^3", 2),
    (0x18, 0x19, "Mass", "kg", 5),
    (0x1A, 0x1B, "Relative humidity", "%", -1),
    (0x21, 0x21, "Volume", "feet^3", -1),
    (0x22, 0x23, "Volume", "American gallon", -1),
    (0x24, 0x24, "Volume flow", "American gallon/min", -3),
    (0x25, 0x25, "Volume flow", "American gallon/min", 0),
    (0x26, 0x26, "Volume flow", "American gallon/h", 0),
    (0x28, 0x29, "Power", "W", 5),
    (0x30, 0x31, "Power", "J/h", 8),
    (0x58, 0x5B, "Flow temperature", "°F", -3),
    (0x5C, 0x5F, "Return temperature", "°F", -3),
    (0x60, 0x63, "Temperature difference", "°F", -3),
    (0x64, 0x67, "External temperature", "°F", -3),
    (0x70, 0x73, "Cold / Warm Temperature Limit", "°F", -3),
    (0x74, 0x77, "Cold / Warm Temperature Limit", "°C", -3),
    (0x78, 0x7F, "Cumul count max power", "W", -3),
)


def _table(rows: tuple[tuple[int, int, str, str, int], ...]) -> list[Unit]:
    table = [Unit(RESERVED, RESERVED)] * 128
    for first, last, quantity, unit, exponent in rows:
        for code in range(first, last + 1):
            table[code] = Unit(quantity, unit, exponent + code - first)
    return table


def _add_periods(table: list[Unit], periods: tuple[tuple[int, str], ...]) -> None:
    for first, quantity in periods:
        for step, seconds in enumerate(_SECONDS):
            table[first + step] = Unit(quantity, "s", 0, seconds)


def _primary() -> list[Unit]:
    table = _table(_PRIMARY_ROWS)
    _add_periods(table, _PRIMARY_PERIODS)
    for code, (quantity, unit) in _PRIMARY_NAMES.items():
        table[code] = Unit(quantity, unit)
    return table


def _fd() -> list[Unit]:
    table = _table(_FD_ROWS)
    _add_periods(table, _FD_PERIODS)
    for first, quantity in _FD_LONG_PERIODS:
        for step, hundredths in enumerate(_LONG_PERIODS):
            table[first + step] = Unit(quantity, "s", -2, hundredths)
    for code, quantity in _FD_NAMES.items():
        table[code] = Unit(quantity, "")
    for code, (quantity, unit) in _FD_MEASURED.items():
        table[code] = Unit(quantity, unit)
    for code, (quantity, seconds) in _FD_SECONDS.items():
        table[code] = Unit(quantity, "s", 0, seconds)
    for code, (quantity, hundredths) in _FD_HUNDREDTHS.items():
        table[code] = Unit(quantity, "s", -2, hundredths)
    return table


PRIMARY = _primary()
FD = _fd()
FB = _table(_FB_ROWS)
