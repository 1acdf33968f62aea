# SPDX-License-Identifier: Apache-2.0
from accounts.models.accounts import Account, Contact, PostalAddress
from accounts.models.idempotency import IdempotentAnswer
from accounts.models.organizations import Membership, Organization
from accounts.models.people import User
from accounts.models.tokens import ApiToken, Invitation

__all__ = [
    "Account",
    "ApiToken",
    "Contact",
    "IdempotentAnswer",
    "Invitation",
    "Membership",
    "Organization",
    "PostalAddress",
    "User",
]
