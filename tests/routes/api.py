# SPDX-License-Identifier: Apache-2.0
"""The API's own pages: its description names no data."""

from tests.route_expectations import public

ROUTES = {
    "api:schema": public(),
    "api:documentation": public(),
}
