# SPDX-License-Identifier: Apache-2.0
"""`python -m benchmarks [--quick] [NAME …]`: run the benchmarks, each in a fresh process.

Every module `b<number>_<name>.py` in this folder has `run(...) -> dict`; its result is
written to var/bench/NAME.json together with the machine and the goals.  `OPENBLAS_*`
variables of the surrounding machine are left out: a core type that is not this
processor's costs the matrix product half of its speed.
"""

import argparse
import importlib
import inspect
import json
import os
import subprocess
import sys
from pathlib import Path

from benchmarks.machine import machine

ROOT = Path(__file__).resolve().parent.parent


def names() -> list[str]:
    return sorted(path.stem for path in Path(__file__).parent.glob("b[0-9]*_*.py") if _has_run(path))


def _has_run(path: Path) -> bool:
    return "\ndef run(" in path.read_text(encoding="utf-8")


def measure(name: str, *, quick: bool) -> dict[str, object]:
    """Run one benchmark here and write its result."""
    module = importlib.import_module(f"benchmarks.{name}")
    takes_quick = "quick" in inspect.signature(module.run).parameters
    if takes_quick:
        result = module.run(quick=quick)
    else:
        result = module.run(count=module.QUICK) if quick else module.run()
    result.setdefault("machine", machine())
    result["quick"] = quick
    target = ROOT / "var" / "bench" / f"{name}.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return result


def missed(result: dict[str, object]) -> list[str]:
    """Goals that were not met; every benchmark says so in `reached`, or goal by goal in `goals`."""
    goals = result.get("goals")
    if isinstance(goals, dict):
        return [str(name) for name, goal in goals.items() if not goal["met"]]
    return [] if result.get("reached", True) else ["goal"]


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure against peers and limits."
    )
    parser.add_argument("names", nargs="*", help="all of them where none is named")
    parser.add_argument("--quick", action="store_true", help="small data: does it run, not how fast is it")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.here:
        result = measure(given.names[0], quick=given.quick)
        print(json.dumps(result, indent=1))
        return 1 if missed(result) and not given.quick else 0
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OPENBLAS_")}
    # As the product's own processes run (config/__init__.py), before numpy is loaded.
    environment["OPENBLAS_NUM_THREADS"] = "1"
    failed = []
    for name in given.names or names():
        print(f"== {name}", flush=True)
        command = [sys.executable, "-m", "benchmarks", "--here", name, *(["--quick"] if given.quick else [])]
        if subprocess.run(command, cwd=ROOT, env=environment).returncode:
            failed.append(name)
    if failed:
        print(f"Not reached: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
