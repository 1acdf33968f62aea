# SPDX-License-Identifier: Apache-2.0
"""Tables as blocks of ready lines: one block of text per group of columns instead of one box per cell."""

from collections.abc import Iterable, Sequence

from billing.documents.typeset import wrap


def level(rows: Iterable[Sequence[str]], limits: Sequence[int | None]) -> list[list[str]]:
    """
    Rows of cells as rows of single lines.  A cell wider than its column's limit (None: no limit)
    continues on the next line, where the other columns stay empty.

    >>> level([["a b", "1"], ["c", "2"]], [600 + 569, None])
    [['a', '1'], ['b', ''], ['c', '2']]
    """
    return [line for row in rows for line in _lines(row, limits)]


def block(lines: Iterable[Sequence[str]], column: int) -> str:
    """One column of levelled lines as a text."""
    return "\n".join(line[column] for line in lines)


def portions(lines: Sequence[list[str]], size: int) -> list[Sequence[list[str]]]:
    """Lines in portions that are kept on one page each."""
    return [lines[start : start + size] for start in range(0, len(lines), size)]


def _lines(row: Sequence[str], limits: Sequence[int | None]) -> list[list[str]]:
    cells = [
        [cell] if limit is None else [line for part in cell.split("\n") for line in wrap(part, limit)]
        for cell, limit in zip(row, limits, strict=True)
    ]
    height = max(len(cell) for cell in cells)
    return [[cell[place] if place < len(cell) else "" for cell in cells] for place in range(height)]
