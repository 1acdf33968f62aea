# SPDX-License-Identifier: Apache-2.0
"""One register's UTC day as a vector of 96 whole numbers, and matrices of such days.

A missing slot holds the sentinel `MISSING`, never a zero.  Stored vectors are
big-endian, the byte order of PostgreSQL's binary COPY, so that a matrix of days is
written without touching a value.
"""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from metering.series.calendar import SLOTS_PER_DAY

MISSING = -(2**31)
LARGEST = 2**31 - 1
WIRE = np.dtype(">i4")
VECTOR_BYTES = SLOTS_PER_DAY * WIRE.itemsize

Values = NDArray[np.int32]
Qualities = NDArray[np.uint8]


class Quality(IntEnum):
    """
    Where a slot's value comes from; what is stored is the number.

    The order is the order of trust (best first), so the quality of a sum is the maximum of its parts.
    """

    MEASURED = 0
    CORRECTED = 1
    INTERPOLATED = 2
    PROVISIONAL = 3
    SUBSTITUTED = 4
    ESTIMATED = 5
    MISSING = 255


class UnableToPack(ValueError):
    """A vector has the wrong length, or a value does not fit into 32 bits."""


def pack(vector: NDArray[np.integer]) -> bytes:
    """
    The stored bytes of one day [96] or of several days [n, 96], row after row.

    :raises UnableToPack: if the last axis is not 96 long or a value is out of range.
    """
    if vector.shape[-1:] != (SLOTS_PER_DAY,):
        raise UnableToPack(f"A day has {SLOTS_PER_DAY} slots, not {vector.shape}.")
    if vector.size and (vector.min() < MISSING or vector.max() > LARGEST):
        raise UnableToPack("A value does not fit into 32 bits.")
    return vector.astype(WIRE).tobytes()


def unpack(stored: bytes | memoryview) -> Values:
    """
    The vector [96] of one stored day, in the machine's byte order.

    :raises UnableToPack: if the bytes are not one day.
    """
    if len(stored) != VECTOR_BYTES:
        raise UnableToPack(f"A stored day has {VECTOR_BYTES} bytes, not {len(stored)}.")
    return np.frombuffer(stored, dtype=WIRE).astype(np.int32)


def pack_quality(quality: Qualities) -> bytes | None:
    """The stored bytes of a day's qualities; None where everything was measured."""
    if quality.shape != (SLOTS_PER_DAY,):
        raise UnableToPack(f"A day has {SLOTS_PER_DAY} qualities, not {quality.shape}.")
    return quality.astype(np.uint8).tobytes() if quality.any() else None


def unpack_quality(stored: bytes | memoryview | None, vector: Values) -> Qualities:
    """Qualities [96] of a stored day; without stored ones, what is present was measured."""
    if stored is None:
        return default_quality(vector)
    if len(stored) != SLOTS_PER_DAY:
        raise UnableToPack(f"A day has {SLOTS_PER_DAY} qualities, not {len(stored)}.")
    return np.frombuffer(stored, dtype=np.uint8).copy()


def default_quality(values: Values) -> Qualities:
    """MEASURED where there is a value, MISSING where there is none; same shape as `values`."""
    return np.where(values == MISSING, Quality.MISSING, Quality.MEASURED).astype(np.uint8)


def total(values: Values) -> NDArray[np.int64]:
    """Sum over the last axis, int64, leaving missing slots out; count them with `present`."""
    return np.asarray(np.where(values == MISSING, 0, values).sum(axis=-1, dtype=np.int64))


def present(values: Values) -> NDArray[np.int64]:
    """Number of slots that have a value, over the last axis."""
    return np.asarray((values != MISSING).sum(axis=-1, dtype=np.int64))


def sums_by_group(
    values: Values, groups: NDArray[np.int32], group_count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """
    Sums and numbers of present slots per group.

    `values` is [n, slots], `groups` [slots] with values in `range(group_count)`; both results are
    int64 of shape [n, group_count].
    """
    sums = np.zeros((group_count, len(values)), dtype=np.int64)
    counts = np.zeros_like(sums)
    if values.size:
        begins = _run_begins(groups)
        known = values != MISSING
        runs = np.add.reduceat(np.where(known, values, 0), begins, axis=1, dtype=np.int64)
        known_runs = np.add.reduceat(known, begins, axis=1, dtype=np.int64)
        np.add.at(sums, groups[begins], runs.T)
        np.add.at(counts, groups[begins], known_runs.T)
    return np.ascontiguousarray(sums.T), np.ascontiguousarray(counts.T)


def peak_by_group(values: Values, groups: NDArray[np.int32], group_count: int) -> NDArray[np.int64]:
    """Highest slot value per group, int64 [n, group_count]; MISSING where a group has no value at all."""
    peaks = np.full((group_count, len(values)), MISSING, dtype=np.int64)
    if values.size:
        begins = _run_begins(groups)
        runs = np.maximum.reduceat(values, begins, axis=1).astype(np.int64)
        np.maximum.at(peaks, groups[begins], runs.T)
    return np.ascontiguousarray(peaks.T)


def days_to_series(vectors: Values) -> Values:
    """Consecutive UTC days [days, 96] as one line of slots [days * 96]."""
    return np.ascontiguousarray(vectors, dtype=np.int32).reshape(-1)


def _run_begins(groups: NDArray[np.int32]) -> NDArray[np.intp]:
    """Places where a new group begins; slots lie in time order, so a group is a few runs of slots."""
    return np.flatnonzero(np.diff(groups, prepend=groups[:1] - 1))
