# SPDX-License-Identifier: Apache-2.0
"""The examples in `docs/api.md` run as they stand there, against a server with real commits."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer

from accounts.scope import organization_scope
from tests.api.client import make_token
from tests.cast import Cast
from tests.house import ROOT
from tests.metering.world import make_register

PAGE = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")


def example(language: str) -> str:
    """The page's blocks in a language, one after the other."""
    return "\n".join(re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL))


@pytest.fixture
def environment(committed_cast: Cast) -> Iterator[dict[str, str]]:
    side = committed_cast.lindenhof
    with organization_scope(side.id):
        make_register(side, "M-1")
    _token, written = make_token(side)
    server = LiveServer("127.0.0.1:0")
    yield os.environ | {"ZAEHLWERK": str(server.url), "TOKEN": written}
    server.stop()


def output(command: list[str], environment: dict[str, str]) -> str:
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_the_python_example_prints_what_the_page_says(environment: dict[str, str]) -> None:
    printed = output([sys.executable, "-c", example("python")], environment).splitlines()
    assert printed == ["3 new, 0 known, 0 corrected", "[12, 18]"]
    for line in printed:
        assert f"`{line}`" in PAGE


@pytest.mark.skipif(shutil.which("curl") is None, reason="There is no curl here.")
def test_the_curl_example_gets_the_answer_shown(environment: dict[str, str]) -> None:
    answer = json.loads(output(["sh", "-c", example("sh")], environment))
    shown: list[dict[str, Any]] = [
        json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL) if '"batch"' in block
    ]
    assert shown == [answer]
    again = output(["sh", "-c", example("sh")], environment)
    assert json.loads(again) == answer  # the key makes the repetition harmless
