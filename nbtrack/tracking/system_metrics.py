"""The machine's metrics of open runs, for which they are wanted, sampled by one thread of this process."""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Callable
from statistics import fmean
from typing import TypeVar

from nbtrack import clock
from nbtrack.entities import SYSTEM_METRICS, Batch, Metric
from nbtrack.errors import InvalidInput, NbtrackError
from nbtrack.settings import SAMPLES_BEFORE_LOGGING_VARIABLE, SAMPLING_INTERVAL_VARIABLE, SYSTEM_METRICS_VARIABLE
from nbtrack.tracking import log, opened
from nbtrack.tracking.machine import Meter
from nbtrack.tracking.notices import notify
from nbtrack.tracking.workspace import store_of

Number = TypeVar("Number", int, float)

DEFAULT_INTERVAL_S = 10.0
MIN_INTERVAL_S = 0.01
FIRST_S = 1.0
"""A run has its first sample sooner: somebody may be looking."""

# What was chosen in this process, before what the environment says.
_is_on: bool | None = None
_interval_s: float | None = None
_samples: int | None = None


def enable_system_metrics_logging() -> None:
    """Log CPU, memory, disk, network and GPUs of every run that ``start_run`` and ``%%track`` open from now on."""
    global _is_on
    _is_on = True


def disable_system_metrics_logging() -> None:
    """Log nothing of the machine, except where ``start_run(log_system_metrics=True)`` asks for it."""
    global _is_on
    _is_on = False


def set_system_metrics_sampling_interval(interval: float | None) -> None:
    """Measure every ``interval`` seconds; None: as NBTRACK_SYSTEM_METRICS_SAMPLING_INTERVAL says, else 10.

    Raises
    ------
    InvalidInput
        It is no number of at least 0.01.
    """
    global _interval_s
    _interval_s = None if interval is None else _checked_interval(interval, "The sampling interval")
    _sampler.wake()


def set_system_metrics_samples_before_logging(samples: int | None) -> None:
    """Log the mean of so many samples; None: as NBTRACK_SYSTEM_METRICS_SAMPLES_BEFORE_LOGGING says, else 1.

    Raises
    ------
    InvalidInput
        It is no whole number of at least 1.
    """
    global _samples
    _samples = None if samples is None else _checked_samples(samples, "The number of samples")


def begin(run_id: str, *, is_wanted: bool | None, is_resumed: bool = False) -> None:
    """Sample the machine for a run that is open now, if it is wanted; None: if it was enabled."""
    if not (_is_enabled() if is_wanted is None else is_wanted):
        return
    _sampler.add(_SampledRun(run_id, _next_step(run_id) if is_resumed else 0))


def end(run_id: str) -> None:
    """Log what was sampled of a run that ends; of a short one, one sample."""
    run = _sampler.remove(run_id)
    if run is not None:
        run.finish()


def interval_s() -> float:
    return _interval_s or _from_environment(SAMPLING_INTERVAL_VARIABLE, _checked_interval, DEFAULT_INTERVAL_S)


def samples_before_logging() -> int:
    return _samples or _from_environment(SAMPLES_BEFORE_LOGGING_VARIABLE, _checked_samples, 1)


def _is_enabled() -> bool:
    if _is_on is not None:
        return _is_on
    return os.environ.get(SYSTEM_METRICS_VARIABLE, "").strip().lower() in ("1", "true", "yes", "on")


_told: set[str] = set()


def _from_environment(variable: str, checked: Callable[[str, str], Number], default: Number) -> Number:
    """Read a setting. A mistake in it is told once: whoever opens the run may not be who made it."""
    text = os.environ.get(variable)
    if not text:
        return default
    try:
        return checked(text, variable)
    except InvalidInput as error:
        if variable not in _told:
            _told.add(variable)
            notify(f"{error} It is {default} now.", error)
        return default


def _checked_interval(value: float | str, what: str) -> float:
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        seconds = math.nan
    if not MIN_INTERVAL_S <= seconds < math.inf:
        raise InvalidInput(f"{what} is a number of seconds from {MIN_INTERVAL_S} on, such as 10, not {value!r}.")
    return seconds


def _checked_samples(value: int | str, what: str) -> int:
    try:
        samples = int(value)
    except (TypeError, ValueError):
        samples = 0
    if samples < 1 or (isinstance(value, float) and value != samples):
        raise InvalidInput(f"{what} is a whole number from 1 on, not {value!r}.")
    return samples


def _next_step(run_id: str) -> int:
    """Return the step behind the last one at which the machine was measured for a run."""
    of_machine = [
        summary.last_step
        for summary in store_of(run_id).metrics.summaries(run_id)
        if summary.key.startswith(SYSTEM_METRICS)
    ]
    return max(of_machine, default=-1) + 1


class _SampledRun:
    """A run with what was measured for it and is not logged yet."""

    def __init__(self, run_id: str, first_step: int) -> None:
        self.run_id = run_id
        self._meter = Meter()
        self._step = self._first_step = first_step
        self._samples: list[dict[str, float]] = []
        self._sampled_at_s = time.monotonic()
        # Its thread samples it, and the one that ends it.
        self._lock = threading.Lock()

    def due_in_s(self) -> float:
        """Return how many seconds from now it is to be measured next."""
        is_first = self._step == self._first_step and not self._samples
        pause_s = min(interval_s(), FIRST_S) if is_first else interval_s()
        return self._sampled_at_s + pause_s - time.monotonic()

    def sample(self) -> None:
        with self._lock:
            self._measure()
            if len(self._samples) >= samples_before_logging():
                self._log()

    def finish(self) -> None:
        try:
            with self._lock:
                if self._step == self._first_step and not self._samples:
                    self._measure()
                if self._samples:
                    self._log()
        except NbtrackError as error:  # deleted meanwhile: what ends the run says so itself
            notify(f"the machine's metrics of the run are not complete. {error}", error)

    def _measure(self) -> None:
        self._sampled_at_s = time.monotonic()
        self._samples.append(self._meter.measure())

    def _log(self) -> None:
        samples, self._samples = self._samples, []
        keys = sorted({key for sample in samples for key in sample})
        now_ms = clock.now_ms()
        points = [
            Metric(SYSTEM_METRICS + key, fmean(sample[key] for sample in samples if key in sample), now_ms, self._step)
            for key in keys
        ]
        self._step += 1
        log.append(self.run_id, Batch(metrics=tuple(points)))


class _Sampler:
    """The thread that samples all runs, while there are some."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runs: dict[str, _SampledRun] = {}
        self._thread: threading.Thread | None = None
        self._wake = threading.Event()

    def add(self, run: _SampledRun) -> None:
        with self._lock:
            self._runs[run.run_id] = run
            if self._thread is None:
                self._thread = threading.Thread(target=self._sample, name="nbtrack-system-metrics", daemon=True)
                self._thread.start()
        self._wake.set()

    def remove(self, run_id: str) -> _SampledRun | None:
        with self._lock:
            run = self._runs.pop(run_id, None)
        if run is not None:
            self._wake.set()
        return run

    def wake(self) -> None:
        self._wake.set()

    def _sample(self) -> None:
        while (pause_s := self._sample_due()) is not None:
            self._wake.wait(pause_s)
            self._wake.clear()

    def _sample_due(self) -> float | None:
        """Sample what is due, and return how long there is nothing to do; None: for ever."""
        for run in self._open_runs():
            if run.due_in_s() <= 0 and not _is_sampled(run):
                self.remove(run.run_id)
        with self._lock:
            if not self._runs:
                self._thread = None
                return None
            return max(min(run.due_in_s() for run in self._runs.values()), 0)

    def _open_runs(self) -> list[_SampledRun]:
        """Return the runs, after letting go of those that were ended from elsewhere."""
        with self._lock:
            self._runs = {run_id: run for run_id, run in self._runs.items() if opened.find(run_id) is not None}
            return list(self._runs.values())


def _is_sampled(run: _SampledRun) -> bool:
    """Sample a run; tell whether to go on with it."""
    try:
        run.sample()
    except NbtrackError:
        return False  # it was deleted: the user knows
    except Exception as error:  # noqa: BLE001 measuring must not disturb the user's work
        notify(f"the machine's metrics of a run can't be measured: {error!r}", error)
        return False
    return True


_sampler = _Sampler()


def _after_fork_in_child() -> None:
    global _sampler
    # The parent goes on to sample its runs; the thread and its lock are the parent's.
    _sampler = _Sampler()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
