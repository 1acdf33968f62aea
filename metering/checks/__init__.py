# SPDX-License-Identifier: Apache-2.0
"""Plausibility rules, one small class each: a line of slots goes in, findings come out.

A check never changes a value.  `ALL` lists the checks that need one register only; those that
compare registers are called with what they compare.
"""

from metering.checks.base import Check, Finding, Line
from metering.checks.between import BalanceOfTree, ChannelSum, RegisterAgainstSlots
from metering.checks.single import AboveConnection, Frozen, Incomplete, Negative, NeverZero, VacantUse

ALL: tuple[Check, ...] = (Incomplete(), Negative(), AboveConnection(), Frozen())

__all__ = [
    "ALL",
    "AboveConnection",
    "BalanceOfTree",
    "ChannelSum",
    "Check",
    "Finding",
    "Frozen",
    "Incomplete",
    "Line",
    "Negative",
    "NeverZero",
    "RegisterAgainstSlots",
    "VacantUse",
]
