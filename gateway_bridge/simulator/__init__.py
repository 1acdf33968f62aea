# SPDX-License-Identifier: Apache-2.0
"""Meters on simulated buses: a development tool in a process of its own (README.md)."""
