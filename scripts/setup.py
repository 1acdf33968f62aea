# SPDX-License-Identifier: Apache-2.0
"""Make a fresh clone ready: run by `make setup` with the machine's own Python (3.11 or newer), nothing else.

Every step looks first whether it is done already, so a second run takes a fraction of a second.
"""

import ctypes.util
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCK = ROOT / "requirements" / "dev.txt"
STAMP = VENV / ".installed"

# Library that must be there → Debian package that brings it. WeasyPrint loads them when it renders a PDF.
LIBRARIES = {
    "pango-1.0": "libpango-1.0-0",
    "pangoft2-1.0": "libpangoft2-1.0-0",
    "harfbuzz-subset": "libharfbuzz-subset0",
}
FONT = ("fonts-liberation", Path("/usr/share/fonts/truetype/liberation"))
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def say(sentence: str) -> None:
    print(f"Set-up: {sentence}", flush=True)


def stop(sentence: str) -> None:
    sys.exit(f"Set-up: {sentence}")


def make_environment() -> None:
    """A virtual environment with pip in it; the machine's pip serves where ensurepip was taken out."""
    if PYTHON.exists() and subprocess.run([PYTHON, "-c", "import pip"], capture_output=True).returncode == 0:
        return
    say(f"virtual environment in .venv with Python {sys.version.split()[0]}.")
    done = subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], capture_output=True, text=True)
    if done.returncode == 0:
        return
    bare = subprocess.run([sys.executable, "-m", "venv", "--clear", "--without-pip", VENV])
    pip = [sys.executable, "-m", "pip", "--python", str(PYTHON), "install", "--quiet", "pip"]
    if bare.returncode or subprocess.run(pip).returncode:
        stop(f"no virtual environment can be made: install python3-venv.\n{done.stdout}{done.stderr}")


def fingerprint() -> str:
    return hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()


def install_packages() -> None:
    if STAMP.exists() and STAMP.read_text() == fingerprint():
        return
    say("Python packages of requirements/dev.txt, each checked by its hash (about a minute).")
    options = ["--require-hashes", "--quiet", "--disable-pip-version-check", "--no-input"]
    done = subprocess.run([PYTHON, "-m", "pip", "install", *options, "--requirement", LOCK])
    if done.returncode:
        stop("pip could not install the packages: see its message above, then run `make setup` again.")
    STAMP.write_text(fingerprint())


def missing_system_packages() -> list[str]:
    missing = [package for name, package in LIBRARIES.items() if ctypes.util.find_library(name) is None]
    if not FONT[1].exists():
        missing.append(FONT[0])
    if not any(shutil.which(name) for name in BROWSERS):
        missing.append("chromium")
    return missing


def install_system_packages() -> None:
    """What no wheel brings: libraries for PDF files, and a browser for the browser tests."""
    missing = missing_system_packages()
    if not missing or sys.platform != "linux":
        return
    command = ["apt-get", "install", "--yes", "--no-install-recommends"]
    by_hand = f"sudo {' '.join([*command, *missing])}"
    if os.geteuid() != 0 or shutil.which("apt-get") is None or os.environ.get("SYSTEM_PACKAGES") == "no":
        say(
            f"PDF files or browser tests do not work without {', '.join(missing)}; "
            f"install what is missing with: {by_hand}"
        )
        return
    say(f"system packages {', '.join(missing)}.")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update"], env=quiet, capture_output=True)
    # One by one: a distribution without a package named chromium shall still get what PDF files need.
    failed = [
        name
        for name in missing
        if subprocess.run([*command, name], env=quiet, capture_output=True).returncode
    ]
    if failed:
        say(f"apt-get could not install {', '.join(failed)}; going on without. By hand: {by_hand}")


def main() -> int:
    if sys.version_info < (3, 11):  # noqa: UP036 - this file runs before any version is chosen
        stop(
            f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}: make setup PYTHON=python3.11"
        )
    make_environment()
    install_packages()
    install_system_packages()
    for step in (["scripts/vendor.py"], ["-m", "config.messages", "compile"]):
        if subprocess.run([PYTHON, *step], cwd=ROOT).returncode:
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
