# SPDX-License-Identifier: Apache-2.0
"""References, accounts and market codes: each says whether it is valid, and is made where we issue it."""
