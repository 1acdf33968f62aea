# SPDX-License-Identifier: Apache-2.0
"""Rows of the wire need an organization's scope; the platform's operator grants networks by
`manage.py allow_network`."""
