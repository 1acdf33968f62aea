# SPDX-License-Identifier: Apache-2.0
"""The one door through which measured values come in."""

from metering.services.batches import BatchKey, IngestResult
from metering.services.locking import UnknownRegister
from metering.services.record_intervals import UnfitIntervals, record_intervals
from metering.services.record_readings import IndexReading, UnfitReading, record_readings

__all__ = [
    "BatchKey",
    "IndexReading",
    "IngestResult",
    "UnfitIntervals",
    "UnfitReading",
    "UnknownRegister",
    "record_intervals",
    "record_readings",
]
