# SPDX-License-Identifier: Apache-2.0
"""SEPA creditor identifier: country, check digits (mod 97-10), business code, national identifier.

The business code is the creditor's own (ZZZ by default) and takes no part in the check digits.
"""

from stdnum.eu import at_02

from billing.identifiers.scor import canonical_check_digits


def is_valid(identifier: str) -> bool:
    """
    Whether form and check digits are right.

    >>> is_valid("DE98ZZZ09999999999"), is_valid("DE98ABC09999999999"), is_valid("DE97ZZZ09999999999")
    (True, True, False)
    """
    compact = at_02.compact(identifier)
    return bool(at_02.is_valid(compact)) and canonical_check_digits(compact[2:4])
