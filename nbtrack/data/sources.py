"""Where data came from: a file, a URL, or nothing but the code that made it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from nbtrack.errors import InvalidInput

MAX_DIGESTED_BYTES = 256 * 1024 * 1024
"""Larger files have their size, and no digest."""

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")  # two letters at least: C:\ is a drive
_SECRET = re.compile(r"pass|pwd|secret|token|key|sig|cred|auth", re.IGNORECASE)


@dataclass(frozen=True)
class Source:
    """``type`` is MLflow's word (local, http, s3, ..., code); ``document`` is what it says of sources of this type."""

    type: str = "code"
    document: Mapping[str, Any] = field(default_factory=lambda: {"tags": {}})

    @property
    def uri(self) -> str:
        """The path or URL; empty where the source is code."""
        return str(self.document.get("uri") or self.document.get("url") or "")

    def to_dict(self) -> dict[str, Any]:
        return dict(self.document)

    def to_json(self) -> str:
        return json.dumps(self.document)


def source_of(given: object) -> Source:
    """Understand what a caller calls the source of data.

    A path becomes relative to the working folder, and the file's digest and size stand beside it, so that it is known
    whether it is still the same. A URL loses its user, its password, and the values of its parameters that look like
    keys.

    Parameters
    ----------
    given
        A path, a URL, a ``Source``, one of ``mlflow.data``, or None: only the code is known.
    """
    if given is None:
        return Source()
    if isinstance(given, Source):
        return given
    if isinstance(given, (str, Path)) and str(given):
        is_url = isinstance(given, str) and _SCHEME.match(given)
        return _source_at_url(str(given)) if is_url else _local_source(Path(given))
    to_json, type_of = getattr(given, "to_json", None), getattr(given, "_get_source_type", None)
    if callable(to_json) and callable(type_of):
        return Source(str(type_of()), json.loads(to_json()))
    raise InvalidInput(f"The source of a dataset is a path or a URL, not {given!r}.")


def without_credentials(url: str) -> str:
    """Return a URL without its user and password, and with ``***`` for parameters that look like keys."""
    parts = urlsplit(url)
    options = [
        f"{name}=***" if equals and _SECRET.search(name) else f"{name}{equals}{value}"
        for name, equals, value in (option.partition("=") for option in parts.query.split("&"))
    ]
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "&".join(options), parts.fragment))


def _source_at_url(url: str) -> Source:
    try:
        parts = urlsplit(url)
        if parts.scheme == "file":
            return _local_source(Path(parts.path))
        cleaned = without_credentials(url)
    except ValueError as error:
        raise InvalidInput(f"The source of a dataset is no URL: {error}.") from None
    if parts.scheme in ("http", "https"):
        return Source("http", {"url": cleaned})
    return Source(parts.scheme, {"uri": cleaned})


def _local_source(path: Path) -> Source:
    path = path.expanduser()
    document: dict[str, Any] = {"uri": _relative(path)}
    try:
        if path.is_file():
            document["size_bytes"] = path.stat().st_size
            if document["size_bytes"] <= MAX_DIGESTED_BYTES:
                document["digest"] = _file_digest(path)
    except OSError:
        pass  # it was read some other way, or is gone by now
    return Source("local", document)


def _relative(path: Path) -> str:
    try:
        return Path(os.path.relpath(path)).as_posix()
    except ValueError:  # another drive of Windows
        return path.as_posix()


def _file_digest(path: Path) -> str:
    import xxhash

    hasher = xxhash.xxh3_64()
    with path.open("rb") as file:
        while chunk := file.read(1024 * 1024):
            hasher.update(chunk)
    return f"xxh3:{hasher.hexdigest()}"
