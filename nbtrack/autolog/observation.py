"""What patched frameworks report, and who hears it."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Protocol

from nbtrack.autolog.options import AutologOptions
from nbtrack.tracking.notices import notify

_logger = logging.getLogger("nbtrack")


@dataclass(frozen=True)
class NamedData:
    """An argument of a call with the name of the caller's variable, if it has one."""

    value: Any
    name: str | None


@dataclass(frozen=True)
class Fit:
    """An outermost fit that is over. ``error`` is what it raised."""

    estimator: Any
    X: NamedData
    y: NamedData | None
    started_at_ms: int
    seconds: float
    sample_weight: Any = None
    error: BaseException | None = None


@dataclass(frozen=True)
class Score:
    """A number that a metric function or a ``score`` method returned; ``result`` is the object itself."""

    name: str
    value: float
    result: Any
    estimator: Any = None
    data: NamedData | None = None

    @property
    def key(self) -> str:
        return f"{self.name}_{self.data.name}" if self.data is not None and self.data.name else self.name


@dataclass(frozen=True)
class CrossValidation:
    """Scores by fold, by name."""

    estimator: Any
    X: NamedData
    y: NamedData | None
    folds: Mapping[str, tuple[float, ...]]
    started_at_ms: int
    seconds: float


class Observer(Protocol):
    def options_of(self, framework: str) -> AutologOptions | None:
        """Return what is wanted of the trainings of a framework's package; None if nothing is."""
        ...

    def fitted(self, fit: Fit) -> None: ...
    def scored(self, score: Score) -> None: ...
    def cross_validated(self, validation: CrossValidation) -> None: ...
    def predicted(self, estimator: Any, data: NamedData) -> None: ...


# Whoever came last hears it: a tracked cell before autolog.
_observers: list[Observer] = []
# How many observed calls enclose this one. Only the outermost is reported.
_depth: ContextVar[int] = ContextVar("nbtrack_autolog_depth", default=0)


def add_observer(observer: Observer, *, first: bool = False) -> None:
    """Let ``observer`` hear everything from now on, or, as the first, what no later one hears instead."""
    _observers.insert(0 if first else len(_observers), observer)


def remove_observer(observer: Observer) -> None:
    if observer in _observers:
        _observers.remove(observer)


def is_outermost() -> bool:
    return _depth.get() == 0


@contextmanager
def within() -> Iterator[None]:
    """Mark what runs inside as part of an observed call, or as our own work."""
    token = _depth.set(_depth.get() + 1)
    try:
        yield
    finally:
        _depth.reset(token)


@contextmanager
def outermost() -> Iterator[None]:
    """Let what runs inside be reported as if no observed call enclosed it."""
    token = _depth.set(0)
    try:
        yield
    finally:
        _depth.reset(token)


def options_of(framework: str) -> AutologOptions | None:
    """Return what the present observer wants of a framework's trainings."""
    return _observers[-1].options_of(framework) if _observers else None


def report(tell: Callable[[Observer], None]) -> None:
    """Tell the observer; whatever goes wrong there stays there, with one line for the user."""
    if not _observers:
        return
    with within():
        try:
            tell(_observers[-1])
        except Exception as error:  # noqa: BLE001 tracking must never break the user's fit
            complain(error)
        except KeyboardInterrupt as interrupt:
            # The call itself is over, perhaps after hours: raising would take its result away.
            notify("the recording was interrupted; your result is unaffected. Interrupt again to stop.", interrupt)


def complain(error: Exception, *, what: str = "not tracked") -> None:
    """Say in one line what tracking could not do; the traceback goes to the log."""
    _logger.debug("Autolog failed", exc_info=error)
    reason = " ".join(str(error).split())
    print(f"nbtrack: {what}, your result is unaffected ({type(error).__name__}: {reason})", file=sys.stderr)  # noqa: T201
