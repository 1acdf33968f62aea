# SPDX-License-Identifier: Apache-2.0
"""The demo's processes: simulator, workers, beat, web.  All end with the demo."""

import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType

GRACE_SECONDS = 8


class UnableToStart(RuntimeError):
    """A process of the demo did not come up; the message names its log."""


class Processes:
    """Starts processes in sessions of their own and ends them all, in reverse order."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder = folder
        self.environment = os.environ | environment
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.stack = ExitStack()
        folder.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> "Processes":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in reversed(self.running.values()):
            _signal(process, signal.SIGTERM)
        limit = time.monotonic() + GRACE_SECONDS
        for process in reversed(self.running.values()):
            try:
                process.wait(max(0.1, limit - time.monotonic()))
            except subprocess.TimeoutExpired:
                _signal(process, signal.SIGKILL)
                process.wait()
        self.stack.close()

    def start(
        self, name: str, *arguments: str, environment: dict[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """`python -m ARGUMENTS` in the background; its words go to `NAME.log`."""
        log = self.stack.enter_context((self.folder / f"{name}.log").open("wb"))
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            stdout=log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env=self.environment | (environment or {}),
            start_new_session=True,
        )
        self.running[name] = process
        return process

    def wait_for_words(self, name: str, words: str, *, seconds: float = 60) -> str:
        """
        The log of `name` once it holds `words`.

        :raises UnableToStart: when the process ends or the time is over.
        """
        path = self.folder / f"{name}.log"
        limit = time.monotonic() + seconds
        while time.monotonic() < limit:
            text = path.read_text(encoding="utf-8", errors="replace")
            if words in text:
                return text
            if self.running[name].poll() is not None:
                break
            time.sleep(0.05)
        last = path.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-3:]
        raise UnableToStart(f"{name} did not start. Its last words ({path}): {' / '.join(last) or 'none'}")

    def dead(self) -> list[str]:
        """Names of processes that ended by themselves."""
        return [name for name, process in self.running.items() if process.poll() is not None]


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)
