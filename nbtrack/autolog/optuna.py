"""Listens to Optuna: a study is a run, its trials are runs below it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any
from weakref import WeakKeyDictionary

from nbtrack.autolog.imports import ImportWatch
from nbtrack.autolog.observation import complain
from nbtrack.autolog.patching import Function, Patches
from nbtrack.autolog.recording import point_of
from nbtrack.autolog.texts import text_of
from nbtrack.autolog.training import Training, apart, training
from nbtrack.entities import Batch, RunStatus, tags
from nbtrack.tracking.active import enter_child, leave_child, status_after
from nbtrack.tracking.failure import error_line
from nbtrack.tracking.log import append
from nbtrack.tracking.opened import ActiveRun

STATE = "optuna.state"
NUMBER = "optuna.trial"
BEST = "optuna.best_trial"
INTERMEDIATE = "intermediate_value"
_SUGGESTIONS = ("suggest_float", "suggest_int", "suggest_categorical")
_ASKED_FOR = ("n_trials", "timeout", "n_jobs")


class OptunaIntegration:
    """Listens to ``Study.optimize``, and to what trials are suggested and report while they go on."""

    def install(self, patches: Patches, watch: ImportWatch) -> None:
        def patch_trials(module: ModuleType) -> None:
            patches.method(module.Trial, "report", _listening_report)
            for name in _SUGGESTIONS:
                patches.method(module.Trial, name, _listening_suggestion)

        watch.when_imported(
            "optuna.study.study", lambda module: patches.method(module.Study, "optimize", _listening_optimize)
        )
        watch.when_imported("optuna.trial._trial", patch_trials)


class _TrialRun:
    """The run of a trial. What it is told costs microseconds, and never raises into the trial."""

    def __init__(self, run: ActiveRun) -> None:
        self.run = run
        self._told: set[str | int] = set()
        self._is_recording = True

    def suggested(self, name: str, value: Any) -> None:
        """Log a param at once: what is trained with it later, and has a param of this name, finds it taken."""
        self._log(name, lambda: Batch(params={name: text_of(value)}))

    def reported(self, value: float, step: int) -> None:
        """Log an intermediate value; of a step that is reported twice Optuna keeps the first."""
        self._log(int(step), lambda: Batch((point_of(INTERMEDIATE, float(value), int(step)),)))

    def _log(self, key: str | int, batch: Callable[[], Batch]) -> None:
        if key in self._told or not self._is_recording:
            return
        self._told.add(key)
        try:
            append(self.run.info.run_id, batch())
        except Exception as error:  # noqa: BLE001 tracking must never break the user's trial
            self._is_recording = False
            complain(error, what="this trial is not tracked any more")


# Of each trial that is executing in this process, whichever thread tells of it.
_trial_runs: WeakKeyDictionary[Any, _TrialRun] = WeakKeyDictionary()


class _StudyRun:
    """The trials of one call of ``optimize``, each a run below the study's; they may go on in several threads."""

    def __init__(self, study: Any, found: Training) -> None:
        self._found = found
        self._names = _value_names(study)
        self._waiting: dict[int, _TrialRun] = {}  # by number: they returned, and are not told yet
        self._is_recording = True

    def listening(self, objective: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """Return what calls the objective with the trial's run as the active one."""

        def call(trial: Any) -> Any:
            __tracebackhide__ = True
            own = self._begin(trial)
            try:
                with apart():
                    result = objective(trial)
            except BaseException as error:
                self._raised(own, error)
                raise
            self._returned(own, trial)
            return result

        return call

    def told(self, study: Any, trial: Any) -> None:  # noqa: ARG002 Optuna's
        """Complete the run of a trial that returned; Optuna calls it with what became of the trial."""
        own = self._waiting.pop(trial.number, None)
        if own is None:
            return
        values = dict(zip(self._names, trial.values or (), strict=False))
        failed = trial.state.name == "FAIL"  # it returned nothing, or NaN
        points = tuple(point_of(name, value) for name, value in values.items())
        batch = Batch(points, tags={STATE: trial.state.name})
        self._do(leave_child, own.run, batch, RunStatus.FAILED if failed else RunStatus.FINISHED)
        if values:
            self._found.metrics(values, trial.number)

    def end(self) -> None:
        """End what nobody was told of: the values of its trial are none that the study takes."""
        for own in list(self._waiting.values()):
            self._do(leave_child, own.run, Batch(tags={STATE: "FAIL"}), RunStatus.FAILED)

    def _begin(self, trial: Any) -> _TrialRun | None:
        if not self._is_recording:
            return None
        run = self._do(enter_child, self._found.run_id, {NUMBER: str(trial.number), tags.ESTIMATOR: "Trial"})
        if run is None:
            return None
        own = _trial_runs[trial] = _TrialRun(run)
        return own

    def _returned(self, own: _TrialRun | None, trial: Any) -> None:
        if own is not None:
            self._waiting[trial.number] = own
            self._do(leave_child, own.run)

    def _raised(self, own: _TrialRun | None, error: BaseException) -> None:
        if own is None:
            return
        from optuna import TrialPruned

        if isinstance(error, TrialPruned):
            self._do(leave_child, own.run, Batch(tags={STATE: "PRUNED"}), RunStatus.FINISHED)
        else:
            told = {STATE: "FAIL", tags.ERROR: error_line(error)}
            self._do(leave_child, own.run, Batch(tags=told), status_after(error))

    def _do(self, act: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return act(*arguments)
        except Exception as error:  # noqa: BLE001 tracking must never break the user's study
            if self._is_recording:
                self._is_recording = False  # a thousand trials would tell the same
                complain(error, what="trials are not tracked any more")
            return None


def _listening_optimize(function: Function) -> Function:
    signature = inspect.signature(function)

    def optimize(study: Any, *args: Any, **options: Any) -> Any:
        __tracebackhide__ = True
        given = signature.bind(study, *args, **options).arguments
        with training("optuna", "Study", lambda: _params(study, given)) as found:
            if found is None:
                return function(study, *args, **options)
            own = _StudyRun(study, found)
            callbacks = [own.told, *(given.get("callbacks") or ())]
            try:
                return function(**{**given, "func": own.listening(given["func"]), "callbacks": callbacks})
            finally:
                own.end()
                found.record(_describe, found, study)

    return optimize


def _listening_report(function: Function) -> Function:
    def report(trial: Any, value: float, step: int) -> None:
        function(trial, value, step)
        if (own := _trial_runs.get(trial)) is not None:
            own.reported(value, step)

    return report


def _listening_suggestion(function: Function) -> Function:
    def suggest(trial: Any, name: str, *args: Any, **options: Any) -> Any:
        value = function(trial, name, *args, **options)
        if (own := _trial_runs.get(trial)) is not None:
            own.suggested(name, value)
        return value

    return suggest


def _params(study: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "study_name": study.study_name,
        "direction": ",".join(direction.name.lower() for direction in study.directions),
        "sampler": type(study.sampler).__name__,
        "pruner": type(study.pruner).__name__,
        **{key: given[key] for key in _ASKED_FOR if given.get(key) is not None},
    }


def _value_names(study: Any) -> list[str]:
    if study.metric_names:
        return list(study.metric_names)
    count = len(study.directions)
    return ["value"] if count == 1 else [f"value_{position}" for position in range(count)]


def _describe(found: Training, study: Any) -> None:
    """Say on the study's run which trial is the best so far, or which ones no other is better than in everything."""
    best = study.best_trials
    if not best:
        return
    found.tags({BEST: ",".join(str(trial.number) for trial in best)})
    if len(study.directions) > 1:
        return
    found.params({f"best_{name}": value for name, value in best[0].params.items()})
    found.summary({f"best_{name}": value for name, value in zip(_value_names(study), best[0].values, strict=True)})
