# SPDX-License-Identifier: Apache-2.0
"""A broker and workers of the test's own: processes that can be killed."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

import redis
from django.db import connections

from config.embedded.programs import valkey_program

WORKER_OPTIONS = [
    "-c",
    "1",
    "-l",
    "INFO",
    "--without-gossip",
    "--without-mingle",
    "--include",
    "tests.jobs.engine_handlers",
]
ROOT = Path(__file__).resolve().parents[2]


class Engine:
    """Valkey and Celery workers on the test database; everything ends with the block."""

    def __init__(self) -> None:
        self.stack = ExitStack()
        self.folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory(prefix="zw")))
        self.socket = self.folder / "v.sock"
        self.broker: subprocess.Popen[bytes] | None = None
        self.workers: list[subprocess.Popen[bytes]] = []

    @property
    def redis_url(self) -> str:
        return f"unix://{self.socket}?db=0"

    def __enter__(self) -> "Engine":
        self.start_broker()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in [*self.workers, *([self.broker] if self.broker else [])]:
            _end(process)
        self.stack.close()

    def start_broker(self) -> None:
        self.broker = subprocess.Popen(
            [
                valkey_program(),
                "--port",
                "0",
                "--unixsocket",
                str(self.socket),
                "--save",
                "",
                "--daemonize",
                "no",
            ],
            stdout=subprocess.DEVNULL,
            cwd=self.folder,
            start_new_session=True,
        )
        wait_for(lambda: self.socket.exists() and self.client().ping(), "the broker answers")

    def stop_broker(self) -> None:
        assert self.broker
        _end(self.broker)

    def client(self) -> redis.Redis:
        return redis.Redis(unix_socket_path=str(self.socket))

    def start_worker(self, queues: str = "default,billing,pdf,poll,ingest") -> subprocess.Popen[bytes]:
        log = (self.folder / f"worker-{len(self.workers)}.log").open("wb")
        self.stack.callback(log.close)
        worker = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "config", "worker", "-Q", queues, *WORKER_OPTIONS],
            env=self.environment(),
            cwd=ROOT,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self.workers.append(worker)
        name = Path(log.name)
        wait_for(lambda: b"ready." in name.read_bytes(), "the worker is ready", seconds=40)
        return worker

    def environment(self) -> dict[str, str]:
        return os.environ | {
            "DATABASE_URL": _url("default"),
            "DATABASE_OWNER_URL": _url("owner"),
            "REDIS_URL": self.redis_url,
            "ZAEHLWERK_DEVELOPMENT": "1",
        }


def kill(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL to the whole group: nothing is cleaned up."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def wait_for(condition: Callable[[], object], what: str, *, seconds: float = 20) -> None:
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        try:
            if condition():
                return
        except (redis.ConnectionError, OSError):
            pass
        time.sleep(0.05)
    raise AssertionError(f"waited {seconds} s and still not: {what}")


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _url(alias: str) -> str:
    settings = connections[alias].settings_dict
    login = quote(settings["USER"])
    if settings["PASSWORD"]:
        login += ":" + quote(settings["PASSWORD"])
    port = f"&port={settings['PORT']}" if settings["PORT"] else ""
    return f"postgresql://{login}@/{settings['NAME']}?host={quote(settings['HOST'], safe='')}{port}"
