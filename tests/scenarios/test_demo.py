# SPDX-License-Identifier: Apache-2.0
"""The demo, shortened: simulator, workers, polling, a run and its PDFs, all as processes of their own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
QUARTER_HOURS = 6
# The billed quarter is October to December 2025: the change of clocks lies inside it.
UNTIL = "2026-01-07T08:00:00+01:00"


@pytest.mark.services
@pytest.mark.timeout(420)
def test_the_demo_reads_and_bills_a_house_without_losing_a_watt_hour_or_a_cent(tmp_path: Path) -> None:
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in {"DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "PYTEST_CURRENT_TEST"}
    }
    finished = subprocess.run(
        [
            sys.executable,
            "-m",
            "config.demo",
            "--once",
            "--quarter-hours",
            str(QUARTER_HOURS),
            "--until",
            "2026-01-07T08:00:00+01:00",
        ],
        cwd=ROOT,
        env=environment | {"ZAEHLWERK_VAR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=400,
    )
    assert finished.returncode == 0, finished.stdout[-3000:] + finished.stderr[-3000:]
    summary = json.loads((tmp_path / "demo" / "summary.json").read_text())
    assert summary["faults"] == []
    assert summary["energy_balance_wh"] == 0
    assert summary["quarter_hours_wrong"] == summary["quarter_hours_missing"] == 0
    assert summary["readings_polled"] == QUARTER_HOURS * 27
    assert summary["lines_total"] == summary["invoices_total"]
    assert summary["invoices"] == len(list((tmp_path / "demo" / "invoices").glob("*.pdf"))) >= 22
