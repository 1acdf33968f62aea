# SPDX-License-Identifier: Apache-2.0
"""Company and VAT numbers: Swiss UID and VAT number, German VAT number."""

from stdnum.ch import uid, vat
from stdnum.de import vat as german_vat


def is_uid(number: str) -> bool:
    """
    Whether it is a Swiss company number.

    >>> is_uid("CHE-100.155.212"), is_uid("CHE-100.155.213")
    (True, False)
    """
    return bool(uid.is_valid(number))


def is_vat_number(number: str) -> bool:
    """
    Whether it is a Swiss VAT number (with MWST, TVA or IVA) or a German one.

    >>> is_vat_number("CHE-107.787.577 IVA"), is_vat_number("CHE-107.787.577")
    (True, False)
    """
    return bool(vat.is_valid(number)) or bool(german_vat.is_valid(number))
