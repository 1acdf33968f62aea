# SPDX-License-Identifier: Apache-2.0
"""Start the simulator as a process of its own and talk to it (tests and the demo)."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from gateway_bridge.simulator.errors import UnableToSimulate

START_SECONDS = 20.0
STOP_SECONDS = 5.0


class SimulatorProcess:
    """A context manager around `python -m gateway_bridge.simulator --world FILE`."""

    def __init__(self, world: Path) -> None:
        self._world = world
        self._process: subprocess.Popen[str] | None = None
        self.ready: dict[str, Any] = {}

    @property
    def ports(self) -> dict[str, int]:
        """The port of each bus by name."""
        return {name: bus["port"] for name, bus in self.ready["buses"].items()}

    def start(self) -> Self:
        """
        Start and wait until everything listens.

        :raises UnableToSimulate: if it ends, or says nothing for 20 seconds.
        """
        command = [sys.executable, "-m", "gateway_bridge.simulator", "--world", str(self._world)]
        root = Path(__file__).resolve().parents[2]
        self._process = subprocess.Popen(  # noqa: S603 - our own module, no shell
            command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        watchdog = threading.Timer(START_SECONDS, self._process.kill)
        watchdog.start()
        try:
            assert self._process.stdout is not None and self._process.stderr is not None
            line = self._process.stdout.readline()
            if not line.startswith("ready "):
                raise UnableToSimulate(
                    self._process.stderr.read().strip() or "the simulator ended without a word"
                )
        except UnableToSimulate:
            self.stop()
            raise
        finally:
            watchdog.cancel()
        self.ready = json.loads(line.removeprefix("ready "))
        return self

    def stop(self) -> int | None:
        """Ask it to end, insist after five seconds; answer its exit code."""
        process, self._process = self._process, None
        if process is None:
            return None
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()
        return process.returncode

    def control(self, **command: Any) -> dict[str, Any]:
        """
        One command to the control port, such as `control(cmd="fault", bus="west", kind="silent")`.

        :raises UnableToSimulate: if the simulator refuses it.
        """
        address = (self.ready["control"]["host"], self.ready["control"]["port"])
        with socket.create_connection(address, timeout=5) as connection, connection.makefile("rwb") as stream:
            stream.write(json.dumps(command).encode() + b"\n")
            stream.flush()
            reply: dict[str, Any] = json.loads(stream.readline())
        if not reply.pop("ok"):
            raise UnableToSimulate(reply["error"])
        return reply

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
