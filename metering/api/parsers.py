# SPDX-License-Identifier: Apache-2.0
import json
from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class StrictJson(JSONParser):
    """JSON in UTF-8, whatever the header says: what cannot be read is a 400, however deep it is nested."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        try:
            return json.loads(stream.read().decode("utf-8"), parse_constant=_refuse)
        except (ValueError, RecursionError) as error:
            raise ParseError("The body is not JSON in UTF-8.") from error


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON.")
