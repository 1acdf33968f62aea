# SPDX-License-Identifier: Apache-2.0
from metering.models.catalogues import BaseUnit, Medium, MeterKind, ReadingMethod
from metering.models.events import MeterEvent, MeterEventKind
from metering.models.intervals import DayTotal, IntervalDay, IntervalDayRevision, IntervalQuantity, MonthTotal
from metering.models.meters import (
    Direction,
    Meter,
    MeterAssignment,
    MeterFactor,
    MeterLink,
    MeterMode,
    Register,
)
from metering.models.readings import BatchKind, Reading, ReadingBatch

__all__ = [
    "BaseUnit",
    "BatchKind",
    "DayTotal",
    "Direction",
    "IntervalDay",
    "IntervalDayRevision",
    "IntervalQuantity",
    "Medium",
    "Meter",
    "MeterAssignment",
    "MeterEvent",
    "MeterEventKind",
    "MeterFactor",
    "MeterKind",
    "MeterLink",
    "MeterMode",
    "MonthTotal",
    "Reading",
    "ReadingBatch",
    "ReadingMethod",
    "Register",
]
