# SPDX-License-Identifier: Apache-2.0
"""`python -m config.messages extract|compile|check`: the translations of the product's own strings.

English is the language of the msgids. Compiling needs no gettext tools (Babel does it); extracting does, and
`check` compares with a fresh extraction only where they are installed, and says so where they are not.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("de", "fr", "it")
PLACEHOLDER = re.compile(r"%\((?P<named>\w+)\)[sdif]|\{(?P<braced>\w*)\}|%(?P<bare>[sd])")
EXTRACTED = ("*.py", "*.html", "*.txt")


def catalogue_path(root: Path, language: str) -> Path:
    return root / "locale" / language / "LC_MESSAGES" / "django.po"


def read(root: Path, language: str) -> Catalog:
    path = catalogue_path(root, language)
    if not path.exists():
        raise SystemExit(f"{path.relative_to(root)} is missing: run `make messages`.")
    with path.open("rb") as file:
        return read_po(file, locale=language)


def words(text: str | Sequence[str] | None) -> list[str]:
    """A message's forms; one for most, several for a plural."""
    return [text or ""] if text is None or isinstance(text, str) else list(text)


def placeholders(text: str) -> set[str]:
    return {match["named"] or match["braced"] or match["bare"] or "" for match in PLACEHOLDER.finditer(text)}


def complaint(message: Message) -> str:
    """What is wrong with a translation, or nothing."""
    translated = words(message.string)
    if message.fuzzy:
        return "is only a guess (fuzzy)"
    if not all(translated):
        return "is not translated"
    wanted = set().union(*(placeholders(text) for text in words(message.id)))
    for text in translated:
        # A plural form may leave out the number ("one meter"), never add a name of its own.
        strange = placeholders(text) - wanted
        missing = set() if len(translated) > 1 else wanted - placeholders(text)
        if strange or missing:
            return f"has other placeholders: {', '.join(sorted(strange | missing))}"
    return ""


def complaints(catalogue: Catalog, language: str) -> Iterator[str]:
    for message in catalogue:
        if message.id:
            wrong = complaint(message)
            if wrong:
                yield f"{language}: {words(message.id)[0]!r} {wrong}"


def keys(catalogue: Catalog) -> set[tuple[str, str]]:
    return {(message.context or "", words(message.id)[0]) for message in catalogue if message.id}


def make_messages(folder: Path) -> None:
    """Django's own extraction, in `folder`; without line numbers, so moving code changes no catalogue."""
    languages = [word for language in LANGUAGES for word in ("-l", language)]
    ignored = [word for name in ("node_modules", "var", ".venv", "static", "tests") for word in ("-i", name)]
    command = [sys.executable, "-m", "django", "makemessages", "--no-location", "--no-obsolete"]
    done = subprocess.run([*command, *languages, *ignored], cwd=folder, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"Extraction failed:\n{done.stdout}{done.stderr}")


def differences() -> Iterator[str]:
    """Strings of the code that a catalogue lacks, and strings of a catalogue that the code has lost."""
    tracked = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "--", *EXTRACTED, "locale"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="zaehlwerk-messages-") as name:
        folder = Path(name)
        for file in tracked:
            if (ROOT / file).is_file():
                (folder / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(ROOT / file, folder / file)
        make_messages(folder)
        for language in LANGUAGES:
            ours, fresh = keys(read(ROOT, language)), keys(read(folder, language))
            yield from (f"{language}: {text!r} is not extracted yet" for _, text in sorted(fresh - ours))
            yield from (f"{language}: {text!r} is no longer in the code" for _, text in sorted(ours - fresh))


def extract() -> int:
    if shutil.which("xgettext") is None:
        raise SystemExit("xgettext is missing: install the package gettext.")
    make_messages(ROOT)
    print("Extracted: now translate what is new in locale/*/LC_MESSAGES/django.po.")
    return 0


def compile_all() -> int:
    """Write a .mo beside every .po; a second run writes nothing."""
    for source in sorted((ROOT / "locale").glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
            with source.open("rb") as file:
                catalogue = read_po(file, locale=source.parts[-3])
            with target.open("wb") as file:
                write_mo(file, catalogue)
    return 0


def check() -> int:
    found = [line for language in LANGUAGES for line in complaints(read(ROOT, language), language)]
    if shutil.which("xgettext"):
        found += differences()
    else:
        print("Messages: xgettext is not installed, so the catalogues were not compared with the code.")
    for line in found[:50]:
        print(f"Messages: {line}.")
    print(f"Messages: {len(found)} to mend." if found else "Messages: all translated.")
    return 1 if found else 0


def main(arguments: Sequence[str]) -> int:
    acts: dict[str, Callable[[], int]] = {"extract": extract, "compile": compile_all, "check": check}
    if len(arguments) != 1 or arguments[0] not in acts:
        raise SystemExit("Usage: python -m config.messages extract|compile|check")
    return acts[arguments[0]]()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
