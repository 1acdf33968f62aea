# SPDX-License-Identifier: Apache-2.0
"""Typed readers of environment variables.

A wrong value stops the start with a sentence that names the variable and the
values it takes; a secret may be given as a file (`NAME_FILE`), which is how
container platforms hand them over.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit


class BadSetting(SystemExit):
    """An environment variable holds something the product cannot use."""


def text(name: str, default: str = "") -> str:
    """The variable as it stands; empty counts as not given."""
    return os.environ.get(name) or default


def secret(name: str, default: str = "") -> str:
    """The variable, or the content of the file that `NAME_FILE` names."""
    path = os.environ.get(f"{name}_FILE")
    if not path:
        return text(name, default)
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise BadSetting(f"{name}_FILE names {path}, which cannot be read: {error.strerror}.") from error


def flag(name: str, default: bool = False) -> bool:
    """`1`, `true`, `yes`, `on` or `0`, `false`, `no`, `off`."""
    given = os.environ.get(name, "").strip().lower()
    if not given:
        return default
    if given in {"1", "true", "yes", "on"}:
        return True
    if given in {"0", "false", "no", "off"}:
        return False
    raise BadSetting(f"{name}={given!r} is neither yes nor no. Use 1 or 0.")


def integer(name: str, default: int) -> int:
    given = os.environ.get(name, "").strip()
    if not given:
        return default
    try:
        return int(given)
    except ValueError:
        raise BadSetting(f"{name}={given!r} is not a whole number.") from None


def words(name: str, default: Sequence[str] = ()) -> list[str]:
    """A comma-separated list."""
    given = os.environ.get(name, "")
    return [word.strip() for word in given.split(",") if word.strip()] or list(default)


def database(url: str, *, runtime_role: str = "") -> dict[str, object]:
    """
    Django's description of the PostgreSQL database that `url` names.

    With `runtime_role` every connection acts as that role from its first
    statement on, so that row-level security holds even where the login could
    bypass it.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise BadSetting(f"DATABASE_URL starts with {parts.scheme!r}; only postgresql:// is supported.")
    query = dict(parse_qsl(parts.query))
    host = query.pop("host", "") or parts.hostname or ""
    port = query.pop("port", "") or str(parts.port or "")
    options: dict[str, object] = dict(query)
    if runtime_role:
        options["options"] = f"-c role={runtime_role}"
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": port,
        "OPTIONS": options,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


def email(url: str) -> dict[str, object]:
    """Django's SMTP settings of `smtp://user:password@host:port` (`smtps://` for TLS from the start)."""
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtps", "smtp+starttls"}:
        raise BadSetting(
            f"EMAIL_URL starts with {parts.scheme!r}; use smtp://, smtps:// or smtp+starttls://."
        )
    return {
        "EMAIL_HOST": parts.hostname or "localhost",
        "EMAIL_PORT": parts.port or (465 if parts.scheme == "smtps" else 25),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_USE_TLS": parts.scheme == "smtp+starttls",
    }
