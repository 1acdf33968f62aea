# SPDX-License-Identifier: Apache-2.0
"""`python -m config.database prepare` on a PostgreSQL of one's own; the embedded one stands in for it."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

import psycopg
import pytest

from config import database
from tests.config.machine import machine, short_folder

pytestmark = pytest.mark.services


@dataclass(frozen=True)
class Server:
    """Addresses of one server, by user and database."""

    host: str

    def url(self, user: str, name: str, password: str = "") -> str:
        secret = f":{password}" if password else ""
        return f"postgresql://{user}{secret}@/{name}?host={quote(self.host, safe='')}"

    def ask(self, statement: str, *, user: str = "postgres", name: str = "postgres") -> object:
        with psycopg.connect(self.url(user, name), autocommit=True) as connection:
            cursor = connection.execute(statement)  # type: ignore[call-overload]
            row = cursor.fetchone() if cursor.description else None
            return row[0] if row else None


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with short_folder() as folder, machine(folder / "var") as here:
        assert here.call("start").returncode == 0
        found = Server(str(folder / "var" / "run-fast"))
        # A server of one's own knows nothing of us.
        found.ask("DROP DATABASE zaehlwerk")
        found.ask("DROP ROLE zaehlwerk_app")
        yield found


@pytest.fixture
def bare(server: Server) -> Iterator[Server]:
    yield server
    for statement in (
        "DROP DATABASE IF EXISTS ours WITH (FORCE)",
        "DROP ROLE IF EXISTS landlord",
        "DROP ROLE IF EXISTS worker",
        "DROP ROLE IF EXISTS zaehlwerk_app",
    ):
        server.ask(statement)


def test_one_login_for_both_makes_the_database_and_a_role_to_step_down_to(bare: Server) -> None:
    told = database.prepare(bare.url("postgres", "ours"))
    assert "runs as postgres in role zaehlwerk_app" in told
    assert (
        bare.ask("SELECT count(*) FROM pg_extension WHERE extname IN ('btree_gist', 'pg_trgm')", name="ours")
        == 2
    )
    assert (
        bare.ask("SELECT rolcanlogin OR rolbypassrls FROM pg_roles WHERE rolname = 'zaehlwerk_app'") is False
    )


def test_preparing_twice_changes_nothing(bare: Server) -> None:
    assert database.prepare(bare.url("postgres", "ours")) == database.prepare(bare.url("postgres", "ours"))


def test_two_logins_make_the_second_one_the_runtime_role(bare: Server) -> None:
    database.prepare(bare.url("zaehlwerk_app", "ours", "secret"), bare.url("postgres", "ours"))
    assert bare.ask("SELECT current_user", user="zaehlwerk_app", name="ours") == "zaehlwerk_app"


def test_a_role_made_without_login_gets_one_when_it_becomes_a_login(bare: Server) -> None:
    database.prepare(bare.url("postgres", "ours"))
    database.prepare(bare.url("zaehlwerk_app", "ours", "secret"), bare.url("postgres", "ours"))
    assert bare.ask("SELECT current_user", user="zaehlwerk_app", name="ours") == "zaehlwerk_app"


def test_a_login_of_another_name_becomes_a_member_of_the_runtime_role(bare: Server) -> None:
    database.prepare(bare.url("worker", "ours", "secret"), bare.url("postgres", "ours"))
    assert bare.ask("SELECT pg_has_role('worker', 'zaehlwerk_app', 'MEMBER')") is True


def test_a_login_that_passes_row_level_security_is_refused(bare: Server) -> None:
    with pytest.raises(database.UnableToPrepare, match="postgres passes row-level security"):
        database.prepare(bare.url("postgres", "ours"), bare.url("postgres", "ours"))


def test_a_login_that_may_not_create_roles_is_told_what_a_superuser_must_run(bare: Server) -> None:
    bare.ask("CREATE ROLE landlord LOGIN CREATEDB")
    with pytest.raises(database.UnableToPrepare, match='CREATE ROLE "zaehlwerk_app" NOLOGIN'):
        database.prepare(bare.url("landlord", "ours"))


def test_a_server_that_does_not_answer_is_said_in_a_sentence() -> None:
    with pytest.raises(database.UnableToPrepare, match="does not let us in"):
        database.prepare("postgresql://somebody@127.0.0.1:1/nothing")
