# SPDX-License-Identifier: Apache-2.0
"""The demo: one command that sets a house up, reads it over the wire, and bills it."""
