# SPDX-License-Identifier: Apache-2.0
"""`python -m config.health web|worker|worker-pdf|beat`: is the process beside me alive? Exit code 0 or 1.

Asked by the container platform (docker-compose.yml). It looks from outside, as a user of the process would,
and reads no settings, so that a wrong setting shows in the process and not here.
"""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

PORT = 8000
# Beat writes its file every three minutes.
BEAT_SECONDS = 600
ASK_SECONDS = 10


def web() -> bool:
    """Any answer but a server error: a redirect to https, or a page."""
    host = (os.environ.get("ALLOWED_HOSTS") or "localhost").split(",")[0].strip().lstrip("*.") or "localhost"
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=ASK_SECONDS)
    try:
        connection.request("GET", "/accounts/login/", headers={"Host": host, "X-Forwarded-Proto": "https"})
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def worker(name: str) -> bool:
    """The worker answers a ping through the broker."""
    node = f"{name}@{socket.gethostname()}"
    command = ["celery", "--app=config.celery:app", "inspect", "ping", "--timeout=5", f"--destination={node}"]
    return subprocess.run(command, capture_output=True, timeout=ASK_SECONDS + 8).returncode == 0


def beat() -> bool:
    """Beat has written its schedule lately; its file has the ending its database likes."""
    schedule = Path(os.environ.get("ZAEHLWERK_VAR") or "var") / "beat" / "schedule"
    files = [path for path in schedule.parent.glob(f"{schedule.name}*") if path.is_file()]
    return any(time.time() - path.stat().st_mtime < BEAT_SECONDS for path in files)


CHECKS: dict[str, Callable[[], bool]] = {
    "web": web,
    "worker": lambda: worker("worker"),
    "worker-pdf": lambda: worker("worker-pdf"),
    "beat": beat,
}


def main(arguments: Sequence[str]) -> int:
    if len(arguments) != 1 or arguments[0] not in CHECKS:
        raise SystemExit(f"Usage: python -m config.health {'|'.join(CHECKS)}")
    return 0 if CHECKS[arguments[0]]() else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
