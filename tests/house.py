# SPDX-License-Identifier: Apache-2.0
"""The files of the project and what the house rules look for in them (`test_tidy.py` states the rules)."""

import ast
import functools
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOT_OURS = {".git", ".venv", "node_modules", "var", "staticfiles", "media", "vendor", "__pycache__"}
# Pure packages: bytes and numbers in, values out; no clock, no floating point, no framework.
PURE = (
    "billing/allocation/",
    "billing/engine/",
    "billing/tariffs/",
    "metering/series/",
    "metering/checks/",
    "gateway_bridge/drivers/",
)
# These are no part of the product that runs in production.
TOOLS = (
    "tests/",
    "benchmarks/",
    "scripts/",
    "config/demo/",
    "config/embedded/",
    "config/screenshots",
    "config/health.py",
    "gateway_bridge/simulator/",
)


@functools.cache
def tracked() -> tuple[str, ...]:
    """Paths that git tracks; where there is no git, every file that set-up has not made."""
    listing = ["git", "-c", f"safe.directory={ROOT}", "ls-files"]
    try:
        done = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True)
        names = done.stdout.splitlines() if done.returncode == 0 else []
    except FileNotFoundError:
        names = []
    if not names:
        paths = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
        names = [str(path) for path in paths if not NOT_OURS & set(path.parts)]
    return tuple(sorted(name for name in names if (ROOT / name).is_file()))


@functools.cache
def text_of(name: str) -> str:
    """The content, empty for a binary file."""
    try:
        return (ROOT / name).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


@functools.cache
def tree_of(name: str) -> ast.Module:
    return ast.parse(text_of(name))


def python_files(*, product: bool = False) -> Iterator[str]:
    for name in tracked():
        if name.endswith(".py") and "/migrations/" not in name and not (product and name.startswith(TOOLS)):
            yield name


def lines_with(pattern: re.Pattern[str], names: Iterator[str]) -> list[str]:
    return [
        f"{name}:{number}: {line.strip()[:100]}"
        for name in names
        for number, line in enumerate(text_of(name).splitlines(), 1)
        if pattern.search(line)
    ]


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def long_functions(tree: ast.Module, limit: int) -> list[str]:
    return [
        f"{node.name} has {size} lines"
        for node in functions(tree)
        if (size := (node.end_lineno or node.lineno) - node.lineno + 1) > limit
    ]


def called(node: ast.Call) -> str:
    """`now` for `now()` and `timezone.now()`; the last name of what is called."""
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def calls(tree: ast.Module, wanted: Callable[[ast.Call], bool]) -> list[int]:
    return [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Call) and wanted(node)]


def asks_clock(node: ast.Call) -> bool:
    """`datetime.now()`, `timezone.now()`, `date.today()`, `time.time()`; not the door, `clock.now()`."""
    owner = node.func.value if isinstance(node.func, ast.Attribute) else None
    holder = getattr(owner, "id", getattr(owner, "attr", ""))
    if (called(node), holder) in {("localdate", "timezone"), ("localtime", "timezone")}:
        return not node.args and not node.keywords  # with a moment given they only convert it
    return (called(node), holder) in {
        ("now", "datetime"),
        ("utcnow", "datetime"),
        ("now", "timezone"),
        ("today", "date"),
        ("today", "datetime"),
        ("time", "time"),
    }


def imports(tree: ast.Module) -> set[str]:
    """Dotted names of all that is imported, wherever it stands."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def inner_imports_without_reason(tree: ast.Module, text: str) -> list[str]:
    """Imports inside functions that no comment explains, on their line or the one above."""
    lines = text.splitlines()
    found = []
    for function in functions(tree):
        for node in ast.walk(function):
            if isinstance(node, ast.Import | ast.ImportFrom):
                around = lines[max(node.lineno - 2, 0) : node.end_lineno]
                if not any("#" in line for line in around):
                    found.append(f"{node.lineno} in {function.name}")
    return sorted(set(found))


TELLING = re.compile(r"\bassert|raise AssertionError|raises|expect\(|warns|\.fail\(")


def asserting(tree: ast.Module) -> set[str]:
    """Functions that can fail a test: they assert, or come from a module of the tests and do so there."""
    found = {node.name for node in functions(tree) if TELLING.search(ast.unparse(node))}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tests."):
            name = f"{(node.module or '').replace('.', '/')}.py"
            if (ROOT / name).is_file():
                found |= {alias.name for alias in node.names} & asserting(tree_of(name))
    return found


def weak_tests(tree: ast.Module) -> list[str]:
    """Test functions that can never fail for what they claim: neither they nor what they call asserts."""
    able = asserting(tree)
    return [
        node.name
        for node in functions(tree)
        if node.name.startswith("test_")
        and node.name not in able
        and not any(called(call) in able for call in ast.walk(node) if isinstance(call, ast.Call))
    ]


def skips_without_reason(tree: ast.Module) -> list[str]:
    found = []
    for node in functions(tree):
        for decorator in node.decorator_list:
            written = ast.unparse(decorator)
            if re.search(r"mark\.(skip|skipif|xfail)\b", written) and "reason=" not in written:
                found.append(node.name)
    return found


def table_rows(text: str, *columns: str) -> Iterator[dict[str, str]]:
    """Rows of the Markdown tables that have all these columns, by the table's own heading."""
    heading: list[str] = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.lstrip().startswith("|"):
            heading = []
        elif not heading:
            heading = [cell.lower() for cell in cells]
        elif set(columns) <= set(heading) and not set(line) <= set("|-: "):
            yield dict(zip(heading, cells, strict=False))


def missing_tests(cell: str) -> list[str]:
    """Tests named in a table's cell (`tests/a/test_b.py`, or with `::test_c`) that do not exist."""
    missing = []
    for name in re.findall(r"tests/[\w/.-]+(?:::\w+)*", cell):
        path, *inside = name.split("::")
        file = ROOT / path
        if not file.exists() or (inside and f"def {inside[-1]}(" not in file.read_text(encoding="utf-8")):
            missing.append(name)
    return missing
