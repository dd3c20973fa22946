"""What can be copied from. A source yields what it holds; what it can't read it reports and leaves out."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from nbtrack.entities import Experiment, LoggedModel, RegisteredModel
from nbtrack.store import RunRecord, Stretch

if TYPE_CHECKING:
    from nbtrack.transfer.settled import Settled

_RUN_ID = re.compile(r"[0-9a-f]{32}")
_RANDOM_EXPERIMENT_ID = re.compile(r"[1-9][0-9]{14,18}")


class Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


@dataclass(frozen=True)
class SourceFile:
    """A file of a run or model. ``path`` is relative, with forward slashes."""

    path: str
    size_bytes: int
    open: Callable[[], AbstractContextManager[Readable]]


@dataclass(frozen=True)
class SourceRun:
    """A run, and how to read what may be large of it."""

    record: RunRecord
    points: Callable[[], Iterator[Stretch]]
    """Key by key; the points of a key in the order of logging."""
    files: Callable[[], Iterator[SourceFile]]
    stamp: str | None = None
    """Changes whenever the run does; None if that can't be told without reading it, or not all of it can be read."""


@dataclass(frozen=True)
class SourceModel:
    """A logged model, and its files if it has a place of its own."""

    model: LoggedModel
    files: Callable[[], Iterator[SourceFile]]


class Source(Protocol):
    """Experiments come first, then for each of them its runs, then its models, then the registry.

    A source may leave out what is settled.
    """

    @property
    def name(self) -> str:
        """What the user knows it by."""
        ...

    def experiments(self) -> Sequence[Experiment]: ...
    def run_count(self, experiment: Experiment) -> int: ...
    def runs(self, experiment: Experiment, settled: Settled) -> Iterator[SourceRun]: ...
    def models(self, experiment: Experiment, settled: Settled) -> Iterator[SourceModel]: ...
    def registered_models(self) -> Iterator[RegisteredModel]: ...
    def close(self) -> None: ...


def lasting_run_id(run_id: str) -> str:
    """Return a run's id, or, where it is none of 32 hexadecimal digits, always the same one in its place."""
    return run_id if _RUN_ID.fullmatch(run_id) else _digest(run_id)[:32]


def lasting_experiment_id(experiment: Experiment) -> str:
    """Return an experiment's id, or, where it is a small number that other stores use too, the same one each time."""
    if _RANDOM_EXPERIMENT_ID.fullmatch(experiment.experiment_id):
        return experiment.experiment_id
    digest = _digest(f"{experiment.experiment_id}\n{experiment.name}\n{experiment.creation_time}")
    return str(int(digest, 16) % (9 * 10**17) + 10**17)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
