# SPDX-License-Identifier: Apache-2.0
"""Debian's Chromium (or another one) for the browser tests, and what they look for on a page."""

import json
import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.house import ROOT

ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
WIDTHS = {"phone": (360, 740), "desktop": (1280, 800)}
GRAVE = ("serious", "critical")
RUN_AXE = """
axe.run().then((found) => JSON.stringify(found.violations.map((rule) => ({
  impact: rule.impact, rule: rule.id, nodes: rule.nodes.slice(0, 3).map((node) => node.html.slice(0, 200)),
}))))
"""


def chromium_path() -> str | None:
    """The browser's program: `CHROMIUM`, else where Debian puts it, else what the path knows."""
    given = os.environ.get("CHROMIUM")
    if given:
        return given if Path(given).exists() else None
    usual = Path("/usr/bin/chromium")
    return str(usual) if usual.exists() else next(filter(None, map(shutil.which, NAMES)), None)


@dataclass
class Watched:
    """A page, and everything it complained about since it was opened."""

    page: Any
    base: str
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(f"script error: {error}"))

    def _heard(self, message: Any) -> None:
        # A refused form answers 422 and a missing page 404: the browser reports both, they are no faults.
        expected = "Failed to load resource" in message.text and any(
            f"status of {status}" in message.text for status in (403, 404, 422)
        )
        if message.type in {"error", "warning"} and not expected:
            self.complaints.append(f"{message.type} on {self.page.url}: {message.text}")

    def open(self, path: str) -> Any:
        """Go there and wait until it is quiet; returns the response."""
        answer = self.page.goto(self.base + path)
        self.settle()
        return answer

    def settle(self) -> None:
        self.page.wait_for_load_state("networkidle")

    def check(self) -> None:
        """Look at the page as it is now: accessibility and width."""
        self.complaints += [f"accessibility on {self.page.url}: {found}" for found in self.barriers()]
        wide = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if wide > 0:
            self.complaints.append(f"{self.page.url} is {wide} px too wide")

    def barriers(self) -> list[str]:
        """Serious and critical findings of axe; run beside the page's own scripts, so the CSP stays whole."""
        if not AXE.exists():
            return []
        wire = self.page.context.new_cdp_session(self.page)
        wire.send("Runtime.evaluate", {"expression": AXE.read_text(encoding="utf-8")})
        wish = {"expression": RUN_AXE, "awaitPromise": True, "returnByValue": True}
        found = json.loads(wire.send("Runtime.evaluate", wish)["result"]["value"])
        wire.detach()
        return [f"{one['rule']}: {one['nodes']}" for one in found if one["impact"] in GRAVE]
