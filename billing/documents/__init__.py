# SPDX-License-Identifier: Apache-2.0
"""From an invoice's frozen snapshot to the bytes people receive; reads nothing but the snapshot."""
