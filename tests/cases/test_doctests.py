# SPDX-License-Identifier: Apache-2.0
"""Every example in a docstring of the pure cores runs."""

import doctest
import importlib
import pkgutil

import pytest

PURE = (
    "metering.series",
    "metering.checks",
    "billing.allocation",
    "billing.tariffs",
    "billing.rules",
    "billing.identifiers",
    "billing.casework",
)
MODULES = [
    found.name
    for package in PURE
    for found in pkgutil.iter_modules(importlib.import_module(package).__path__, f"{package}.")
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0
