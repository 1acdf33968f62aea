# SPDX-License-Identifier: Apache-2.0
"""The house rules, each with an example that breaks it, so that no rule is asleep."""

import ast
import re

import pytest

from tests import house

LONGEST_FUNCTION = 60
LONGEST_FILE = 300
LONGEST_TEST_FILE = 400  # a table of cases reads better in one piece
LARGEST_FILE = 2_000_000
APPS = ("accounts", "jobs", "sites", "metering", "rfid", "gateway_bridge", "billing", "portal", "config")
TOP_LEVEL = {
    *APPS,
    *("benchmarks", "docs", "locale", "requirements", "scripts", "static", "templates", "tests"),
    *("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "NOTICE", "Makefile", "manage.py"),
    *("Dockerfile", "docker-compose.yml", "package.json", "package-lock.json", "pyproject.toml"),
    *(".ci", ".dockerignore", ".gitattributes", ".gitignore", ".npmrc", ".pre-commit-config.yaml"),
}
# Rules enter as a ratchet: what is listed may shrink, never grow. Nothing is listed today.
LONG_FILES: dict[str, int] = {}
CODE = (".py", ".html", ".js", ".css")
LATER = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|Not" + r"ImplementedError)\b")
LODGER = re.compile(r"(?<![a-z])ten" + r"an(t|ts|cy)(?![a-z])", re.IGNORECASE)
REGISTRY = re.compile(
    r"https?://[^\s\"']*(py" + r"pi|np" + r"mjs|pythonho" + r"sted|deb\.deb" + r"ian)", re.I
)
MACHINE = re.compile(r"(?<![\w.>}-])/(?:wo" + r"rk|tm" + r"p|ro" + r"ot|ho" + r"me)/[\w.]")
SECRET = re.compile(r"BEGIN [A-Z ]*PRIV" + r"ATE KEY")
CLOCK_DOORS = {"accounts/clock.py"}
PDF_DOORS = {"billing/documents/pdf.py"}
ROUNDING_DOORS = {"billing/tariffs/rounding.py"}
GATEWAY_DOORS = {"gateway_bridge/connect.py"}
FETCHERS = ("requests", "httpx", "aiohttp", "urllib3", "urllib.request", "http.client")
RENDERERS = ("weasyprint",)
SOCKETS = re.compile(
    r"\b(asyncio\.open_connection|socket\.create_connection|create_connection|loop\.sock_connect|Async\w+Client|Modbus\w+Client)\("
)


def assert_tidy(found: list[str]) -> None:
    assert not found, "\n".join(found)


def code_files() -> list[str]:
    return [name for name in house.tracked() if name.endswith(CODE)]


# ---------------------------------------------------------------- sizes


def test_functions_fit_on_a_screen() -> None:
    assert_tidy(
        [
            f"{name}: {told}"
            for name in house.python_files()
            for told in house.long_functions(house.tree_of(name), LONGEST_FUNCTION)
        ]
    )


def test_files_hold_one_subject() -> None:
    sizes = {name: house.text_of(name).count("\n") for name in house.python_files()}
    limits = {name: LONGEST_TEST_FILE if name.startswith("tests/") else LONGEST_FILE for name in sizes}
    limits |= LONG_FILES
    assert_tidy([f"{name}: {size} lines" for name, size in sizes.items() if size > limits[name]])


def test_no_large_file_is_tracked() -> None:
    sizes = {name: (house.ROOT / name).stat().st_size for name in house.tracked()}
    assert_tidy([f"{name}: {size} bytes" for name, size in sizes.items() if size > LARGEST_FILE])


# ---------------------------------------------------------------- words


def test_every_source_file_names_its_licence() -> None:
    endings = (".py", ".js", ".css", ".sh", "Makefile", "Dockerfile", "docker-compose.yml", ".ci/run")
    files = [name for name in house.tracked() if name.endswith(endings) and "/migrations/" not in name]
    heads = {name: house.text_of(name).splitlines()[:3] for name in files}
    assert_tidy(
        [name for name, head in heads.items() if not any("SPDX-License-Identifier" in line for line in head)]
    )


def test_nothing_is_left_for_later() -> None:
    assert_tidy(house.lines_with(LATER, iter(code_files())))


def test_organizations_are_not_called_lodgers() -> None:
    assert_tidy(house.lines_with(LODGER, iter(code_files())))


def test_no_registry_and_no_folder_of_this_machine_is_named() -> None:
    names = [name for name in house.tracked() if not name.endswith((".json.gz", ".csv", ".csv.gz"))]
    assert_tidy(house.lines_with(REGISTRY, iter(names)) + house.lines_with(MACHINE, iter(names)))


def test_no_private_key_is_tracked() -> None:
    assert_tidy(house.lines_with(SECRET, iter(house.tracked())))


# ---------------------------------------------------------------- the cores


def test_the_cores_ask_no_clock_and_know_no_floating_point() -> None:
    found = []
    for name in house.python_files():
        if name.startswith(house.PURE):
            lines = house.calls(
                house.tree_of(name), lambda node: house.called(node) in {"now", "today", "utcnow", "float"}
            )
            found += [f"{name}:{line}" for line in lines]
    assert_tidy(found)


# ---------------------------------------------------------------- one door each


def importers(*modules: str) -> set[str]:
    def is_one(imported: str) -> bool:
        return any(imported == module or imported.startswith(f"{module}.") for module in modules)

    return {
        name
        for name in house.python_files(product=True)
        if any(is_one(imported) for imported in house.imports(house.tree_of(name)))
    }


def test_pdf_files_are_made_in_one_place() -> None:
    assert importers(*RENDERERS) <= PDF_DOORS


def test_nothing_fetches_over_http() -> None:
    """The first thing that must will bring its one door with it."""
    assert importers(*FETCHERS) == set()


def test_gateways_are_connected_in_one_place() -> None:
    names = (name for name in house.python_files(product=True) if name not in GATEWAY_DOORS)
    assert_tidy(house.lines_with(SOCKETS, names))


def test_the_clock_is_asked_in_one_place() -> None:
    found = {
        f"{name}:{line}"
        for name in house.python_files(product=True)
        if name not in CLOCK_DOORS
        for line in house.calls(house.tree_of(name), house.asks_clock)
    }
    assert_tidy(sorted(found))


def test_money_is_rounded_in_one_place() -> None:
    names = (
        name
        for name in house.python_files(product=True)
        if name.startswith("billing/") and name not in ROUNDING_DOORS
    )
    assert_tidy(house.lines_with(re.compile(r"\.quantize\(|\bROUND_[A-Z]+"), names))


# ---------------------------------------------------------------- habits


def test_an_import_inside_a_function_says_why() -> None:
    assert_tidy(
        [
            f"{name}:{told}"
            for name in house.python_files(product=True)
            if not name.endswith("/apps.py")
            for told in house.inner_imports_without_reason(house.tree_of(name), house.text_of(name))
        ]
    )


def test_every_test_asserts_and_every_skip_has_its_reason() -> None:
    files = [name for name in house.python_files() if name.startswith("tests/")]
    weak = [
        f"{name}: {test} asserts nothing" for name in files for test in house.weak_tests(house.tree_of(name))
    ]
    mute = [
        f"{name}: {test} is skipped without a reason"
        for name in files
        for test in house.skips_without_reason(house.tree_of(name))
    ]
    assert_tidy(weak + mute)


def test_every_profile_and_every_rule_names_its_source() -> None:
    folders = ("gateway_bridge/profiles/", "billing/rules/")
    files = [
        name for name in house.tracked() if name.startswith(folders) and name.endswith((".yaml", ".yml"))
    ]
    assert files
    assert_tidy(
        [name for name in files if not re.search(r"^\s*-?\s*source:\s*\S", house.text_of(name), re.MULTILINE)]
    )


def test_the_top_level_holds_what_the_tour_describes() -> None:
    top = {name.split("/", 1)[0] for name in house.tracked()}
    assert_tidy(sorted(f"{name} is new at the top" for name in top - TOP_LEVEL))


def test_tests_named_in_the_feature_table_exist() -> None:
    rows = list(house.table_rows(house.text_of("docs/features.md"), "ref", "state", "tests"))
    assert rows
    missing = [f"{row['ref']}: {name}" for row in rows for name in house.missing_tests(row["tests"])]
    unproved = [f"{row['ref']} is done but names no test" for row in rows if claims_without_test(row)]
    assert_tidy(missing + unproved)


def claims_without_test(row: dict[str, str]) -> bool:
    return row["state"].strip("*") == "done" and "tests/" not in row["tests"]


# ---------------------------------------------------------------- the rules are awake


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (LATER, "# TO" + "DO: later"),
        (LODGER, "ten" + "ant_id = 3"),
        (LODGER, "class Ten" + "ant:"),
        (REGISTRY, "https://py" + "pi.org/simple"),
        (MACHINE, 'open("/wo' + 'rk/main/x")'),
        (MACHINE, "/ro" + "ot/.cache"),
        (SECRET, "-----BEGIN RSA PRIV" + "ATE KEY-----"),
        (SOCKETS, "await asyncio.open_connection(host, port)"),
    ],
)
def test_a_line_that_breaks_a_rule_is_seen(pattern: re.Pattern[str], line: str) -> None:
    assert pattern.search(line)


@pytest.mark.parametrize(
    "line", ["maintenant", "sites/work/x", "from metering.workflow import x", "lieutenant"]
)
def test_an_innocent_line_is_left_alone(line: str) -> None:
    assert not any(pattern.search(line) for pattern in (LATER, LODGER, REGISTRY, MACHINE))


def test_broken_code_is_seen() -> None:
    tree = ast.parse(
        "import weasyprint\n"
        "def test_nothing():\n    datetime.now()\n    from x import y\n"
        "@pytest.mark.skip\ndef test_skipped():\n    assert float('1')\n"
        "def long():\n" + "    pass\n" * 60
    )
    assert house.long_functions(tree, 60) == ["long has 61 lines"]
    assert house.calls(tree, house.asks_clock) == [3]
    assert house.calls(ast.parse("timezone.localtime(x)\ntimezone.localtime()"), house.asks_clock) == [2]
    assert house.weak_tests(tree) == ["test_nothing"]
    assert house.skips_without_reason(tree) == ["test_skipped"]
    assert "weasyprint" in house.imports(tree)
    assert house.inner_imports_without_reason(tree, "\n" * 20) == ["4 in test_nothing"]


def test_a_test_that_does_not_exist_is_seen() -> None:
    here = "tests/test_tidy.py"
    assert house.missing_tests(f"`{here}::test_broken_code_is_seen`, `{here}`") == []
    assert house.missing_tests(f"`{here}::test_of_nothing` `tests/none.py`") == [
        f"{here}::test_of_nothing",
        "tests/none.py",
    ]
    assert claims_without_test({"state": "*done*", "tests": "–"})
    table = "| ref | state | tests |\n|---|---|---|\n| A-1 | done | x |\n"
    assert list(house.table_rows(table, "ref", "state", "tests")) == [
        {"ref": "A-1", "state": "done", "tests": "x"}
    ]
