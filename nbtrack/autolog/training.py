"""A framework's training loop, written down while it goes on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from nbtrack.autolog.attempts import Attempts
from nbtrack.autolog.observation import Fit, NamedData, complain, is_outermost, options_of, outermost, within
from nbtrack.autolog.options import AutologOptions
from nbtrack.autolog.places import FIT_PLACES, ONLY_THE_FIRST, FitPlace
from nbtrack.autolog.recording import (
    FIT_RUNS,
    point_of,
    record_fitted,
    record_inputs,
    record_training_metrics,
    write_later,
)
from nbtrack.autolog.texts import text_of
from nbtrack.clock import now_ms
from nbtrack.entities import Batch, RunOrigin, tags
from nbtrack.tracking import active_run, log_dict
from nbtrack.tracking.active import create_active_run, leave_run
from nbtrack.tracking.environment import record_environment
from nbtrack.tracking.log import append, append_points
from nbtrack.tracking.models import log_model
from nbtrack.tracking.notices import notify

_T = TypeVar("_T")
_current: ContextVar[Training | None] = ContextVar("nbtrack_training", default=None)


class Training:
    """The training of one model, in a run of its own, or in the one that is open.

    Whatever fails while it is written down is told once, in one line, and leaves the training alone.
    """

    def __init__(self, run_id: str, place: FitPlace, options: AutologOptions) -> None:
        self.run_id = run_id
        self.options = options
        self._place = place
        self._attempt = Attempts()
        if not place.is_detailed:
            self._attempt.warnings.append(ONLY_THE_FIRST)
        self._is_logging_metrics = True
        self._cost_s = 0.0

    def params(self, values: Mapping[str, Any]) -> None:
        """Log params, as text."""
        if self.is_detailed:
            self._do(self._place.log_params, {key: text_of(value) for key, value in values.items()})

    def metrics(self, values: Mapping[str, Any], step: int) -> None:
        """Log the metrics of an iteration; called in every one, so it costs microseconds."""
        if not self._is_logging_metrics:
            return
        start = time.perf_counter()
        try:
            points = {self._place.key(key): float(value) for key, value in values.items()}
            append_points(self.run_id, points, step, now_ms())
        except Exception as error:  # noqa: BLE001 tracking must never break the user's training
            self._is_logging_metrics = False  # a thousand iterations would tell the same
            complain(error, what="metrics are not tracked any more")
        self._cost_s += time.perf_counter() - start

    def history(self, values: Mapping[str, list[float]]) -> None:
        """Log at once what was measured in each iteration, by name."""
        points = [
            point_of(self._place.key(key), float(value), step)
            for key, series in values.items()
            for step, value in enumerate(series)
        ]
        self._do(append, self.run_id, Batch(tuple(points)))

    def summary(self, values: Mapping[str, Any]) -> None:
        """Log numbers that hold for the whole training, such as the best iteration."""
        points = tuple([point_of(self._place.key(key), float(value)) for key, value in values.items()])
        self._do(append, self.run_id, Batch(points))

    def inputs(self, used: Sequence[tuple[NamedData | None, str]]) -> None:
        """Describe the datasets that were used, each with its role: training, validation."""
        if self.options.log_datasets:
            self._do(record_inputs, self.run_id, [(data, role) for data, role in used if data is not None])

    def model(self, model: Any, *, in_background: bool = False, **options: Any) -> None:
        """Save the trained model; ``options`` are those of ``log_model``, such as its signature.

        In the background it is saved from a copy, which pays where pickling it is quick, and loading that harmless.
        """
        FIT_RUNS.remember(model, self.run_id)
        if self._is_model_kept:
            if in_background:
                self._do(write_later, model, self.run_id, _write_model, self._place.folder, options)
            else:
                self._do(_write_model, model, self.run_id, self._place.folder, options)

    def attempted(self, act: Callable[[], _T]) -> _T | None:
        """Return what ``act`` returns, such as a model's signature; None, with a warning of the run, if it fails."""
        found: list[_T] = []
        self._do(lambda: found.append(act()))
        return found[0] if found else None

    def key(self, key: str) -> str:
        """Return the key that a param, a metric or a file has here: the run may have several trainings."""
        return self._place.key(key)

    def fitted(self, fit: Fit) -> None:
        """Write down what a fit of an estimator with scikit-learn's interface leaves: scores, data, the model."""
        FIT_RUNS.remember(fit.estimator, self.run_id)
        if self.options.log_training_metrics:
            self._do(record_training_metrics, self.run_id, fit)
        self.inputs([(fit.X, "training"), (fit.y, "training")])
        if self._is_model_kept:
            self._do(record_fitted, self.run_id, fit, model_path=self._place.folder, has_diagram=False)

    def document(self, value: Mapping[str, Any], name: str) -> None:
        """Keep plain values as a JSON file."""
        if value and self.is_detailed:
            self._do(log_dict, dict(value), self._place.key(name), self.run_id)

    @property
    def is_detailed(self) -> bool:
        """Whether params, models and files are kept: not of each of a thousand trainings in one run."""
        return self._place.is_detailed

    @property
    def _is_model_kept(self) -> bool:
        return self.options.log_models and self.is_detailed

    def record(self, act: Callable[..., object], *arguments: Any, **options: Any) -> None:
        """Do another part of the recording; what it returns as text is a warning of the run."""
        self._do(act, *arguments, **options)

    def tags(self, values: Mapping[str, str]) -> None:
        self._do(append, self.run_id, Batch(tags=dict(values)))

    def _do(self, act: Callable[..., object], *arguments: Any, **options: Any) -> None:
        start, before = time.perf_counter(), self._cost_s
        try:
            self._attempt(act, *arguments, **options)
        except KeyboardInterrupt as interrupt:
            # The training itself may be over, after hours: raising would take its result away.
            notify("the recording was interrupted; your result is unaffected. Interrupt again to stop.", interrupt)
        # Parts that it had done in turn are in it.
        self._cost_s = before + time.perf_counter() - start

    def _end(self) -> None:
        with self._attempt.recording(self.run_id, since=time.perf_counter(), cost_s=self._cost_s):
            self._attempt(record_environment, self.run_id)


@contextmanager
def apart() -> Iterator[None]:
    """Let what is trained inside be heard by itself, as in a trial, which has a run of its own."""
    token = _current.set(None)
    try:
        with outermost():
            yield
    finally:
        _current.reset(token)


def current_training() -> Training | None:
    """Return the training that is going on in this context, if it is written down."""
    return _current.get()


@contextmanager
def training(framework: str, name: str, params: Callable[[], Mapping[str, Any]]) -> Iterator[Training | None]:
    """Write down the training that is done inside; None if nobody listens, or if it is a part of another.

    Parameters
    ----------
    framework
        Its package, whose options hold.
    name
        What is trained: the class of the model.
    params
        Gives its params, of any type.
    """
    options = options_of(framework) if is_outermost() else None
    if options is None:
        yield None
        return
    with within(), _written_down(name, params, options) as found:
        token = _current.set(found)
        try:
            yield found
        finally:
            _current.reset(token)


@contextmanager
def _written_down(
    name: str, params: Callable[[], Mapping[str, Any]], options: AutologOptions
) -> Iterator[Training | None]:
    start = time.perf_counter()
    own = None
    try:
        current = active_run()
        if current is None:
            current = own = create_active_run(origin=RunOrigin.FIT, tags={tags.ESTIMATOR: name, **options.extra_tags})
        place = FIT_PLACES.next(current.info.run_id, name)
        found = Training(current.info.run_id, place, options)
        found.params(params())
    except Exception as error:  # noqa: BLE001 tracking must never break the user's training
        complain(error)
        if own is not None:
            leave_run(own, error)
        yield None
        return
    found._cost_s = time.perf_counter() - start  # noqa: SLF001 what it cost to begin
    error_: BaseException | None = None
    try:
        yield found
    except BaseException as raised:
        error_ = raised
        raise
    finally:
        _end(found, own, error_)


def _write_model(model: Any, run_id: str, path: str, options: Mapping[str, Any]) -> None:
    log_model(model, path, run_id=run_id, **options)


def _end(found: Training, own: Any, error: BaseException | None) -> None:
    try:
        try:
            found._end()  # noqa: SLF001 its own
        finally:
            # Left open, the run would take in whatever is trained next.
            if own is not None:
                leave_run(own, error)
    except Exception as problem:  # noqa: BLE001 tracking must never break the user's training
        complain(problem)
