# SPDX-License-Identifier: Apache-2.0
"""Why a profile is refused, in words for the person who wrote it."""

from __future__ import annotations


class UnableToLoadProfile(Exception):
    """A profile that cannot be used; `line` counts from 1, `key` is the path to the culprit."""

    def __init__(self, reason: str, *, origin: str, line: int | None = None, key: str = "") -> None:
        place = origin if line is None else f"{origin}, line {line}"
        super().__init__(f"{place}: {key}: {reason}" if key else f"{place}: {reason}")
        self.reason = reason
        self.line = line
        self.key = key
