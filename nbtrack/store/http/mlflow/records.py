"""What is too long for tags: a run's cells and environment, as JSON among its artifacts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeVar

import msgspec

from nbtrack.entities import CellExecution, Environment
from nbtrack.errors import NotFound
from nbtrack.store.http.mlflow.proxy import Proxy

CELLS = "nbtrack/cells"
ENVIRONMENT = "nbtrack/environment.json"
_NAME = re.compile(r"[\w-]+\.json")

Value = TypeVar("Value")


def put_cell(proxy: Proxy, cell: CellExecution) -> None:
    proxy.put(f"{CELLS}/{cell.execution_id}.json", msgspec.json.encode(cell))


def put_environment(proxy: Proxy, environment: Environment) -> None:
    proxy.put(ENVIRONMENT, msgspec.json.encode(environment))


def cells(proxy: Proxy) -> Sequence[CellExecution]:
    names = [name for name in proxy.names(CELLS) if _NAME.fullmatch(name)]
    found = [_read(proxy, f"{CELLS}/{name}", CellExecution) for name in names]
    return sorted((cell for cell in found if cell is not None), key=lambda cell: cell.started_at_ms)


def environment(proxy: Proxy) -> Environment | None:
    return _read(proxy, ENVIRONMENT, Environment)


def _read(proxy: Proxy, path: str, kind: type[Value]) -> Value | None:
    """Read a record; one that is not there, or that somebody else wrote there, is none."""
    try:
        return msgspec.json.decode(proxy.get(path), type=kind)
    except (NotFound, ValueError, RecursionError):
        return None
