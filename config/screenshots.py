# SPDX-License-Identifier: Apache-2.0
"""
`make screenshots`: the product's faces, as PNG files in `var/screenshots/`.

Four roles on phone and desktop, light and dark, in four languages mixed.  Uses the
demo that runs at `--url`, or starts one and ends it again.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

FOLDER = Path("var/screenshots")
PORT = 8770
SECONDS_TO_START = 600
PASSWORD = "zaehlwerk-demo"  # noqa: S105 (known to everybody, only ever set by the demo)
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "chrome")
PHONE, DESKTOP = (360, 760), (1280, 860)


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: who sees which page, how large, in which theme and language."""

    name: str
    email: str
    path: str
    size: tuple[int, int]
    theme: str
    language: str


ROLES = {
    "installer": "installer@sonnenhof.example",
    "owner": "owner@sonnenhof.example",
    "resident": "resident1@sonnenhof.example",
    "coordinator": "coordinator@sonnenhof.example",
}
# Each role's home in four looks: sixteen pictures, each language with each role once.
_LOOKS = ((PHONE, "light"), (PHONE, "dark"), (DESKTOP, "light"), (DESKTOP, "dark"))
_LANGUAGES = ("de", "fr", "it", "en")
# What else is looked at: a link on the page before leads on where ids are not known.
_MORE = (
    Shot("owner-site", ROLES["owner"], "/sites/ .zw-table tbody a", DESKTOP, "light", "en"),
    Shot(
        "owner-tree",
        ROLES["owner"],
        "/sites/ .zw-table tbody a|.zw-tabs a[href$='/meters/']",
        DESKTOP,
        "light",
        "de",
    ),
    Shot("resident-consumption", ROLES["resident"], "/consumption/", DESKTOP, "light", "de"),
    Shot("resident-consumption-phone", ROLES["resident"], "/consumption/?by=week", PHONE, "dark", "it"),
    Shot("coordinator-meter", ROLES["coordinator"], "/meters/ .zw-table tbody a", DESKTOP, "dark", "fr"),
    Shot("coordinator-runs", ROLES["coordinator"], "/billing-runs/", DESKTOP, "light", "de"),
    Shot("coordinator-invoice", ROLES["coordinator"], "/invoices/ .zw-table tbody a", DESKTOP, "light", "de"),
    Shot("installer-gateways", ROLES["installer"], "/gateways/", PHONE, "light", "de"),
)


def shots() -> list[Shot]:
    """All pictures, in order."""
    homes = [
        Shot(
            f"{role}-home-{'phone' if size == PHONE else 'desktop'}-{theme}",
            email,
            "/",
            size,
            theme,
            _LANGUAGES[(place + look) % len(_LANGUAGES)],
        )
        for place, (role, email) in enumerate(ROLES.items())
        for look, (size, theme) in enumerate(_LOOKS)
    ]
    return [*homes, *_MORE]


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when every picture was made and no page complained."""
    parser = argparse.ArgumentParser(prog="make screenshots ARGS=…", description=__doc__)
    parser.add_argument("--url", help="a demo that is running, such as http://127.0.0.1:8000")
    options = parser.parse_args(arguments)
    browser = chromium()
    if browser is None:
        print("No Chromium was found. Install Debian's package `chromium`, or name one in CHROMIUM.")
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    with _demo(options.url) as url:
        complaints = take(url, browser)
    print(f"{len(shots())} pictures in {FOLDER}/")
    for complaint in complaints:
        print(f"  {complaint}")
    return 1 if complaints else 0


def chromium() -> str | None:
    """The browser of this machine."""
    named = os.environ.get("CHROMIUM", "")
    return shutil.which(named) if named else next((p for n in CHROMIUM if (p := shutil.which(n))), None)


def take(url: str, executable: str) -> list[str]:
    """Every picture; what the pages complained about."""
    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        try:
            for shot in shots():
                complaints += _take(browser, url, shot)
        finally:
            browser.close()
    return complaints


def _take(browser: Browser, url: str, shot: Shot) -> list[str]:
    width, height = shot.size
    scheme: Any = shot.theme
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on(
        "console",
        lambda message: (
            complaints.append(f"{shot.name}: {message.text}") if message.type == "error" else None
        ),
    )
    page.on("pageerror", lambda error: complaints.append(f"{shot.name}: {error}"))
    try:
        _sign_in(page, url, shot)
        _walk(page, url, shot.path)
        page.screenshot(path=FOLDER / f"{shot.name}.png", full_page=shot.size == DESKTOP)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            complaints.append(f"{shot.name}: the page is wider than the screen")
    finally:
        context.close()
    return complaints


def _sign_in(page: Page, url: str, shot: Shot) -> None:
    """By the form, into the first organization of the demo, then the language by the page's own switch."""
    page.goto(f"{url}/accounts/login/")
    page.fill("input[name=login]", shot.email)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda address: "/login/" not in address)
    if "/choose/" in page.url:
        page.get_by_text("Sonnenhof").click()
        page.wait_for_url(lambda address: "/choose/" not in address)
    token = page.locator("[name=csrfmiddlewaretoken]").first.get_attribute("value") or ""
    page.request.post(
        f"{url}/language/",
        form={"language": shot.language, "csrfmiddlewaretoken": token},
        headers={"Referer": f"{url}/"},
    )


def _walk(page: Page, url: str, path: str) -> None:
    """`/sites/ .zw-table tbody a|.zw-tabs a` opens the page and follows the first link of each kind."""
    start, _blank, links = path.partition(" ")
    page.goto(url + start)
    for link in filter(None, links.split("|")):
        page.goto(url + str(page.locator(f"main {link}").first.get_attribute("href")))
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(400)


@contextmanager
def _demo(url: str | None) -> Iterator[str]:
    """The address of a running demo; one of our own ends with the block."""
    if url:
        yield url.rstrip("/")
        return
    own = f"http://127.0.0.1:{PORT}"
    command = [sys.executable, "-m", "config.demo", "--port", str(PORT)]
    process = subprocess.Popen(command, start_new_session=True)
    try:
        _wait_for(own, process)
        yield own
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    """
    Until the demo answers.

    :raises RuntimeError: when it ends, or does not answer in time.
    """
    limit = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < limit:
        if process.poll() is not None:
            raise RuntimeError("The demo ended by itself; its words stand above.")
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(1)
    raise RuntimeError(f"The demo did not answer at {url} within {SECONDS_TO_START} s.")


if __name__ == "__main__":
    sys.exit(main())
