# SPDX-License-Identifier: Apache-2.0
"""PostgreSQL's data folder: made once, checked at every start."""

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

from config.embedded import problems
from config.embedded.places import Places, Profile, make_folder
from config.embedded.programs import Runner

SUPERUSER = "postgres"
NEEDED_BYTES = 150 * 2**20
ORPHAN_SECONDS = 20
# Durable by default; the fast profile trades a power cut for speed and never holds anybody's data.
SETTINGS: dict[Profile, dict[str, str]] = {
    "durable": {},
    "fast": {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"},
}
COMMON_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "max_wal_size": "2GB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "jit": "off",
}


def initialise(runner: Runner, data: Path, profile: Profile) -> None:
    """Make the data folder beside its place and move it there when complete, so that none is half-made."""
    if shutil.disk_usage(data.parent).free < NEEDED_BYTES:
        raise problems.disk_full(data)
    fresh = data.with_name(data.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    make_folder(fresh)
    runner.give(fresh)
    done = runner.call(
        "initdb",
        f"--pgdata={fresh}",
        f"--username={SUPERUSER}",
        "--auth-local=trust",
        "--auth-host=reject",
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        *(["--no-sync"] if profile == "fast" else []),
    )
    if done.returncode:
        shutil.rmtree(fresh, ignore_errors=True)
        raise problems.refused("initdb", done.stdout, place=data, log=data)
    fresh.rename(data)


def prepare(runner: Runner, places: Places, major: int) -> Path:
    """The data folder, initialised; refuses one of another major version."""
    data = runner.base / places.data(major).name
    if data.exists():
        if (data / "PG_VERSION").read_text().strip() != str(major):
            raise problems.other_major(data, major)
        return data
    others = [path for path in sorted(runner.base.glob("pg[0-9][0-9]*")) if is_sibling(path, data)]
    if others and places.profile == "durable":
        raise problems.other_major(others[-1], major)
    initialise(runner, data, places.profile)
    return data


def is_sibling(path: Path, data: Path) -> bool:
    """Data of the same profile, of any version."""
    return path.name.removeprefix("pg").isdigit() and path != data and (path / "PG_VERSION").exists()


def arguments(places: Places, data: Path, sockets: Path) -> list[str]:
    quoted = '"' + str(sockets).replace('"', '""') + '"'
    settings = {**COMMON_SETTINGS, **SETTINGS[places.profile], "unix_socket_directories": quoted}
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    return ["-D", str(data), *options]


def command_line(pid: int) -> str:
    """The command of a process, empty when there is none (a zombie has none either)."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        pass
    if Path("/proc/self").exists():
        return ""
    return subprocess.run(["ps", "-o", "args=", "-p", str(pid)], capture_output=True, text=True).stdout


def clear_left_over(data: Path, valkey_socket: Path) -> None:
    """Stop servers whose keeper is gone, forget the pid file of a dead one; called under the mutex."""
    stop_orphan_valkey(valkey_socket)
    pid_file = data / "postmaster.pid"
    try:
        pid = int(pid_file.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return
    if str(data) not in command_line(pid):
        # The pid is free or a stranger's; beside the stranger PostgreSQL would refuse to start.
        pid_file.unlink(missing_ok=True)
        return
    os.kill(pid, signal.SIGINT)
    deadline = time.monotonic() + ORPHAN_SECONDS
    while str(data) in command_line(pid) and time.monotonic() < deadline:
        time.sleep(0.05)


def stop_orphan_valkey(path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(2)
        try:
            client.connect(str(path))
            client.sendall(b"SHUTDOWN NOSAVE\r\n")
            client.recv(16)
        except OSError:
            return
