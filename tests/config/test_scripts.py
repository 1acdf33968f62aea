# SPDX-License-Identifier: Apache-2.0
"""Set-up, locks and the summing-up of `make check`."""

import importlib.util
import re
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


def script(name: str) -> ModuleType:
    """A file of scripts/ as a module; its neighbours are found as when it is started."""
    if str(ROOT / "scripts") not in sys.path:
        sys.path.append(str(ROOT / "scripts"))
    spec = importlib.util.spec_from_file_location(f"scripts_{name}", ROOT / "scripts" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_locks_pin_all_that_the_lists_ask_for() -> None:
    lock = script("lock")
    assert [*lock.python_problems(), *lock.front_end_problems()] == []


@pytest.mark.parametrize(
    ("wanted", "lock_text", "told"),
    [
        ("django>=5", "", "does not pin django"),
        ("django>=5", "django==4.2 \\\n    --hash=sha256:1\n", "pins django 4.2, asked for is django>=5"),
        ("django>=5", "django==5.2\n", "has a package without a hash"),
    ],
)
def test_a_lock_that_lags_behind_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wanted: str, lock_text: str, told: str
) -> None:
    lock = script("lock")
    monkeypatch.setattr(lock, "REQUIREMENTS", tmp_path)
    (tmp_path / "runtime.in").write_text(f"{wanted}\n")
    (tmp_path / "dev.in").write_text("-r runtime.in\n")
    for name in ("runtime", "dev"):
        (tmp_path / f"{name}.txt").write_text(lock_text)
    assert any(told in problem for problem in lock.python_problems())


def test_a_failed_step_fails_the_check_and_the_closing_line_counts_all(
    capsys: pytest.CaptureFixture[str],
) -> None:
    check = script("check")
    good = check.Outcome("a", 0, 1.0, Counter(passed=5, skipped=1))
    bad = check.Outcome("b", 2, 1.0, Counter(passed=1, failed=2, error=1))
    assert check.summary([good]) == 0
    assert capsys.readouterr().out.endswith("5 passed, 0 failed, 1 skipped\n")
    assert check.summary([good, bad]) == 1
    assert capsys.readouterr().out.endswith("6 passed, 3 failed, 1 skipped\n")


def test_a_second_postgresql_that_does_not_answer_is_said_aloud(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    check = script("check")
    monkeypatch.setattr(check, "PEER_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    assert list(check.peer_steps()) == []
    assert "NOT RUN: tests on a second PostgreSQL" in capsys.readouterr().out


def test_every_target_that_people_are_told_of_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    promised = (
        "setup demo test check bench lint types fix seed up lock messages compile-messages cases decode"
    )
    assert targets >= {*promised.split(), "screenshots", "soak", "vendor", "clean"}


def test_no_recipe_is_longer_than_three_lines() -> None:
    recipes = re.findall(r"^[a-z-]+:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert recipes
    assert max(recipe.count("\n") for recipe in recipes) <= 3


def test_the_icons_of_the_list_are_in_order_and_once_each() -> None:
    lines = [line for line in (ROOT / "static" / "icons.txt").read_text().splitlines() if line[:1] != "#"]
    assert lines == sorted(set(lines))


def test_an_ordinary_user_is_told_the_one_command_and_nothing_is_installed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    setup = script("setup")
    monkeypatch.setattr(setup, "missing_system_packages", lambda: ["libpango-1.0-0", "chromium"])
    monkeypatch.setattr(setup.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(setup.subprocess, "run", lambda *args, **options: pytest.fail("nothing to run"))
    setup.install_system_packages()
    command = "sudo apt-get install --yes --no-install-recommends libpango-1.0-0 chromium"
    assert command in capsys.readouterr().out


def test_set_up_does_not_install_what_its_stamp_says_is_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    setup = script("setup")
    monkeypatch.setattr(setup, "STAMP", tmp_path / "stamp")
    calls: list[object] = []
    monkeypatch.setattr(setup.subprocess, "run", lambda *args, **options: calls.append(args) or Done())
    setup.install_packages()
    setup.install_packages()
    assert len(calls) == 1


class Done:
    """A command that went well."""

    returncode = 0


def test_the_ci_runs_make_check_and_nothing_else() -> None:
    lines = (ROOT / ".ci" / "run").read_text().splitlines()
    assert lines[-1] == "exec make check"
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111
