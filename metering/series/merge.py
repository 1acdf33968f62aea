# SPDX-License-Identifier: Apache-2.0
"""What is stored of some days and what comes for them, made into what stands afterwards.

A missing slot says nothing.  A value replaces what is there, unless it is an
estimate and what is there deserves more trust.  Filling up a day at its end is
not a rewrite: nobody can have read what was not there yet.  Everything else is.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metering.series.calendar import SLOTS_PER_DAY
from metering.series.vectors import MISSING, Qualities, Quality, Values, default_quality

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Merged:
    """
    Days after the merge, [n, 96] (`quality` None: all that is there was measured).

    `changed` [n]: the day differs from the stored one; `rewritten` [n]: it differs at or before its
    last value; `replaced` [n, 96]: slots that held a value and hold another one (or none) now.
    The numbers count slots.
    """

    vectors: Values
    quality: Qualities | None
    stored: Values | None
    stored_quality: Qualities | None
    changed: Flags
    rewritten: Flags
    replaced: Flags
    written: int
    unchanged: int
    corrected: int


def merge(
    *,
    stored: Values | None,
    stored_quality: Qualities | None,
    given: Values,
    given_quality: Qualities | None,
    retract: Values | None,
) -> Merged:
    """
    Merge `given` [n, 96] into `stored` [n, 96] (None where nothing is stored of any of the days).

    `retract` [n, 96] names values that are to go where they still stand.
    """
    if stored is None:
        return _all_new(given, given_quality)
    if stored_quality is None and given_quality is None and retract is None:
        vectors = np.where(given == MISSING, stored, given)
        return _compared(vectors, None, stored, None, given)
    old_quality = default_quality(stored) if stored_quality is None else stored_quality
    base, base_quality = _without(stored, old_quality, retract)
    new_quality = default_quality(given) if given_quality is None else given_quality
    weaker = (new_quality >= Quality.INTERPOLATED) & (base_quality < new_quality) & (base != MISSING)
    takes = (given != MISSING) & ~weaker
    vectors, quality = np.where(takes, given, base), np.where(takes, new_quality, base_quality)
    return _compared(vectors, quality.astype(np.uint8), stored, old_quality, given)


def _all_new(given: Values, quality: Qualities | None) -> Merged:
    count = int(np.count_nonzero(given != MISSING))
    nothing = np.zeros(len(given), dtype=bool)
    changed = (given != MISSING).any(axis=1)
    marked = (
        None if quality is None else np.where(given == MISSING, Quality.MISSING, quality).astype(np.uint8)
    )
    replaced = np.broadcast_to(np.zeros(1, dtype=bool), given.shape)
    return Merged(given, marked, None, None, changed, nothing, replaced, count, 0, 0)


def _without(stored: Values, quality: Qualities, retract: Values | None) -> tuple[Values, Qualities]:
    if retract is None:
        return stored, quality
    gone = (retract != MISSING) & (retract == stored)
    return (
        np.where(gone, MISSING, stored).astype(np.int32),
        np.where(gone, Quality.MISSING, quality).astype(np.uint8),
    )


def _compared(
    vectors: Values,
    quality: Qualities | None,
    stored: Values,
    stored_quality: Qualities | None,
    given: Values,
) -> Merged:
    known = stored != MISSING
    differs = vectors != stored
    written = int(np.count_nonzero(differs & ~known))
    replaced = differs & known
    if quality is not None and stored_quality is not None:
        differs |= quality != stored_quality
    rewritten = (differs & (np.arange(SLOTS_PER_DAY) <= _last(known)[:, None])).any(axis=1)
    corrected = int(np.count_nonzero(replaced))
    unchanged = int(np.count_nonzero((given != MISSING) & (vectors == stored)))
    return Merged(
        vectors, quality, stored, stored_quality, differs.any(axis=1), rewritten, replaced,
        written, unchanged, corrected,
    )  # fmt: skip


def _last(known: Flags) -> NDArray[np.intp]:
    """Place of the last value of each day, -1 where there is none."""
    return np.where(known.any(axis=1), SLOTS_PER_DAY - 1 - known[:, ::-1].argmax(axis=1), -1)
