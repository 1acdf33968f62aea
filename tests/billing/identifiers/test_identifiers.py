# SPDX-License-Identifier: Apache-2.0
"""References and codes: what we make is valid, and a changed digit is noticed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.ch import esr

from billing.identifiers import company, creditor, iban, market, qrr, scor

bodies = st.integers(1, 10**26 - 1).map(str)
words = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=1, max_size=21)


@given(bodies)
def test_a_made_qr_reference_is_valid_and_agrees_with_the_former_esr(body: str) -> None:
    reference = qrr.make(body)

    assert qrr.is_valid(reference) and len(reference) == 27
    assert esr.calc_check_digit(reference[:-1]) == reference[-1]
    assert qrr.is_valid(qrr.printed(reference))


@given(bodies, st.integers(0, 26), st.integers(1, 9))
def test_one_changed_digit_of_a_qr_reference_is_noticed(body: str, place: int, change: int) -> None:
    reference = qrr.make(body)
    digit = (int(reference[place]) + change) % 10

    assert not qrr.is_valid(f"{reference[:place]}{digit}{reference[place + 1 :]}")


@pytest.mark.parametrize("body", ["", "0", "12a", "1" * 27, "²"])
def test_what_is_no_body_of_a_qr_reference_is_refused(body: str) -> None:
    with pytest.raises(qrr.UnfitReference):
        qrr.make(body)


@given(words)
def test_a_made_creditor_reference_is_valid(body: str) -> None:
    assert scor.is_valid(scor.make(body))
    assert scor.make(body.lower()) == scor.make(body)


@pytest.mark.parametrize(
    "reference", ["RF04", "RF0072", "RF19539007547034", "XX18539007547034", "", "RF18-539"]
)
def test_a_wrong_creditor_reference_is_noticed(reference: str) -> None:
    assert not scor.is_valid(reference)


@pytest.mark.parametrize("body", ["", "A" * 22, "A-B", "Ä"])
def test_what_is_no_body_of_a_creditor_reference_is_refused(body: str) -> None:
    with pytest.raises(scor.UnfitReference):
        scor.make(body)


@pytest.mark.parametrize(
    ("account", "valid", "qr"),
    [
        ("CH44 3199 9123 0008 8901 2", True, True),
        ("CH5800791123000889012", True, False),
        ("CH4431999123000889013", False, False),
        ("DE89370400440532013000", True, False),
        ("", False, False),
    ],
)
def test_accounts(account: str, valid: bool, qr: bool) -> None:
    assert (iban.is_valid(account), iban.is_qr_iban(account)) == (valid, qr)


@pytest.mark.parametrize(
    ("account", "kind", "fits"),
    [
        ("CH4431999123000889012", "QRR", True),
        ("CH4431999123000889012", "SCOR", False),
        ("CH5800791123000889012", "SCOR", True),
        ("CH5800791123000889012", "NON", True),
        ("CH5800791123000889012", "QRR", False),
        ("CH5900791123000889012", "NON", False),
    ],
)
def test_a_qr_iban_goes_with_a_qr_reference_and_no_other(account: str, kind, fits: bool) -> None:
    assert iban.goes_with(account, kind) is fits


def test_a_reference_shows_its_kind() -> None:
    assert iban.reference_type("210000000003139471430009017") == "QRR"
    assert iban.reference_type("RF18539007547034") == "SCOR"
    assert iban.reference_type(" ") == "NON"
    assert iban.reference_type("Rechnung 12") is None


def test_the_business_code_takes_no_part_in_a_creditor_identifier() -> None:
    assert creditor.is_valid("DE98ABC09999999999")
    assert not creditor.is_valid("DE97ZZZ09999999999")


@given(st.integers(10**9, 10**10 - 1), st.integers(0, 9))
def test_only_one_last_digit_makes_a_malo(body: int, digit: int) -> None:
    identifier = f"{body}{market.malo_check_digit(str(body))}"

    assert market.is_malo(identifier)
    assert market.is_malo(f"{body}{digit}") == (identifier[-1] == str(digit))


@pytest.mark.parametrize(
    ("designation", "valid"),
    [
        ("CH1012301234500000000000000012345", True),
        ("CH101230123450000000000000001234", False),
        ("FR1012301234500000000000000012345", False),
        ("DE00056266802AO6G56M11SN51G21M24S", True),
    ],
)
def test_a_metering_point_has_33_characters(designation: str, valid: bool) -> None:
    assert market.is_metering_point(designation) is valid


def test_company_numbers() -> None:
    assert company.is_uid("CHE-100.155.212") and not company.is_uid("CHE-100.155.213")
    assert company.is_vat_number("CHE-107.787.577 MWST") and company.is_vat_number("DE136695976")
    assert market.is_eic("22XWATTPLUS----G") and not market.is_eic("22XWATTPLUS----X")
