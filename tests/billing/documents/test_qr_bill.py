# SPDX-License-Identifier: Apache-2.0
"""The data of QR-bills against the samples in tests/data/qrbill and a second library's opinion."""

import dataclasses
import doctest
from decimal import Decimal
from pathlib import Path

import pytest
import qrbill
from hypothesis import given
from hypothesis import strategies as st

from billing.documents import qr_bill
from billing.documents.html import qr_bill as bill_of
from billing.documents.qr_bill import InvalidQrBill, Party, QrBill, fit, parse, payload
from tests.billing.documents import samples

FOLDER = Path(__file__).resolve().parents[2] / "data" / "qrbill"
FAULTS = {
    "invalid_QRIBAN_with_SCOR": ("reference type", "a QR-IBAN demands QRR"),
    "invalid_QRR_check_digit": ("reference", "valid check digit"),
    "invalid_currency_USD": ("currency", "'USD', should be CHF or EUR"),
    "invalid_plain_IBAN_with_QRR": ("reference type", "QRR demands a QR-IBAN"),
    "invalid_since_2025-11_combined_address_K": ("debtor address type", "type K"),
}
SNAPSHOT_BILL = bill_of(samples.invoice())
assert SNAPSHOT_BILL is not None
BILL = SNAPSHOT_BILL


def text_of(path: Path) -> str:
    return path.read_bytes().decode()


def samples_named(kind: str) -> list[Path]:
    return sorted(FOLDER.glob(f"{kind}_*.txt"))


def test_the_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(qr_bill).failed == 0


@pytest.mark.parametrize("path", samples_named("valid"), ids=lambda path: path.stem)
def test_a_valid_payload_is_read_and_written_to_the_same_bytes(path: Path) -> None:
    assert payload(parse(text_of(path))) == text_of(path)


@pytest.mark.parametrize("path", samples_named("valid"), ids=lambda path: path.stem)
def test_line_ends_of_windows_say_the_same(path: Path) -> None:
    assert parse(text_of(path).replace("\n", "\r\n")) == parse(text_of(path))


@pytest.mark.parametrize("path", samples_named("invalid"), ids=lambda path: path.stem)
def test_an_invalid_payload_is_refused_by_the_name_of_its_fault(path: Path) -> None:
    with pytest.raises(InvalidQrBill) as refusal:
        parse(text_of(path))
    field, fault = FAULTS.get(path.stem, (refusal.value.field, refusal.value.fault))
    assert refusal.value.field == field
    assert fault in refusal.value.fault


@pytest.mark.parametrize(
    ("line", "text", "field"),
    [
        (0, "SPX", "header"),
        (1, "0100", "header"),
        (3, "CH4431999123000889013", "iban"),
        (3, "DE89370400440532013000", "iban"),
        (4, "X", "creditor address type"),
        (5, "", "creditor name"),
        (5, "N" * 71, "creditor name"),
        (6, "S" * 71, "creditor street"),
        (7, "1" * 17, "creditor house number"),
        (8, "", "creditor postcode"),
        (9, "T" * 36, "creditor town"),
        (10, "che", "creditor country"),
        (12, "Somebody", "ultimate creditor"),
        (18, "1949.7", "amount"),
        (18, "1'949.75", "amount"),
        (18, "01.00", "amount"),
        (18, "0.00", "amount"),
        (18, "1000000000.00", "amount"),
        (27, "XXX", "reference type"),
        (29, "M" * 141, "message"),
        (29, "snow \u2603", "message"),
        (29, "a\tb", "message"),
        (30, "END", "trailer"),
        (31, "B" * 140, "message and bill information"),
        (32, "A" * 101, "alternative scheme"),
    ],
)
def test_each_rule_is_enforced(line: int, text: str, field: str) -> None:
    lines = text_of(FOLDER / "valid_02_QRR_billinfo_altschemes.txt").split("\n")
    lines[line] = text
    with pytest.raises(InvalidQrBill) as refusal:
        parse("\n".join(lines))
    assert refusal.value.field == field


def test_too_few_and_too_many_lines_are_refused() -> None:
    lines = text_of(FOLDER / "valid_02_QRR_billinfo_altschemes.txt").split("\n")
    for broken in (lines[:30], [*lines, "more"]):
        with pytest.raises(InvalidQrBill, match="lines, 31 to 34"):
            parse("\n".join(broken))


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": Decimal("1.001")},
        {"amount": Decimal("NaN")},
        {"amount": Decimal("-1")},
        {"message": "two\nlines"},
        {"reference_type": "NON"},
        {"iban": "CH5800791123000889012", "reference_type": "NON"},
        {"schemes": ("a", "b", "c")},
    ],
)
def test_a_bill_that_a_bank_would_refuse_cannot_be_made(changes: dict) -> None:
    with pytest.raises(InvalidQrBill):
        dataclasses.replace(BILL, **changes)


def test_another_library_writes_the_same_text() -> None:
    def address(party: Party) -> dict[str, str]:
        return {
            "name": party.name,
            "street": party.street,
            "house_num": party.house_number,
            "pcode": party.postcode,
            "city": party.town,
            "country": party.country,
        }

    assert BILL.debtor is not None
    second = qrbill.QRBill(
        account=BILL.iban,
        creditor=address(BILL.creditor),
        debtor=address(BILL.debtor),
        amount=str(BILL.amount),
        currency=BILL.currency,
        reference_number=BILL.reference,
        additional_information=BILL.message,
        billing_information=BILL.bill_information,
    )
    assert payload(BILL) == second.qr_data().replace("\r\n", "\n")


letters = st.characters(min_codepoint=0x20, max_codepoint=0x17F, exclude_categories=["Cc"])
names = st.text(letters, min_size=1, max_size=70)


@given(name=names, message=st.text(letters, max_size=99), cents=st.integers(1, 10**11 - 1))
def test_what_is_written_is_read_back(name: str, message: str, cents: int) -> None:
    bill = dataclasses.replace(
        BILL,
        creditor=dataclasses.replace(BILL.creditor, name=name),
        amount=Decimal(cents) / 100,
        message=message,
    )
    assert parse(payload(bill)) == bill


@given(st.text(max_size=200), st.integers(1, 140))
def test_any_text_can_be_made_to_fit(text: str, length: int) -> None:
    fitted = fit(text, length)
    assert len(fitted) <= length
    assert "\n" not in fitted
    assert dataclasses.replace(BILL, message=fitted[:99]).message == fitted[:99]


def test_a_line_break_in_a_name_cannot_add_a_line_to_the_code() -> None:
    debtor = dataclasses.replace(samples.DEBTOR, name="Ana\nQRR\n1", town="Bern\r\nCH")
    bill = bill_of(samples.invoice(debtor=debtor))
    assert bill is not None
    assert payload(bill).count("\n") == payload(BILL).count("\n")


def test_a_foreign_account_gives_no_swiss_slip() -> None:
    payment = dataclasses.replace(
        samples.invoice().payment, iban="DE89370400440532013000", reference_type="NON", reference=""
    )
    assert bill_of(samples.invoice(payment=payment)) is None
    assert bill_of(samples.credit_note()) is None


def test_a_bill_is_a_value() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        BILL.iban = ""  # type: ignore[misc]
    assert isinstance(BILL, QrBill)
