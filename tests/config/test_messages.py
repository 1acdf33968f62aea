# SPDX-License-Identifier: Apache-2.0
"""Translations: complete, with the same placeholders, compiled without gettext tools."""

import gettext
import shutil
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message

from config import messages

HEAD = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=2; plural=n != 1;\\n"

"""
GOOD = f'{HEAD}msgid "Meter"\nmsgstr "Zähler"\n'


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with nothing but catalogues."""
    monkeypatch.setattr(messages, "ROOT", tmp_path)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    for language in messages.LANGUAGES:
        write(tmp_path, language, GOOD)
    return tmp_path


def write(root: Path, language: str, text: str) -> None:
    path = messages.catalogue_path(root, language)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_complete_catalogues_pass_and_the_missing_comparison_is_said(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert messages.main(["check"]) == 0
    told = capsys.readouterr().out
    assert "xgettext is not installed" in told
    assert "all translated" in told


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ('msgid "Site"\nmsgstr ""\n', "is not translated"),
        ('#, fuzzy\nmsgid "Site"\nmsgstr "Seite"\n', "is only a guess"),
        ('msgid "%(count)s rows"\nmsgstr "%(anzahl)s Zeilen"\n', "has other placeholders: anzahl, count"),
        ('msgid "one %d"\nmsgid_plural "%d many"\nmsgstr[0] "eins"\nmsgstr[1] ""\n', "is not translated"),
    ],
)
def test_an_unfinished_translation_fails(
    project: Path, capsys: pytest.CaptureFixture[str], entry: str, told: str
) -> None:
    write(project, "fr", f"{GOOD}\n{entry}")
    assert messages.main(["check"]) == 1
    out = capsys.readouterr().out
    assert told in out
    assert "fr: " in out


def test_a_plural_may_leave_the_number_out_of_one_form() -> None:
    message = Message(("%(n)s meter", "%(n)s meters"), ("ein Zähler", "%(n)s Zähler"))
    assert messages.complaint(message) == ""


def test_a_missing_catalogue_is_named(project: Path) -> None:
    messages.catalogue_path(project, "it").unlink()
    with pytest.raises(SystemExit, match=r"it/LC_MESSAGES/django\.po is missing"):
        messages.main(["check"])


def test_compiled_catalogues_are_what_gettext_reads(project: Path) -> None:
    assert messages.main(["compile"]) == 0
    target = messages.catalogue_path(project, "de").with_suffix(".mo")
    with target.open("rb") as file:
        assert gettext.GNUTranslations(file).gettext("Meter") == "Zähler"
    before = target.stat().st_mtime_ns
    messages.main(["compile"])
    assert target.stat().st_mtime_ns == before


def test_a_string_that_was_not_extracted_differs_from_the_catalogue() -> None:
    ours, fresh = Catalog(), Catalog()
    ours.add("old", "alt")
    fresh.add("new")
    assert messages.keys(fresh) - messages.keys(ours) == {("", "new")}
    assert messages.keys(ours) - messages.keys(fresh) == {("", "old")}
