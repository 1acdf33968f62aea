# SPDX-License-Identifier: Apache-2.0
"""Lines set by known widths: the widths are the font's, and figures stand below each other."""

import doctest
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageFont

from billing.documents import columns, figures, typeset
from billing.documents.filters import figures as figures_filter
from billing.documents.typeset import BLANK, UNITS_PER_EM, cut, flush_right, width, wrap

texts = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x17F), max_size=120)


@pytest.mark.parametrize("module", [columns, figures, typeset], ids=lambda module: module.__name__)
def test_the_examples_in_the_docstrings_hold(module: object) -> None:
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]


def test_the_widths_are_those_of_the_typeface() -> None:
    """Slightly wider is allowed (rare letters share an entry), narrower is not."""
    font = ImageFont.truetype(
        "LiberationSans-Regular.ttf", UNITS_PER_EM, layout_engine=ImageFont.Layout.BASIC
    )
    for sign in map(chr, [*range(0x20, 0x7F), *range(0xA0, 0x180), *map(ord, "–—‘’“”•…€−")]):
        if sign == "\u0149":  # deprecated letter, drawn differently from version to version
            continue
        assert font.getlength(sign) - 2 <= width(sign) <= font.getlength(sign) + 120, sign


def test_digits_points_and_blanks_fit_each_other() -> None:
    for sign in "0123456789":
        assert abs(width(sign) - 2 * BLANK) <= 1
    assert {width(sign) for sign in ".,/ "} == {BLANK}


@given(st.lists(st.decimals("-99999", "99999", places=1), min_size=2, max_size=12))
def test_figures_end_exactly_where_their_column_does(numbers: list[Decimal]) -> None:
    cells = [figures.figure(number, 1, "CH") for number in numbers]
    ends = [20 * (place + 1) for place in range(len(cells))]
    line = flush_right(cells, ends).replace("'", " ")  # the filter sets an apostrophe as wide as a blank
    taken = 0
    for cell, end in zip(cells, ends, strict=True):
        taken = line.index(cell.replace("'", " "), taken) + len(cell)
        # A minus is 58 units wider than two blanks, a digit one unit: less than a tenth of a millimetre.
        assert abs(width(line[:taken]) - end * BLANK) <= 58 * len(cells) + taken


@given(texts, st.integers(3000, 60000))
def test_no_line_is_wider_than_its_room_and_no_letter_is_lost(text: str, limit: int) -> None:
    lines = wrap(text, limit)
    assert all(width(line) <= limit for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_a_figure_too_wide_for_its_column_never_runs_into_its_neighbour() -> None:
    assert flush_right(["123456789.123", "987654321.123"], [10, 20]) == "123456789.123  987654321.123"


def test_a_word_without_end_is_cut_in_one_pass() -> None:
    lines = wrap("x" * 300_000, 30_000)
    assert "".join(lines) == "x" * 300_000
    assert len(set(map(len, lines[:-1]))) == 1


def test_a_cut_title_says_so() -> None:
    assert cut("electric mobility", typeset.room(15, 9)) == "electric…"
    assert cut("heat", typeset.room(15, 9)) == "heat"


def test_the_filter_escapes_before_it_marks_as_safe() -> None:
    assert figures_filter("1'234 <b>&") == "1<i>&#x27;</i>234 &lt;b&gt;&amp;"


@pytest.mark.parametrize(
    ("country", "expected"), [("CH", "1'234'567.50"), ("DE", "1.234.567,50"), ("LI", "1'234'567.50")]
)
def test_numbers_are_written_as_in_the_country(country: str, expected: str) -> None:
    assert figures.figure(Decimal("1234567.495"), 2, country) == expected


def test_a_rate_keeps_its_decimals() -> None:
    assert [figures.rate(Decimal(rate), "CH") for rate in ("8.1", "19", "2.60", "3.75")] == [
        "8.1",
        "19.0",
        "2.6",
        "3.75",
    ]
