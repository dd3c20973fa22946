"""Loops of one's own: what an optimizer does in the run that is open."""

from __future__ import annotations

import weakref
from typing import Any

from nbtrack.autolog.observation import complain, is_outermost, options_of
from nbtrack.autolog.places import MAX_FITS_IN_A_RUN
from nbtrack.autolog.pytorch.optimizers import params_of, rates_of
from nbtrack.autolog.texts import text_of
from nbtrack.clock import now_ms
from nbtrack.entities import Batch
from nbtrack.tracking import active_run
from nbtrack.tracking.log import append, append_point


class OptimizerSteps:
    """Hears of each step of every optimizer. PyTorch calls it thousands of times a second, so it does little.

    In an open run an optimizer's hyper-parameters become params at its first step, and its learning rate a point
    whenever it changed, with the optimizer's steps counted from 0.
    """

    def __init__(self) -> None:
        self._series: weakref.WeakKeyDictionary[Any, _Series] = weakref.WeakKeyDictionary()
        self._counts: dict[str, int] = {}

    def __call__(self, optimizer: Any, args: Any, options: Any) -> None:  # noqa: ARG002 PyTorch's
        try:
            run = active_run()
            if run is None:
                return
            series = self._series.get(optimizer)
            if series is None or series.run_id != run.info.run_id:
                self._series[optimizer] = series = self._begun(optimizer, run.info.run_id)
            series.step(optimizer)
        except Exception as error:  # noqa: BLE001 tracking must never break the user's training
            self._series[optimizer] = _Series(run.info.run_id if run else "", is_heard=False)
            complain(error, what="the optimizer is not tracked")

    def stepped_in(self, run_id: str) -> list[Any]:
        """Return the optimizers that made a step in a run, and are still there."""
        return [optimizer for optimizer, series in self._series.items() if series.run_id == run_id]

    def _begun(self, optimizer: Any, run_id: str) -> _Series:
        # Inside a trainer it is the trainer's callback that reports.
        if not is_outermost() or options_of("torch") is None:
            return _Series(run_id, is_heard=False)
        number = self._counts[run_id] = self._counts.get(run_id, 0) + 1
        if number > MAX_FITS_IN_A_RUN:
            return _Series(run_id, is_heard=False)
        label = "" if number == 1 else f"_{number}"
        params = params_of(optimizer, f"optimizer{label}")
        append(run_id, Batch(params={key: text_of(value) for key, value in params.items()}))
        return _Series(run_id, f"learning_rate{label}")


class _Series:
    """The steps of one optimizer in one run."""

    def __init__(self, run_id: str, key: str = "", *, is_heard: bool = True) -> None:
        self.run_id = run_id
        self._key, self._is_heard = key, is_heard
        self._count = 0
        self._last: list[Any] = []

    def step(self, optimizer: Any) -> None:
        step, self._count = self._count, self._count + 1
        if not self._is_heard:
            return
        rates = [group.get("lr") for group in optimizer.param_groups]
        if rates == self._last:
            return
        points = rates_of(optimizer, self._key)
        self._last = list(points.values())
        for key, value in points.items():
            append_point(self.run_id, key, value, step, now_ms())


OPTIMIZER_STEPS = OptimizerSteps()
