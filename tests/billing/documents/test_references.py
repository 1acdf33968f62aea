# SPDX-License-Identifier: Apache-2.0
import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.documents import references
from billing.documents.references import (
    UnableToRefer,
    is_qr_iban,
    is_qrr,
    is_scor,
    is_swiss_iban,
    qrr,
    qrr_from_number,
    scor,
)

digits = st.text("0123456789", min_size=1, max_size=26).filter(lambda text: text.strip("0"))
bodies = st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=21)


def test_the_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(references).failed == 0


@given(digits)
def test_every_reference_made_is_valid_and_keeps_its_body(body: str) -> None:
    reference = qrr(body)
    assert is_qrr(reference)
    assert reference[:-1].lstrip("0") == body.lstrip("0")


@given(digits, st.integers(0, 26), st.integers(1, 9))
def test_one_wrong_digit_never_passes(body: str, place: int, change: int) -> None:
    reference = qrr(body)
    wrong = reference[:place] + str((int(reference[place]) + change) % 10) + reference[place + 1 :]
    assert not is_qrr(wrong)


@given(bodies)
def test_every_creditor_reference_made_is_valid(body: str) -> None:
    assert is_scor(scor(body))


@pytest.mark.parametrize(
    "wrong", ["RF04", "RF04GHJ74CV9B4DFH99RXPLMMQ43JKL0", "RF0072", "XX", "", "RF18539007547035"]
)
def test_wrong_creditor_references_are_told(wrong: str) -> None:
    assert not is_scor(wrong)


def test_qr_ibans_are_told_by_their_clearing_number() -> None:
    accounts = ["CH4431999123000889012", "CH5800791123000889012", "CH3709000000304442225"]
    assert [is_qr_iban(account) for account in accounts] == [True, False, False]
    assert all(is_swiss_iban(account) for account in accounts)
    wrong = ["CH4431999123000889013", "DE89370400440532013000", "CH44 3199 9123 0008 8901 2", ""]
    assert not any(is_swiss_iban(account) for account in wrong)


def test_invoice_numbers_of_two_series_give_two_references() -> None:
    assert qrr_from_number("2026-00042", prefix="1") != qrr_from_number("2026-00042", prefix="2")


@pytest.mark.parametrize(
    "attempt",
    [
        lambda: qrr("0" * 10),
        lambda: qrr("1" * 27),
        lambda: qrr("12a"),
        lambda: qrr("²"),
        lambda: qrr_from_number("ABC"),
        lambda: qrr_from_number("123456", prefix="1" * 21),
        lambda: scor("é"),
        lambda: scor("ab"),
        lambda: scor(""),
        lambda: scor("1" * 22),
    ],
)
def test_what_is_no_reference_is_refused(attempt: object) -> None:
    with pytest.raises(UnableToRefer):
        attempt()  # type: ignore[operator]
