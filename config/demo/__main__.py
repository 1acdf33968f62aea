# SPDX-License-Identifier: Apache-2.0
"""`python -m config.demo [--once] [--seed] [--port N]`: the whole product on a real building's year.

Servers, database, people, house, a year in bulk, two days over the wire,
invoices, and then the browser.  Everything it starts ends with it.
"""

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from config import embedded
from config.database import prepare
from config.demo.processes import Processes, UnableToStart

ROOT = Path(__file__).resolve().parents[2]
DATABASE = "zaehlwerk_demo"


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    folder = Path(os.environ.get("ZAEHLWERK_VAR", str(ROOT / "var"))) / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, _as_interrupt)
    try:
        with embedded.running("fast") as services:
            environment = _environment(services, folder)
            os.environ.update(environment)
            if not options.keep:
                _fresh_database(os.environ["DATABASE_OWNER_URL"])
            with Processes(folder / "log", environment) as processes:
                from config.demo import story  # settings are read here, with the environment in place

                return story.tell(options=options, folder=folder, processes=processes)
    except KeyboardInterrupt:
        print("\nStopped.")
        return 0
    except (UnableToStart, embedded.UnableToStart) as refusal:
        print(refusal, file=sys.stderr)
        return 1


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make demo ARGS=…", description=__doc__)
    parser.add_argument("--once", action="store_true", help="do everything, check it, and end")
    parser.add_argument("--seed", action="store_true", help="only fill the database, no wire and no invoices")
    parser.add_argument("--keep", action="store_true", help="serve what the last run left, without the wire")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--quarter-hours", type=int, default=192, help="how many to poll over the wire")
    parser.add_argument("--until", help="end of the year as an instant (default: the last quarter hour)")
    return parser.parse_args(arguments)


def _environment(services: embedded.Services, folder: Path) -> dict[str, str]:
    """Settings of the demo, for this process and all it starts."""
    owner = services.database_owner_url or services.database_url
    return {
        "DATABASE_URL": _with_database(services.database_url),
        "DATABASE_OWNER_URL": _with_database(owner),
        "REDIS_URL": services.redis_url,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "ZAEHLWERK_DEMO": "1",
        "ZAEHLWERK_DEVELOPMENT": "1",
        "ZAEHLWERK_CLOCK_FILE": str(folder / "clock.json"),
    }


def _with_database(url: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{DATABASE}"))


def _fresh_database(owner_url: str) -> None:
    """The demo begins with an empty database of its own; other databases are left alone."""
    server = urlunsplit(urlsplit(owner_url)._replace(path="/postgres"))
    with psycopg.connect(server, autocommit=True) as connection:
        name = sql.Identifier(DATABASE)
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
    prepare(os.environ["DATABASE_URL"], owner_url)


def _as_interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
