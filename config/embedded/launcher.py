# SPDX-License-Identifier: Apache-2.0
"""Start, share and stop the embedded servers.

Whoever uses them holds `users.lock` shared. The keeper stops the servers when nobody holds it any more; the
kernel lets go of a lock when its process dies, however it dies.
"""

import contextlib
import fcntl
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from config.database import RUNTIME_ROLE
from config.embedded import cluster, problems, programs, roles
from config.embedded.places import VALKEY_SOCKET, Places, Profile, make_folder, places_of, socket_folder

KEEPER = Path(__file__).with_name("keeper.py")
LINGER_SECONDS = 1.0
START_SECONDS = 150
STOP_SECONDS = 60
LARGEST_LOG = 5 * 2**20
# Descriptors of users.lock by lock folder, open as long as this process lives.
_held: dict[Path, int] = {}


@dataclass(frozen=True, slots=True)
class Services:
    """Addresses of the servers, in the form of the three environment variables."""

    database_url: str
    database_owner_url: str
    redis_url: str

    @property
    def environment(self) -> dict[str, str]:
        return {
            "DATABASE_URL": self.database_url,
            "DATABASE_OWNER_URL": self.database_owner_url,
            "REDIS_URL": self.redis_url,
        }


def services_at(sockets: Path) -> Services:
    host = quote(str(sockets), safe="")
    return Services(
        database_url=f"postgresql://{RUNTIME_ROLE}@/{roles.DATABASE}?host={host}",
        database_owner_url=f"postgresql://{roles.OWNER}@/{roles.DATABASE}?host={host}",
        redis_url=f"unix://{quote(str(sockets / VALKEY_SOCKET))}?db=0",
    )


@contextlib.contextmanager
def locked(places: Places) -> Iterator[None]:
    """Only one process at a time starts or stops the servers of these places."""
    make_folder(places.locks)
    handle = os.open(places.locks / "mutex.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def become_user(places: Places) -> int:
    """Hold users.lock for the life of this process; its children by fork hold it too."""
    if places.locks not in _held:
        handle = os.open(places.locks / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(handle, fcntl.LOCK_SH)
        _held[places.locks] = handle
    return _held[places.locks]


def pass_on(places: Places) -> None:
    """Let programs that this process becomes or starts from now on be users too, as long as they live."""
    if places.locks in _held:
        os.set_inheritable(_held[places.locks], True)


def leave(places: Places) -> None:
    handle = _held.pop(places.locks, None)
    if handle is not None:
        os.close(handle)


def keeper_lives(places: Places) -> bool:
    try:
        handle = os.open(places.locks / "keeper.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except PermissionError as error:
        raise problems.other_owner(places.locks) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def wait_for_end(places: Places) -> None:
    deadline = time.monotonic() + STOP_SECONDS
    while keeper_lives(places):
        if time.monotonic() > deadline:
            raise problems.no_answer(STOP_SECONDS, places.postgres_log)
        time.sleep(0.02)


def read_state(places: Places) -> dict[str, Any] | None:
    """What the keeper says of its servers, or None when none are up."""
    if not places.locks.is_dir() or not keeper_lives(places):
        return None
    try:
        state: dict[str, Any] = json.loads((places.locks / "state.json").read_text())
    except FileNotFoundError:
        return None
    return state


def keep_short(log: Path) -> None:
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        log.replace(log.with_suffix(".log.1"))


def valkey_command(sockets: Path) -> list[str]:
    # The broker is a hint, PostgreSQL the truth: nothing of it is written to disk.
    path = str(sockets / VALKEY_SOCKET)
    return [
        str(programs.valkey_program()),
        *("--port", "0", "--unixsocket", path, "--unixsocketperm", "700"),
        *("--save", "", "--appendonly", "no", "--daemonize", "no", "--dir", str(sockets)),
    ]


def plan_of(places: Places, runner: programs.Runner, data: Path, sockets: Path) -> dict[str, Any]:
    common = {"cwd": str(runner.base), "env": programs.ENVIRONMENT}
    postgres = {
        "command": runner.command("postgres", *cluster.arguments(places, data, sockets)),
        "log": str(places.postgres_log),
        "uid": runner.uid,
        "gid": runner.gid,
    }
    valkey = {"command": valkey_command(sockets), "log": str(places.valkey_log), "uid": 0, "gid": 0}
    return {
        "servers": {"postgres": {**common, **postgres}, "valkey": {**common, **valkey}},
        "postmaster_pid": str(data / "postmaster.pid"),
        "valkey_socket": str(sockets / VALKEY_SOCKET),
        "linger": LINGER_SECONDS,
        "remove": [],
        "state": {"sockets": str(sockets), "data": str(data), "profile": places.profile},
    }


def run_keeper(places: Places) -> str:
    """Start the keeper; its answer: `ready`, or the name of the server that failed."""
    reader, writer = os.pipe()
    command = [sys.executable, "-I", "-S", str(KEEPER), str(places.locks), str(writer)]
    keep_short(places.logs / "keeper.log")
    with (places.logs / "keeper.log").open("ab") as log:
        subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=[writer],
            cwd=places.base,
            check=True,
        )
    os.close(writer)
    with os.fdopen(reader, "rb") as answers:
        ready, _, _ = select.select([answers], [], [], START_SECONDS)
        return answers.read().decode() if ready else ""


def hand_back(places: Places, runner: programs.Runner) -> None:
    """In another user's project root leaves no file that its owner could not write later."""
    if runner.uid and places.base.stat().st_uid == runner.uid:
        for folder in (places.locks, places.logs):
            for path in (folder, *folder.iterdir()):
                runner.give(path)


def start_servers(places: Places) -> Services:
    """Initialise what is missing and start both servers; called under the mutex."""
    valkey = programs.valkey_program()
    major = programs.postgres_major()
    runner = programs.runner_for(places)
    make_folder(places.logs)
    data = cluster.prepare(runner, places, major)
    sockets, temporary = socket_folder(runner.base / places.run.name)
    cluster.clear_left_over(data, sockets / VALKEY_SOCKET)
    runner.give(sockets)
    for log in (places.postgres_log, places.valkey_log):
        keep_short(log)
    plan = plan_of(places, runner, data, sockets)
    if temporary:
        plan["remove"] = [str(sockets)]
        sys.stderr.write(f"{places.run} is too long for a socket's path: the sockets are in {sockets}.\n")
    for name in ("plan.json", "pinned"):
        (places.locks / name).unlink(missing_ok=True)
    (places.locks / "plan.json").write_text(json.dumps(plan, indent=1))
    answer = run_keeper(places)
    hand_back(places, runner)
    if answer != "ready":
        log = places.valkey_log if answer == "valkey" else places.postgres_log
        raise problems.refused(answer or valkey.name, problems.last_words(log), place=data, log=log)
    roles.ensure_roles(data, sockets)
    return services_at(sockets)


def ensure(profile: Profile | None = None) -> Services:
    """
    The servers' addresses, started where they do not run yet; this process counts as a user until it ends.

    DATABASE_URL and REDIS_URL of the environment are used untouched where they are set.
    """
    given = os.environ
    if given.get("DATABASE_URL") and given.get("REDIS_URL"):
        return Services(given["DATABASE_URL"], given.get("DATABASE_OWNER_URL", ""), given["REDIS_URL"])
    services = share(places_of(profile))
    if given.get("DATABASE_URL"):
        return Services(given["DATABASE_URL"], given.get("DATABASE_OWNER_URL", ""), services.redis_url)
    return Services(
        services.database_url, services.database_owner_url, given.get("REDIS_URL") or services.redis_url
    )


def share(places: Places) -> Services:
    """Use the servers of these places, starting them first where nobody has."""
    with locked(places):
        state = read_state(places)
        become_user(places)
        if state is not None:
            roles.ensure_roles(Path(state["data"]), Path(state["sockets"]))
            return services_at(Path(state["sockets"]))
        try:
            wait_for_end(places)
            return start_servers(places)
        except BaseException:
            leave(places)
            raise


@contextlib.contextmanager
def borrowed(places: Places) -> Iterator[None]:
    """Cease to be a user at the end of the block, unless this process was one before."""
    used_before = places.locks in _held
    try:
        yield
    finally:
        if not used_before:
            leave(places)


@contextlib.contextmanager
def running(profile: Profile | None = None) -> Iterator[Services]:
    """The servers for the length of a block; they stop soon after their last user has left."""
    with borrowed(places_of(profile)):
        yield ensure(profile)


def start(profile: Profile | None = None) -> Services:
    """Start the servers and leave them running until `stop`."""
    places = places_of(profile)
    with borrowed(places):
        services = share(places)
        with locked(places):
            (places.locks / "pinned").touch()
    return services


def stop(profile: Profile | None = None) -> bool:
    """Stop the servers, whoever uses them; False when none were running."""
    places = places_of(profile)
    if not places.locks.is_dir():
        return False
    with locked(places):
        state = read_state(places)
        if state is None:
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(state["keeper"], 15)
        wait_for_end(places)
    return True
