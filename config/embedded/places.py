# SPDX-License-Identifier: Apache-2.0
"""Where the embedded servers keep their files."""

import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from config.embedded import problems

Profile = Literal["durable", "fast"]
PROJECT = Path(__file__).resolve().parents[2]
# sun_path of sockaddr_un, less the closing zero.
LONGEST_SOCKET_PATH = 107 if sys.platform == "linux" else 103
POSTGRES_SOCKET = ".s.PGSQL.5432"
VALKEY_SOCKET = "valkey.sock"


@dataclass(frozen=True, slots=True)
class Places:
    """
    Folders of one pair of servers.

    `durable` survives a power cut; `fast` (demo, tests) does not wait for the
    disk and therefore has folders of its own: the two never share data.
    """

    profile: Profile
    base: Path

    @property
    def suffix(self) -> str:
        return "" if self.profile == "durable" else f"-{self.profile}"

    @property
    def locks(self) -> Path:
        return self.base / f"locks{self.suffix}"

    @property
    def run(self) -> Path:
        return self.base / f"run{self.suffix}"

    @property
    def logs(self) -> Path:
        return self.base / "log"

    @property
    def postgres_log(self) -> Path:
        return self.logs / f"postgres{self.suffix}.log"

    @property
    def valkey_log(self) -> Path:
        return self.logs / f"valkey{self.suffix}.log"

    def data(self, major: int) -> Path:
        return self.base / f"pg{major}{self.suffix}"


def places_of(profile: Profile | None = None) -> Places:
    """The places that the environment names: ZAEHLWERK_VAR (`var/`), ZAEHLWERK_EMBEDDED (durable or fast)."""
    base = Path(os.environ.get("ZAEHLWERK_VAR") or PROJECT / "var").absolute()
    return Places(profile=profile or given_profile(), base=base)


def given_profile() -> Profile:
    given = os.environ.get("ZAEHLWERK_EMBEDDED") or "durable"
    if given == "fast":
        return "fast"
    if given == "durable":
        return "durable"
    raise problems.UnableToStart(f"ZAEHLWERK_EMBEDDED={given!r} is neither durable nor fast.")


def make_folder(path: Path) -> None:
    """A folder for this user alone; clear words when that cannot be."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise problems.not_a_folder(Path(error.filename)) from error
    except PermissionError as error:
        raise problems.not_writable(Path(error.filename)) from error
    except OSError as error:
        raise problems.disk_full(path) from error
    if not os.access(path, os.W_OK):
        raise problems.not_writable(path)


def fits(folder: Path) -> bool:
    return len(os.fsencode(folder / POSTGRES_SOCKET)) <= LONGEST_SOCKET_PATH


def socket_folder(wanted: Path) -> tuple[Path, bool]:
    """The folder of the sockets, and whether it is a temporary one: `wanted` may be too long for a socket."""
    if fits(wanted):
        make_folder(wanted)
        return wanted, False
    folder = Path(tempfile.mkdtemp(prefix="zaehlwerk-"))
    if not fits(folder):
        folder.rmdir()
        raise problems.no_folder_for_sockets(tempfile.gettempdir())
    return folder, True
