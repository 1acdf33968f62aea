# SPDX-License-Identifier: Apache-2.0
"""What the launcher says when it cannot start, and when it need not."""

import importlib.util
from pathlib import Path

import pytest

from config import embedded
from config.embedded import places, problems, programs

PLACE = Path("var/pg18")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("FATAL:  could not write lock file: No space left on device", "is full: free 200 MB"),
        ('FATAL:  lock file "postmaster.pid" already exists', "Another server uses"),
        ("FATAL:  database files are incompatible with server", "another PostgreSQL"),
        ("initdb: error: invalid locale settings", "initdb: error: invalid locale settings"),
        ("", "it printed nothing"),
    ],
)
def test_the_reason_of_a_failed_start_is_one_sentence(words: str, sentence: str) -> None:
    assert sentence in str(problems.refused("postgres", words, place=PLACE, log=Path("log")))


@pytest.mark.parametrize("find", [programs.postgres_folder, programs.valkey_program])
def test_a_missing_wheel_is_named_with_its_two_mends(find: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(embedded.UnableToStart, match="not installed: run `make setup`, or set DATABASE_URL"):
        find()  # type: ignore[operator]


def test_addresses_of_the_environment_are_used_untouched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://somebody@somewhere/something")
    monkeypatch.setenv("DATABASE_OWNER_URL", "")
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere:6379/1")
    monkeypatch.setattr("config.embedded.launcher.share", lambda places: pytest.fail("nothing to start"))
    assert embedded.ensure() == embedded.Services(
        "postgresql://somebody@somewhere/something", "", "redis://elsewhere:6379/1"
    )


def test_a_profile_that_does_not_exist_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZAEHLWERK_EMBEDDED", "quick")
    with pytest.raises(embedded.UnableToStart, match="neither durable nor fast"):
        places.places_of()


def test_the_two_profiles_share_no_folder_but_the_log() -> None:
    durable, fast = places.places_of("durable"), places.places_of("fast")
    for name in ("locks", "run", "postgres_log", "valkey_log"):
        assert getattr(durable, name) != getattr(fast, name)
    assert durable.data(18) != fast.data(18)


def test_a_socket_path_of_107_bytes_fits_and_one_more_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "LONGEST_SOCKET_PATH", 107)
    room = 107 - len("/.s.PGSQL.5432")
    assert places.fits(Path("/" + "a" * (room - 1)))
    assert not places.fits(Path("/" + "a" * room))
