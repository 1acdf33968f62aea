# SPDX-License-Identifier: Apache-2.0
"""The embedded servers: they start everywhere, are shared, and go with their last user."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.config.machine import (
    NOBODY,
    Machine,
    eventually,
    machine,
    reachable_python,
    readable_copy,
    short_folder,
)

pytestmark = pytest.mark.services
AS_ROOT = os.geteuid() == 0
ONLY_ROOT = pytest.mark.skipif(not AS_ROOT, reason="only root can become another user or mount a small disk")


@pytest.fixture
def here() -> Iterator[Machine]:
    with short_folder() as folder, machine(folder / "var") as found:
        yield found


def state(here: Machine) -> dict[str, object]:
    return dict(json.loads((here.var / "locks-fast" / "state.json").read_text()))


def data_of(here: Machine) -> Path:
    return Path(str(state(here)["data"]))


def used(here: Machine) -> subprocess.Popen[str]:
    """A user of the servers that sleeps until it is killed."""
    process = here.popen("run", "--", "sh", "-c", "echo ready; exec sleep 60")
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def bury(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def test_a_first_and_a_second_start_answer_and_are_timed(
    here: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    seconds = []
    for _ in range(2):
        started = time.monotonic()
        here.addresses()
        seconds.append(time.monotonic() - started)
        assert here.call("status").returncode == 0
        assert here.call("stop").stdout == "Stopped.\n"
    assert here.is_quiet()
    with capsys.disabled():
        print(f"\n  embedded servers: first start {seconds[0]:.2f} s, second start {seconds[1]:.2f} s")


def test_the_runtime_role_owns_nothing_and_cannot_pass_row_level_security(here: Machine) -> None:
    addresses = here.addresses()
    with psycopg.connect(addresses["DATABASE_URL"]) as connection:
        rights = connection.execute(
            "SELECT rolsuper, rolbypassrls, rolcreatedb, pg_has_role(oid, 'zaehlwerk_owner', 'MEMBER')"
            " FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        assert rights == (False, False, False, False)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE mine (id int)")


def test_the_owner_makes_databases_that_have_the_extensions(here: Machine) -> None:
    addresses = here.addresses()
    with psycopg.connect(addresses["DATABASE_OWNER_URL"], autocommit=True) as connection:
        rights = connection.execute(
            "SELECT rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        assert rights == (False, True)
        connection.execute("CREATE DATABASE another")
    with psycopg.connect(addresses["DATABASE_OWNER_URL"], dbname="another") as connection:
        names = {row[0] for row in connection.execute("SELECT extname FROM pg_extension")}
        assert {"btree_gist", "pg_trgm"} <= names
        connection.execute("CREATE TABLE mine (id int)")


def test_four_processes_that_start_at_once_share_one_pair_of_servers(here: Machine) -> None:
    waiting = [
        here.popen("run", "--", "sh", "-c", "cat $ZAEHLWERK_VAR/locks-fast/state.json") for _ in range(4)
    ]
    answers = [process.communicate(timeout=60) for process in waiting]
    assert [process.returncode for process in waiting] == [0, 0, 0, 0], answers
    assert len({json.loads(out)["keeper"] for out, _ in answers}) == 1


def test_nothing_runs_on_after_the_only_user_was_killed(here: Machine) -> None:
    user = used(here)
    assert not here.is_quiet()
    bury(user)
    assert eventually(here.is_quiet), here.processes()


def test_nothing_runs_on_after_control_c(here: Machine) -> None:
    user = used(here)
    user.send_signal(signal.SIGINT)
    user.communicate()
    assert eventually(here.is_quiet), here.processes()


def test_servers_stay_for_a_second_user_and_for_children_of_the_first(here: Machine) -> None:
    first, second = used(here), used(here)
    bury(first)
    assert not eventually(here.is_quiet, seconds=2.5)
    bury(second)
    assert eventually(here.is_quiet), here.processes()


def test_pinned_servers_outlive_their_users_until_they_are_stopped(here: Machine) -> None:
    assert here.call("start").returncode == 0
    bury(used(here))
    assert not eventually(here.is_quiet, seconds=2.5)
    assert here.call("stop").returncode == 0
    assert here.is_quiet()


def test_the_servers_die_with_their_keeper(here: Machine) -> None:
    here.addresses()
    os.kill(int(str(state(here)["keeper"])), signal.SIGKILL)
    assert eventually(here.is_quiet), here.processes()
    assert here.call("start").returncode == 0


def test_a_server_without_a_keeper_is_stopped_before_a_new_one_starts(here: Machine) -> None:
    here.addresses()
    data = data_of(here)
    here.call("stop")
    plan = json.loads((here.var / "locks-fast" / "plan.json").read_text())
    orphan = subprocess.Popen(plan["servers"]["postgres"]["command"], stderr=subprocess.DEVNULL)
    try:
        assert eventually((data / "postmaster.pid").exists)
        assert here.call("start").returncode == 0
        assert orphan.wait(10) == 0
    finally:
        orphan.kill()


def test_a_stale_pid_file_that_names_a_stranger_harms_neither(here: Machine) -> None:
    here.addresses()
    data = data_of(here)
    here.call("stop")
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        lines = [str(stranger.pid), str(data), "1", "5432", "/nowhere", "", "0 0", "ready", ""]
        (data / "postmaster.pid").write_text("\n".join(lines))
        assert here.call("start").returncode == 0
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_dump_moves_to_an_empty_pair_of_servers(here: Machine) -> None:
    dump = str(here.var.parent / "move.dump")
    made = here.call("client", "--", "psql", "-c", "CREATE TABLE kept AS SELECT 42 AS wh")
    assert made.returncode == 0, made.stderr
    assert here.call("client", "--", "pg_dump", "--format=custom", f"--file={dump}").returncode == 0
    with machine(here.var.parent / "new") as there:
        restore = ["pg_restore", "--clean", "--if-exists", "--dbname=zaehlwerk", dump]
        done = there.call("client", "--", *restore)
        assert done.returncode == 0, done.stderr
        assert there.call("client", "--", "psql", "-Atc", "SELECT wh FROM kept").stdout == "42\n"


def test_a_folder_too_long_for_a_socket_gets_a_short_one_that_is_removed_again() -> None:
    with short_folder() as folder, machine(folder / ("long" * 25) / "var") as here:
        done = here.call("start")
        assert done.returncode == 0, done.stderr
        sockets = Path(str(state(here)["sockets"]))
        assert "too long for a socket's path" in done.stderr
        assert str(sockets) in done.stderr
        assert here.call("stop").returncode == 0
        assert not sockets.exists()


def test_a_file_where_the_folder_should_be_is_named(here: Machine) -> None:
    here.var.write_text("I am not a folder")
    done = here.call("start")
    assert done.returncode == 1
    assert "is in the way where a folder is needed" in done.stderr


def test_data_of_another_postgresql_is_never_left_behind_in_silence(here: Machine) -> None:
    old = here.var / "pg12"
    old.mkdir(parents=True)
    (old / "PG_VERSION").write_text("12\n")
    durable = Machine(var=here.var, extra={"ZAEHLWERK_EMBEDDED": "durable"})
    done = durable.call("start")
    assert done.returncode == 1
    assert f"{old} holds data of another PostgreSQL" in done.stderr


@ONLY_ROOT
def test_root_without_user_namespaces_runs_postgresql_as_nobody() -> None:
    with (
        short_folder(open_to_all=True) as folder,
        machine(folder / "var", extra={"ZAEHLWERK_EMBEDDED_ROOT": "nobody"}) as here,
    ):
        addresses = here.addresses()
        data = data_of(here)
        assert data.stat().st_uid == NOBODY
        with psycopg.connect(addresses["DATABASE_URL"]) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


@ONLY_ROOT
def test_nobody_gets_a_folder_outside_a_project_that_is_closed_to_him() -> None:
    with (
        short_folder() as folder,
        short_folder(open_to_all=True) as outside,
        machine(folder / "var", extra={"ZAEHLWERK_EMBEDDED_ROOT": "nobody", "TMPDIR": str(outside)}) as here,
    ):
        done = here.call("start")
        assert done.returncode == 0, done.stderr
        assert data_of(here).is_relative_to(outside)
        assert oct(folder.stat().st_mode)[-3:] == "700"


@ONLY_ROOT
def test_an_ordinary_user_starts_and_stops_the_servers() -> None:
    python = reachable_python(NOBODY)
    with short_folder(open_to_all=True) as folder:
        code = readable_copy(folder)
        home = folder / "home"
        home.mkdir()
        os.chown(home, NOBODY, NOBODY)
        with machine(home / "var", code=code, python=python, uid=NOBODY, extra={"TMPDIR": str(home)}) as here:
            done = here.call("start")
            assert done.returncode == 0, done.stderr
            assert data_of(here).stat().st_uid == NOBODY
            assert here.call("stop").returncode == 0
            assert here.is_quiet()
            # Root may lend a hand in that user's project, and the user goes on afterwards.
            with machine(here.var) as roots:
                assert roots.call("start").returncode == 0
                assert here.call("status").returncode == 0
            again = here.call("start")
            assert again.returncode == 0, again.stderr


@ONLY_ROOT
@pytest.mark.parametrize("megabytes", [60, 400])
def test_a_full_disk_is_called_a_full_disk(megabytes: int) -> None:
    """60 MB are too few for a new database; 400 MB are filled after the first start."""
    with short_folder() as folder:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
        if subprocess.run(mount, capture_output=True).returncode:
            pytest.skip("No small disk can be mounted here.")
        try:
            with machine(folder / "var") as here:
                if megabytes == 400:
                    here.addresses()
                    here.call("stop")
                    subprocess.run(["dd", "if=/dev/zero", f"of={folder}/ballast"], capture_output=True)
                done = here.call("start")
                assert done.returncode == 1
                assert "is full" in done.stderr, done.stderr
                assert eventually(here.is_quiet)
        finally:
            subprocess.run(["umount", "-l", str(folder)], check=True)
