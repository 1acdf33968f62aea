# SPDX-License-Identifier: Apache-2.0
"""docker-compose.yml without an engine: what it starts exists, what it sets is read, what must be set is."""

import ast
import importlib
import importlib.metadata
import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.core.management import get_commands

from config.health import CHECKS

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
PRODUCT = sorted(name for name, service in SERVICES.items() if str(service["image"]).startswith("zaehlwerk:"))
REQUIRED = {"SECRET_KEY", "FIELD_KEYS", "DATABASE_URL", "REDIS_URL", "ALLOWED_HOSTS"}
QUEUES = {"poll", "ingest", "billing", "pdf", "notify", "default"}
REFERENCE = re.compile(r"\$\{(?P<name>\w+)(?::(?P<kind>[-?])(?P<rest>[^}]*))?\}")


def read_by_code() -> set[str]:
    """The variables that the product asks the environment for, `NAME_FILE` of a secret included."""
    readers = {"text", "secret", "flag", "integer", "words", "getenv", "get"}
    found = set()
    for path in [*ROOT.glob("config/*.py"), *ROOT.glob("config/embedded/*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
                continue
            name = node.args[0]
            if node.func.attr in readers and isinstance(name, ast.Constant) and isinstance(name.value, str):
                found |= {name.value, f"{name.value}_FILE"} if node.func.attr == "secret" else {name.value}
    return found


def unread(variables: set[str]) -> set[str]:
    return variables - read_by_code()


def words_of(service: dict[str, Any]) -> list[list[str]]:
    """The commands of a service, those inside `sh -c` taken apart; none where the image's own is meant."""
    command = [str(word) for word in service.get("command", [])]
    if command[:2] == ["sh", "-c"]:
        return [part.split() for part in command[2].split("&&")]
    return [command] if command else []


def exists(command: list[str]) -> bool:
    """Whether a console script, a module or a management command of that name is installed."""
    if command[:2] == ["python", "-m"]:
        return importlib.util.find_spec(command[2]) is not None
    if command[:2] == ["python", "manage.py"]:
        return command[2] in get_commands()
    scripts = {entry.name for entry in importlib.metadata.entry_points(group="console_scripts")}
    return command[0] in scripts


def application(command: list[str]) -> str:
    """The `module:object` that a gunicorn or Celery command names."""
    return next(word.removeprefix("--app=") for word in command if re.fullmatch(r"(--app=)?[\w.]+:\w+", word))


def filled_in(text: str) -> str:
    """As the engine would: a default, or for a required value something that looks like one."""
    return REFERENCE.sub(lambda found: found["rest"] if found["kind"] == "-" else "https", text)


def test_the_services_are_the_six_of_the_design_and_the_migration() -> None:
    assert set(SERVICES) == {"postgres", "valkey", "migrate", "web", "worker", "worker-pdf", "beat"}


@pytest.mark.parametrize("name", PRODUCT)
def test_every_command_exists(name: str) -> None:
    commands = words_of(SERVICES[name])
    assert commands
    assert [command for command in commands if not exists(command)] == []


def test_a_command_that_does_not_exist_is_found_out() -> None:
    assert not exists(["celery-of-old", "worker"])
    assert not exists(["python", "-m", "config.no_such_module"])
    assert not exists(["python", "manage.py", "no_such_command"])


@pytest.mark.parametrize("name", ["web", "worker", "worker-pdf", "beat"])
def test_the_application_that_a_command_names_is_there(name: str) -> None:
    module, attribute = application(words_of(SERVICES[name])[0]).split(":")
    assert hasattr(importlib.import_module(module), attribute)


@pytest.mark.parametrize("name", PRODUCT)
def test_every_variable_is_read_and_every_required_one_is_given(name: str) -> None:
    given = set(SERVICES[name]["environment"])
    assert unread(given) == set()
    assert given >= REQUIRED


def test_a_variable_that_nobody_reads_is_found_out() -> None:
    assert unread({"DATABASE_URL", "DATABASE_ULR"}) == {"DATABASE_ULR"}


def test_the_image_sets_only_variables_that_are_read() -> None:
    text = (ROOT / "Dockerfile").read_text()
    block = re.search(r"^ENV (?P<pairs>(?:.*\\\n)*.*)$", text, re.MULTILINE)
    assert block is not None
    names = set(re.findall(r"(\w+)=", block["pairs"]))
    assert unread(names) <= {"PATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "XDG_CACHE_HOME"}


def test_every_queue_has_a_worker() -> None:
    served = set()
    for name in ("worker", "worker-pdf"):
        (queues,) = (word for word in words_of(SERVICES[name])[0] if word.startswith("--queues="))
        served |= set(queues.removeprefix("--queues=").split(","))
    routes = importlib.import_module("config.celery").app.conf.task_routes.values()
    assert {route["queue"] for route in routes} <= served
    assert served == QUEUES


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_is_not_root_and_its_file_system_is_read_only(name: str) -> None:
    service = SERVICES[name]
    assert service["user"] not in ("root", "0", 0)
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"migrate"}))
def test_a_service_that_stays_has_a_health_check(name: str) -> None:
    test = SERVICES[name]["healthcheck"]["test"]
    assert test[0] == "CMD"
    if name in PRODUCT:
        assert test[1:4] == ["python", "-m", "config.health"]
        assert test[4] in CHECKS
        assert test[4] == name


def test_named_volumes_are_declared_and_used() -> None:
    used = {mount.split(":")[0] for service in SERVICES.values() for mount in service.get("volumes", [])}
    assert used == set(COMPOSE["volumes"])


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_no_secret_stands_in_the_file(name: str) -> None:
    for variable, value in SERVICES[name].get("environment", {}).items():
        if re.search(r"PASSWORD|SECRET|KEY|DATABASE_URL|OWNER_URL", variable):
            required = [found for found in REFERENCE.finditer(value) if found["kind"] == "?"]
            assert required, f"{variable} of {name} is written out or has a default"


def test_only_the_migration_knows_the_owner() -> None:
    assert [name for name in PRODUCT if "DATABASE_OWNER_URL" in SERVICES[name]["environment"]] == ["migrate"]


@pytest.mark.parametrize("name", ["web", "migrate"])
def test_the_settings_load_with_what_the_file_gives(name: str) -> None:
    """In a process of its own, as production would: no database is asked."""
    given = {key: filled_in(value) for key, value in SERVICES[name]["environment"].items()}
    program = (
        "import django; django.setup(); from django.conf import settings as s; print(s.DEBUG, s.DEVELOPMENT)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "config.settings", **given},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "False False\n"


def test_the_health_check_of_the_web_reports_a_dead_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.health.PORT", 1)
    assert CHECKS["web"]() is False


def test_the_runtime_role_has_one_name() -> None:
    database = importlib.import_module("config.database")
    assert settings.RUNTIME_ROLE == database.RUNTIME_ROLE
    assert f"//{database.RUNTIME_ROLE}:" in SERVICES["web"]["environment"]["DATABASE_URL"]


def test_the_operations_page_lists_every_variable_that_is_read() -> None:
    page = (ROOT / "docs" / "operations.md").read_text()
    inner = {"PATH", "DJANGO_SETTINGS_MODULE"}
    names = {name for name in read_by_code() if name.isupper() and not name.endswith("_FILE")} - inner
    assert {name for name in names if f"`{name}`" not in page} == set()
    assert "SECRET_KEY" in names
