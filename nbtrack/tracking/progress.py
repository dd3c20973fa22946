"""A progress bar that logs: one point a step for each variable that it is told to watch."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Sequence, Sized
from types import FrameType
from typing import Any, Generic, TypeVar

from nbtrack.entities import Batch, Metric
from nbtrack.errors import InvalidInput
from nbtrack.tracking import log
from nbtrack.tracking.active import active_or_new_run
from nbtrack.tracking.notices import notify
from nbtrack.tracking.values import metric

T = TypeVar("T")


class Progress(Generic[T]):
    """Iterate over ``items`` with a progress bar, logging variables of the loop after each step.

    Parameters
    ----------
    items
        What to iterate over.
    metrics
        Names of variables of the code around the loop; after each step those that are numbers are logged, with the
        step counted from 0, and shown beside the bar.
    total
        Number of items, where ``len(items)`` doesn't tell.
    desc
        Text before the bar.
    """

    def __init__(
        self, items: Iterable[T], *, metrics: Sequence[str] = (), total: int | None = None, desc: str | None = None
    ) -> None:
        if isinstance(metrics, str):
            raise InvalidInput(f"metrics is a list of names: metrics=[{metrics!r}].")
        self._items = items
        self._metrics = tuple(metrics)
        self._total = total if total is not None or not isinstance(items, Sized) else len(items)
        self._desc = desc

    def __len__(self) -> int:
        if self._total is None:
            raise TypeError("The number of items is not known.")
        return self._total

    def __iter__(self) -> Iterator[T]:
        from tqdm.auto import tqdm

        frame = inspect.currentframe()
        caller = frame.f_back if frame else None
        run_id = active_or_new_run().info.run_id if self._metrics else ""
        watched = _Watched(caller, self._metrics)
        with tqdm(total=self._total, desc=self._desc) as bar:
            for step, item in enumerate(self._items):
                try:
                    yield item
                except GeneratorExit:
                    # The loop was left by a break: what it computed before that belongs to this step.
                    log.append(run_id, Batch(watched.points(step, only_new=True)))
                    raise
                points = watched.points(step)
                if points:
                    log.append(run_id, Batch(points))
                    bar.set_postfix({point.key: f"{point.value:.4g}" for point in points}, refresh=False)
                bar.update()


class _Watched:
    """Variables of the code around a loop."""

    def __init__(self, caller: FrameType | None, names: Sequence[str]) -> None:
        self._caller = caller
        self._names = list(names)
        self._last: dict[str, Any] = {}

    def points(self, step: int, *, only_new: bool = False) -> tuple[Metric, ...]:
        """Return the variables that there are, as numbers; one that is no number is told once, and left alone."""
        if self._caller is None or not self._names:
            return ()
        variables: dict[str, Any] = {**self._caller.f_globals, **self._caller.f_locals}
        found = []
        for name in [name for name in self._names if name in variables]:
            value = variables[name]
            if only_new and value is self._last.get(name):
                continue
            self._last[name] = value
            try:
                found.append(metric(name, value, step=step))
            except InvalidInput as error:
                notify(f"{name} is not logged. {error}", error)
                self._names.remove(name)
        return tuple(found)


def progress(
    items: Iterable[T], *, metrics: Sequence[str] = (), total: int | None = None, desc: str | None = None
) -> Progress[T]:
    """Iterate with a progress bar that logs the variables named in ``metrics`` at each step; see ``Progress``."""
    return Progress(items, metrics=metrics, total=total, desc=desc)
