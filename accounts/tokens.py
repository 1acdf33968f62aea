# SPDX-License-Identifier: Apache-2.0
"""The written form of API tokens: `zw_<organization>_<prefix>_<secret>`.

The organization in the token only says where to look; what counts is the hash
of the secret found there.  256 random bits need no slow hash.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass

ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True)
class TokenParts:
    organization_id: int
    prefix: str
    secret: str

    def written(self) -> str:
        return f"zw_{self.organization_id}_{self.prefix}_{self.secret}"

    def secret_hash(self) -> str:
        return hash_secret(self.secret)


def new_token(organization_id: int) -> TokenParts:
    prefix = "".join(secrets.choice(ALPHABET) for _ in range(8))
    secret = "".join(secrets.choice(ALPHABET) for _ in range(52))
    return TokenParts(organization_id, prefix, secret)


def parse_token(written: str) -> TokenParts | None:
    """The parts of a token, or None when it is not one."""
    parts = written.split("_")
    if len(parts) != 4 or parts[0] != "zw" or not parts[1].isdecimal() or len(parts[1]) > 9:
        return None
    return TokenParts(int(parts[1]), parts[2], parts[3])


def hash_secret(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def same(hash_kept: str, secret_given: str) -> bool:
    return hmac.compare_digest(hash_kept, hash_secret(secret_given))
