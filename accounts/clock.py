# SPDX-License-Identifier: Apache-2.0
"""The one door to the current time.

Only the edges (views, tasks, commands) come here; everything below gets the
instant as an argument.  The demo and tests may move the clock: the file named
by `ZAEHLWERK_CLOCK_FILE` holds `{"base": instant, "at": epoch seconds,
"factor": speed}`, read by every process, so that simulator, workers and pages
agree on the time.
"""

import json
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings


def now() -> datetime:
    """The current instant, aware, in UTC."""
    if settings.CLOCK_FILE:
        return _moved(Path(settings.CLOCK_FILE))
    return datetime.now(UTC)


def today(zone: ZoneInfo) -> date:
    """The current day in `zone` (a site's day, not the server's)."""
    return now().astimezone(zone).date()


def _moved(path: Path) -> datetime:
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return datetime.now(UTC)
    elapsed = timedelta(seconds=(time.time() - state["at"]) * state["factor"])
    return datetime.fromisoformat(state["base"]).astimezone(UTC) + elapsed
