# SPDX-License-Identifier: Apache-2.0
"""Cases ID: market codes and OBIS."""

import re

from billing.casework.inputs import Answers, Inputs, answers
from billing.identifiers.creditor import is_valid as is_creditor
from billing.identifiers.market import is_eic, is_malo, is_meter_number, is_metering_point
from metering.series.obis import UnableToReadObis, meaning, parse

_METERING_POINT = re.compile(r"(?:CH|DE|AT)[0-9A-Z]{28,}", re.IGNORECASE)
_METER = re.compile(r"[0-9A-Z][A-Z]{3}\d{6,11}", re.IGNORECASE)
_CREDITOR = re.compile(r"[A-Z]{2}[0-9A-Z]{2}ZZZ[0-9A-Z]+", re.IGNORECASE)


@answers("ID", "ids")
def validity(inputs: Inputs) -> Answers:
    """Whether each code is a valid one of its kind."""
    return {"valid": [is_valid(code) for code in inputs.texts("ids")]}


@answers("ID", "id")
def single_validity(inputs: Inputs) -> Answers:
    """The same for one code."""
    return {"valid": is_valid(str(inputs.raw("id")))}


@answers("ID", "eics")
def eic_validity(inputs: Inputs) -> Answers:
    """Energy Identification Codes."""
    return {"valid": [is_eic(code) for code in inputs.texts("eics")]}


@answers("ID", "metering_points")
def metering_point_validity(inputs: Inputs) -> Answers:
    """Designations of metering points."""
    return {"valid": [is_metering_point(code) for code in inputs.texts("metering_points")]}


@answers("ID", "codes")
def words(inputs: Inputs) -> Answers:
    """OBIS codes in words; a code that is none has no meaning and is not valid."""
    codes = inputs.texts("codes")
    if not any(":" in code or "." in code for code in codes):
        return {"valid": [is_valid(code) for code in codes]}
    meanings = [_meaning(code) for code in codes]
    return {"meaning": meanings, "valid": [one is not None for one in meanings]}


def is_valid(code: str) -> bool:
    """Which kind a code is shows in its form: 33 characters, 16 with letters or dashes, or digits."""
    compact = "".join(code.split())
    if _CREDITOR.fullmatch(compact):
        return is_creditor(compact)
    if _METERING_POINT.fullmatch(compact):
        return is_metering_point(compact)
    if compact.isdigit():
        return is_malo(compact)
    return is_meter_number(compact) if _METER.fullmatch(compact) else is_eic(compact)


def _meaning(code: str) -> str | None:
    try:
        return meaning(parse(code))
    except UnableToReadObis:
        return None
