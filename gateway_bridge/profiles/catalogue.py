# SPDX-License-Identifier: Apache-2.0
"""The profiles that come with the product."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from types import MappingProxyType

from gateway_bridge.drivers.profile import Profile
from gateway_bridge.profiles.errors import UnableToLoadProfile
from gateway_bridge.profiles.schema import parse_profile

_HERE = Path(__file__).parent


def load_profile(path: Path) -> Profile:
    """
    Read a profile file.

    :raises UnableToLoadProfile: if it cannot be read or is not a valid profile.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as refusal:
        raise UnableToLoadProfile(f"cannot be read: {refusal}", origin=path.name) from refusal
    return parse_profile(text, origin=path.name)


@cache
def shipped() -> MappingProxyType[str, Profile]:
    """All shipped profiles by name, in the order of their names."""
    profiles = [load_profile(path) for path in sorted(_HERE.glob("*/*.yaml"))]
    by_name = {profile.name: profile for profile in profiles}
    assert len(by_name) == len(profiles), "two profiles have the same name"
    return MappingProxyType(dict(sorted(by_name.items())))
