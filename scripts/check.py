# SPDX-License-Identifier: Apache-2.0
"""`make check`: everything that must hold before a change lands, told step by step, summed up at the end.

`scripts/check.py lint|types|project|tests|peer` runs one part. All steps run even when one fails, so that one
run tells everything; the exit code is 1 when any failed. Nothing is skipped in silence.
"""

import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
APPS = ["accounts", "jobs", "sites", "metering", "rfid", "gateway_bridge", "billing", "portal", "config"]
# A second PostgreSQL, of another version than the embedded one, so that nothing depends on the newest.
PEER_URL = os.environ.get(
    "ZAEHLWERK_PEER_DATABASE_URL", "postgresql://postgres@127.0.0.1:5432/zaehlwerk_check"
)
COUNTED = re.compile(r"(?P<count>\d+) (?P<what>passed|failed|errors?|skipped|xfailed)")
PYTEST_FOUND_NOTHING = 5


@dataclass(frozen=True, slots=True)
class Step:
    """A command, and what its environment has besides."""

    name: str
    command: Sequence[str]
    part: str
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    name: str
    code: int
    seconds: float
    counts: Counter[str]


def tool(name: str, *arguments: str) -> list[str]:
    return [str(Path(PYTHON).with_name(name)), *arguments]


def tests(*arguments: str) -> list[str]:
    options = ["-q", "--continue-on-collection-errors", "-p", "scripts.database_tests"]
    return [PYTHON, "-m", "pytest", *options, *arguments]


def lint_steps() -> Iterator[Step]:
    yield Step("style (ruff check)", [PYTHON, "-m", "ruff", "check", "."], "lint")
    yield Step("form (ruff format)", [PYTHON, "-m", "ruff", "format", "--check", "."], "lint")
    yield Step("templates (djlint)", tool("djlint", "templates", "--lint", "--quiet"), "lint")
    yield Step("layers (import-linter)", tool("lint-imports", "--no-logo"), "lint")
    yield Step("locks", [PYTHON, "scripts/lock.py", "check"], "lint")


def static_steps() -> Iterator[Step]:
    yield from lint_steps()
    yield Step("types (mypy)", [PYTHON, "-m", "mypy", *APPS], "types")
    yield Step("Django's own checks", [PYTHON, "manage.py", "check", "--fail-level", "WARNING"], "project")
    yield Step(
        "migrations complete", [PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"], "project"
    )
    yield Step("translations", [PYTHON, "-m", "config.messages", "check"], "project")


def test_steps() -> Iterator[Step]:
    quick = "not browser and not services and not soak"
    yield Step("quick tests", tests("--database", "none", "-m", quick), "tests")
    yield Step("tests with a database", tests("--database", "only", "-n", "2", "-m", quick), "tests")
    yield Step("tests with servers and browser", tests("-m", "(browser or services) and not soak"), "tests")


def peer_version() -> str:
    """The version of the second PostgreSQL, or empty where none answers."""
    try:
        with psycopg.connect(PEER_URL, dbname="postgres", connect_timeout=2) as connection:
            return connection.info.parameter_status("server_version") or "of unknown version"
    except psycopg.OperationalError as error:
        print(f"No second PostgreSQL at {PEER_URL}: {str(error).strip().splitlines()[0]}")
        return ""


def peer_steps() -> Iterator[Step]:
    """The database tests once more on another PostgreSQL, where one answers."""
    version = peer_version()
    if not version:
        print(
            "NOT RUN: tests on a second PostgreSQL. Set ZAEHLWERK_PEER_DATABASE_URL to run them.", flush=True
        )
        return
    environment = {"DATABASE_URL": PEER_URL, "DATABASE_OWNER_URL": "", "ZW_TEST_DB": "check"}
    yield Step(
        f"prepare PostgreSQL {version}", [PYTHON, "-m", "config.database", "prepare"], "peer", environment
    )
    marks = "not browser and not services and not soak"
    command = tests("--database", "only", "-n", "2", "-m", marks)
    yield Step(f"tests with a database, PostgreSQL {version}", command, "peer", environment)


def run(step: Step) -> Outcome:
    """Run a step with its output passed through; count what pytest's closing line says."""
    print(f"\n──── {step.name}", flush=True)
    started = time.monotonic()
    process = subprocess.Popen(
        step.command, cwd=ROOT, env={**os.environ, **step.environment}, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    closing = ""
    for line in process.stdout:
        sys.stdout.write(line)
        sys.stdout.flush()
        closing = line if COUNTED.search(line) else closing
    code = process.wait()
    is_pytest = "pytest" in step.command
    counts: Counter[str] = Counter()
    for match in COUNTED.finditer(closing if is_pytest else ""):
        counts[match["what"].removesuffix("s")] += int(match["count"])
    if is_pytest and code == PYTEST_FOUND_NOTHING:
        print("No test is marked for this step yet.")
        code = 0
    return Outcome(step.name, code, time.monotonic() - started, counts)


def summary(outcomes: Sequence[Outcome]) -> int:
    print("\n──── summary")
    total: Counter[str] = Counter()
    for outcome in outcomes:
        total += outcome.counts
        verdict = "ok  " if outcome.code == 0 else "FAIL"
        print(f"{verdict} {outcome.seconds:7.1f} s  {outcome.name}")
    failed_steps = sum(1 for outcome in outcomes if outcome.code)
    if failed_steps:
        print(f"{failed_steps} of {len(outcomes)} steps failed.")
    if total:
        print(
            f"{total['passed']} passed, {total['failed'] + total['error']} failed, {total['skipped']} skipped"
        )
    return 1 if failed_steps else 0


def main(parts: Sequence[str]) -> int:
    steps = [*static_steps(), *test_steps()]
    wanted = [step for step in steps if not parts or step.part in parts]
    outcomes = [run(step) for step in wanted]
    if not parts or "peer" in parts:
        outcomes += [run(step) for step in peer_steps()]
    return summary(outcomes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
