# SPDX-License-Identifier: Apache-2.0
"""Holds the embedded servers as their parent and stops them when nobody uses them any more.

Started by `launcher.py` as `python -I -S keeper.py FOLDER PIPE`, so it imports the standard library only.
FOLDER holds `plan.json` (what to start) and the locks:

- `users.lock`   every user holds it shared; the kernel lets go when a process dies, even by SIGKILL
- `mutex.lock`   held while servers are started or stopped
- `keeper.lock`  held exclusively as long as this program lives
- `pinned`       while this file exists the servers stay up without users (`start`, until `stop`)
- `state.json`   exists only while both servers answer

The servers are told to die with this program, so its own end by SIGKILL leaves nothing behind on Linux.
"""

import ctypes
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any

POLL_SECONDS = 0.25
START_SECONDS = 120
STOP_SECONDS = 20
PR_SET_PDEATHSIG = 1
asked_to_stop = False


def on_signal(_number: int, _frame: FrameType | None) -> None:
    global asked_to_stop
    asked_to_stop = True


def die_with_parent() -> None:
    """Runs in the child before its program: SIGINT (a fast shutdown for PostgreSQL) when the keeper dies."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT, 0, 0, 0)


def try_lock(path: Path) -> int | None:
    """The descriptor of an exclusive lock on `path`, or None when somebody else holds it."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle


def start_server(server: dict[str, Any]) -> subprocess.Popen[bytes]:
    as_user = {"user": server["uid"], "group": server["gid"], "extra_groups": []} if server["uid"] else {}
    with Path(server["log"]).open("ab") as log:
        return subprocess.Popen(
            server["command"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=server["cwd"],
            env=server["env"],
            preexec_fn=die_with_parent,
            **as_user,
        )


def postgres_answers(pid_file: Path) -> bool:
    """PostgreSQL writes its state into line 8 of postmaster.pid; pg_ctl waits for the same word."""
    try:
        lines = pid_file.read_text().splitlines()
    except OSError:
        return False
    return len(lines) > 7 and lines[7].strip() == "ready"


def valkey_answers(path: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(1)
        try:
            client.connect(path)
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def wait_until_ready(plan: dict[str, Any], servers: dict[str, subprocess.Popen[bytes]]) -> str:
    """Empty when both servers answer, else the name of the one that does not."""
    deadline = time.monotonic() + START_SECONDS
    missing = "postgres"
    while time.monotonic() < deadline:
        for name, process in servers.items():
            if process.poll() is not None:
                return name
        if not postgres_answers(Path(plan["postmaster_pid"])):
            missing = "postgres"
        elif not valkey_answers(plan["valkey_socket"]):
            missing = "valkey"
        else:
            return ""
        time.sleep(0.01)
    return missing


def stop_servers(servers: dict[str, subprocess.Popen[bytes]]) -> None:
    """Fast shutdown first, then without mercy; returns when both are gone."""
    gentle = {"postgres": signal.SIGINT, "valkey": signal.SIGTERM}
    for name, process in servers.items():
        if process.poll() is None:
            process.send_signal(gentle[name])
    for process in servers.values():
        for harder in (signal.SIGQUIT, signal.SIGKILL):
            try:
                process.wait(STOP_SECONDS)
                break
            except subprocess.TimeoutExpired:
                process.send_signal(harder)


def nobody_left(folder: Path) -> bool:
    """True when no user is left; then the mutex stays locked until this process ends."""
    if (folder / "pinned").exists():
        return False
    mutex = try_lock(folder / "mutex.lock")
    if mutex is None:
        return False
    users = try_lock(folder / "users.lock")
    if users is None:
        os.close(mutex)
        return False
    return True


def watch(folder: Path, servers: dict[str, subprocess.Popen[bytes]], linger: float) -> None:
    """Return when the servers are to be stopped: no user for `linger` seconds, a signal, or a dead server."""
    alone_since: float | None = None
    while not asked_to_stop:
        if any(process.poll() is not None for process in servers.values()):
            return
        users = try_lock(folder / "users.lock")
        if users is None or (folder / "pinned").exists():
            alone_since = None
        elif alone_since is None:
            alone_since = time.monotonic()
        if users is not None:
            os.close(users)
        if alone_since is not None and time.monotonic() - alone_since >= linger and nobody_left(folder):
            return
        time.sleep(POLL_SECONDS)


def write_state(folder: Path, plan: dict[str, Any], servers: dict[str, subprocess.Popen[bytes]]) -> None:
    state = {
        **plan["state"],
        "keeper": os.getpid(),
        "pids": {name: process.pid for name, process in servers.items()},
        "since": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }
    fresh = folder / "state.json.new"
    fresh.write_text(json.dumps(state, indent=1))
    fresh.rename(folder / "state.json")


def keep(folder: Path, answer: int) -> None:
    """Start, report to the launcher through `answer`, watch, stop."""
    plan = json.loads((folder / "plan.json").read_text())
    servers: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, server in plan["servers"].items():
            servers[name] = start_server(server)
        failed = wait_until_ready(plan, servers)
        if not failed:
            write_state(folder, plan, servers)
        os.write(answer, (failed or "ready").encode())
        os.close(answer)
        if not failed:
            watch(folder, servers, plan["linger"])
    finally:
        (folder / "state.json").unlink(missing_ok=True)
        stop_servers(servers)
        (folder / "pinned").unlink(missing_ok=True)
        for path in plan["remove"]:
            shutil.rmtree(path, ignore_errors=True)


def main() -> None:
    folder, answer = Path(sys.argv[1]), int(sys.argv[2])
    os.set_inheritable(answer, False)
    if os.fork():
        os._exit(0)  # the launcher waits for this one; the other belongs to nobody's terminal
    os.setsid()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, on_signal)
    if try_lock(folder / "keeper.lock") is None:
        os.write(answer, b"keeper")
        return
    keep(folder, answer)


if __name__ == "__main__":
    main()
