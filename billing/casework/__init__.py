# SPDX-License-Identifier: Apache-2.0
"""Runs worked cases (tests/data/cases.yaml and files of that shape) through the product's own functions.

A topic's module turns a case's inputs into arguments and the results into answers; it calculates
nothing itself.  Which function answers is chosen by the case's prefix and the names of its inputs.
"""
