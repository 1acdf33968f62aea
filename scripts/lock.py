# SPDX-License-Identifier: Apache-2.0
"""`scripts/lock.py write|check`: the Python and front-end packages, pinned with hashes.

`check` asks no registry: it compares what the locks pin with what the lists ask for.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version
from vendor import npm_command

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "requirements"
LISTS = ("runtime", "dev")
PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(\[[^\]]*\])?==(?P<version>[^\s;\\]+)", re.MULTILINE)
# The oldest Python we support: its pins hold for newer ones too.
OPTIONS = (
    *("--python-version", "3.11", "--generate-hashes", "--no-header", "--no-annotate"),
    *("--no-emit-index-url", "--quiet"),
)


def wanted(name: str) -> list[Requirement]:
    """The requirements of a list, those of the lists it includes too."""
    found: list[Requirement] = []
    for line in (REQUIREMENTS / f"{name}.in").read_text(encoding="utf-8").splitlines():
        text = line.split("#", 1)[0].strip()
        if text.startswith("-r "):
            found += wanted(text.removeprefix("-r ").removesuffix(".in").strip())
        elif text:
            found.append(Requirement(text))
    return found


def pinned(name: str) -> dict[str, Version]:
    text = (REQUIREMENTS / f"{name}.txt").read_text(encoding="utf-8")
    return {canonicalize_name(pin["name"]): Version(pin["version"]) for pin in PIN.finditer(text)}


def python_problems() -> Iterator[str]:
    locks = {name: pinned(name) for name in LISTS}
    for name in LISTS:
        for requirement in wanted(name):
            version = locks[name].get(canonicalize_name(requirement.name))
            if version is None:
                yield f"requirements/{name}.txt does not pin {requirement.name}"
            elif version not in requirement.specifier:
                yield f"requirements/{name}.txt pins {requirement.name} {version}, asked for is {requirement}"
        blocks = PIN.split((REQUIREMENTS / f"{name}.txt").read_text(encoding="utf-8"))
        if len(PIN.findall(blocks[0])) or any("--hash=" not in block for block in blocks[4::4]):
            yield f"requirements/{name}.txt has a package without a hash"
    for name, version in locks["runtime"].items():
        if locks["dev"].get(name) != version:
            yield f"requirements/dev.txt and runtime.txt pin different versions of {name}"


def front_end_problems() -> Iterator[str]:
    package = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    if package["dependencies"] != lock[""]["dependencies"]:
        yield "package-lock.json was made for another package.json"
    for name, entry in lock.items():
        if "resolved" in entry:
            yield f"package-lock.json names a registry for {name}"
        if name and "integrity" not in entry:
            yield f"package-lock.json has no hash for {name}"


def check() -> int:
    problems = [*python_problems(), *front_end_problems()]
    for problem in problems:
        print(f"Locks: {problem}: run `make lock`.")
    if not problems:
        print("Locks: every package is pinned with its hash.")
    return 1 if problems else 0


def strip_addresses() -> None:
    path = ROOT / "package-lock.json"
    lock = json.loads(path.read_text(encoding="utf-8"))
    for entry in lock["packages"].values():
        entry.pop("resolved", None)
    path.write_text(json.dumps(lock, indent=2) + "\n", encoding="utf-8")


def write(arguments: list[str]) -> int:
    """Lock again; versions that still fit stay, unless `--upgrade` is given."""
    for name in LISTS:
        files = [f"requirements/{name}.in", "--output-file", f"requirements/{name}.txt"]
        constraint = ["--constraint", "requirements/runtime.txt"] if name == "dev" else []
        command = [sys.executable, "-m", "uv", "pip", "compile", *OPTIONS, *constraint, *files, *arguments]
        subprocess.run(command, cwd=ROOT, check=True)
    npm, environment = npm_command()
    action = "update" if "--upgrade" in arguments else "install"
    subprocess.run([*npm, action, "--package-lock-only"], cwd=ROOT, env=environment, check=True)
    strip_addresses()
    return check()


if __name__ == "__main__":
    if sys.argv[1:2] not in (["check"], ["write"]):
        sys.exit("Usage: scripts/lock.py check | write [--upgrade]")
    sys.exit(check() if sys.argv[1] == "check" else write(sys.argv[2:]))
