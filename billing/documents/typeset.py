# SPDX-License-Identifier: Apache-2.0
"""Lay out lines of text by their known widths, so that the PDF engine need not.

In WeasyPrint every table cell costs a layout of its own; a block of ready lines costs
one per line.  That needs two things here: where a title breaks, and how many blanks
bring figures below each other.  In Liberation Sans (and Arial, Helvetica: same widths)
a digit is exactly as wide as two blanks, a point or comma as one, so columns of plain
figures padded with blanks stand exactly; anything else is off by half a blank at most.
"""

from collections.abc import Sequence

UNITS_PER_EM = 2048
BLANK = 569
_BY_WIDTH = {
    391: "'",
    455: "ijlįĵĺļłſ‘’",
    532: "|¦",
    569: " !,./:;I[\\]ft\u00a0·ÌÍÎÏìíîïĨĩĪīĬĭĮİıţŧ",
    682: "()-`rľ¡¨\u00ad²³´¸¹ŕŗř“”",
    717: "•{}ŀ",
    768: 'ťºª"',
    819: "°*",
    1024: "JcksvxyzçýÿćĉċčĴķĸśŝşšŷźżž^ĳ",
    1139: "#$0123456789?L_abdeghnopqu¢£¤¥§«»àáâãäåèéêëðñòóôõöùúûüþāăąđēĕėęěĝğġģĥħĹĻĽĿŁńņňŋōŏőũūŭůűų–€±÷¯¶",
    1196: "+<=>~¬×−µ",
    1251: "FTZ¿ßøŢŤŦŹŻŽŉ",
    1366: "&ABEKPSVXYÀÁÂÃÄÅÈÉÊËÝÞĀĂĄĒĔĖĘĚĶŚŜŞŠŶŸď",
    1479: "CDHNRUwÇÐÑÙÚÛÜĆĈĊČĎĐĤĦŃŅŇŔŖŘŨŪŬŮŰŲŵŊ",
    1593: "GOQÒÓÔÕÖØĜĞĠĢŌŎŐ©®Ĳ",
    1708: "Mm¼½¾",
    1933: "%æWœŴ",
    2079: "ÆŒ—…@",
}
_WIDTHS = {sign: width for width, signs in _BY_WIDTH.items() for sign in signs}
# Signs of other scripts come from another font; as wide as they may be, so that nothing overflows.
_UNKNOWN = 2048


def width(text: str) -> int:
    """Width of one line in 1/2048 em of the regular face (bold is up to 10 % wider)."""
    return sum(_WIDTHS.get(sign, _UNKNOWN) for sign in text)


def room(millimetres: float, points: float) -> int:
    """How many units a line of that length holds at that size of type."""
    return int(millimetres * 72 / 25.4 / points * UNITS_PER_EM)


def wrap(text: str, limit: int) -> list[str]:
    """
    Break text into lines no wider than `limit`; a word that is wider is cut.

    >>> wrap("solar electricity", room(20, 10))
    ['solar', 'electricity']
    """
    words = text.split()
    whole = " ".join(words)
    if width(whole) <= limit:
        return [whole]
    lines: list[str] = []
    line = ""
    for piece in (piece for word in words for piece in _pieces(word, limit)):
        joined = f"{line} {piece}" if line else piece
        if line and width(joined) > limit:
            lines.append(line)
            joined = piece
        line = joined
    return [*lines, line]


def cut(text: str, limit: int) -> str:
    """One line: the text, or as many words as fit with an ellipsis after them."""
    lines = wrap(text, limit)
    return lines[0] if len(lines) == 1 else f"{lines[0]}…"


def _pieces(word: str, limit: int) -> list[str]:
    """A word in parts that each fit; one pass, because nobody promises that words are short."""
    pieces, start, taken = [], 0, 0
    for place, sign in enumerate(word):
        own = _WIDTHS.get(sign, _UNKNOWN)
        if taken + own > limit and place > start:
            pieces.append(word[start:place])
            start, taken = place, 0
        taken += own
    return [*pieces, word[start:]]


def figure_columns(cells: Sequence[str], pitch: float) -> str:
    """
    Cells in columns of `pitch` blanks each, every one flush right, as one line of text.

    >>> figure_columns(["1.5", "12.5"], 9)
    '    1.5  12.5'
    """
    return flush_right(cells, [pitch * (place + 1) for place in range(len(cells))])


def flush_right(cells: Sequence[str], ends: Sequence[float]) -> str:
    """
    Cells in one line of text, each ending so many blanks from the line's start.

    An apostrophe counts as a blank: the template filter `figures` sets it that wide, so that
    figures with and without thousands stand exactly below each other.
    """
    line, taken = "", 0
    for cell, end in zip(cells, ends, strict=True):
        own = width(cell.replace("'", " "))
        # Two blanks at least: too wide a figure shifts the row, but never runs into its neighbour.
        blanks = max(2 if line else 0, round((end * BLANK - taken - own) / BLANK))
        line += " " * blanks + cell
        taken += blanks * BLANK + own
    return line
