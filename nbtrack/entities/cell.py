from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Session:
    """One process's life. Boot id, pid and start time together name a process for ever."""

    session_id: str
    host: str
    boot_id: str
    pid: int
    process_started_at_ms: int
    started_at_ms: int
    notebook: str | None = None


@dataclass(frozen=True)
class Environment:
    """What code ran in; equal environments share a digest and are stored once."""

    digest: str
    python: str
    platform: str
    packages: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class CellExecution:
    """One execution of a notebook cell; the runs that it made share it."""

    execution_id: str
    session_id: str
    source: str
    started_at_ms: int
    status: str = "running"
    cell_id: str | None = None
    notebook: str | None = None
    execution_count: int | None = None
    wall_ms: float | None = None
    cpu_ms: float | None = None
    peak_memory_bytes: int | None = None
    error: str | None = None
    traceback: str | None = None

    @property
    def is_over(self) -> bool:
        return self.status != "running"
