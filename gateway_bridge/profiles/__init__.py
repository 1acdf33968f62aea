# SPDX-License-Identifier: Apache-2.0
"""Device profiles: one YAML file for each kind of device, with its source and samples that the tests decode.

`shipped()` gives all of them by name; `parse_profile` checks a text that somebody wrote.
"""

from gateway_bridge.profiles.catalogue import load_profile, shipped
from gateway_bridge.profiles.errors import UnableToLoadProfile
from gateway_bridge.profiles.schema import parse_profile

__all__ = ["UnableToLoadProfile", "load_profile", "parse_profile", "shipped"]
