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
        with tqdm(total=self._total, desc=self._desc) as bar:
            for step, item in enumerate(self._items):
                yield item
                points = self._points(caller, step)
                if points:
                    log.append(run_id, Batch(tuple(points)))
                    bar.set_postfix({point.key: f"{point.value:.4g}" for point in points}, refresh=False)
                bar.update()

    def _points(self, caller: FrameType | None, step: int) -> list[Metric]:
        if caller is None or not self._metrics:
            return []
        variables: dict[str, Any] = {**caller.f_globals, **caller.f_locals}
        return [metric(name, variables[name], step=step) for name in self._metrics if name in variables]


def progress(
    items: Iterable[T], *, metrics: Sequence[str] = (), total: int | None = None, desc: str | None = None
) -> Progress[T]:
    """Iterate with a progress bar that logs the variables named in ``metrics`` at each step; see ``Progress``."""
    return Progress(items, metrics=metrics, total=total, desc=desc)
