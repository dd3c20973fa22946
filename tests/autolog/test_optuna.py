from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import optuna
import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

import nbtrack
from nbtrack.entities import Run
from nbtrack.store import Store
from tests.autolog.runs import all_runs, children_of, only_run

X, y = load_iris(return_X_y=True)


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.CRITICAL)
    yield
    optuna.logging.set_verbosity(before)


def new_study(**options: Any) -> optuna.Study:
    return optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0), **options)


def bowl(trial: optuna.Trial) -> float:
    return float((trial.suggest_float("x", -1, 1) - 0.3) ** 2)


def trials_of(run: Run) -> list[Run]:
    return sorted(children_of(run), key=lambda child: int(child.data.tags["optuna.trial"]))


def test_a_study_is_a_run_and_its_trials_are_runs_below_it(autolog: Store) -> None:
    study = new_study(study_name="bowl")
    study.optimize(bowl, n_trials=4)
    run = only_run()
    best = study.best_trial
    assert run.info.status == "FINISHED"
    assert run.data.params == {
        "study_name": "bowl",
        "direction": "minimize",
        "sampler": "RandomSampler",
        "pruner": "MedianPruner",
        "n_trials": "4",
        "best_x": str(best.params["x"]),
    }
    assert run.data.metrics["best_value"] == best.value
    assert run.data.tags["optuna.best_trial"] == str(best.number)
    history = nbtrack.Client().get_metric_history(run.info.run_id, "value")
    assert [(point.step, point.value) for point in history] == [(t.number, t.value) for t in study.trials]
    for child, trial in zip(trials_of(run), study.trials, strict=True):
        assert child.data.params == {"x": str(trial.params["x"])}
        assert (child.data.metrics, child.info.status) == ({"value": trial.value}, "FINISHED")
        assert child.data.tags["optuna.state"] == "COMPLETE"


def test_what_trials_report_is_a_curve_and_pruned_ones_say_so(autolog: Store) -> None:
    def objective(trial: optuna.Trial) -> float:
        for step in range(3):
            trial.report(trial.number + step, step)
            if trial.number == 1 and step == 1:
                raise optuna.TrialPruned
        return trial.suggest_float("x", 0, 1)

    new_study().optimize(objective, n_trials=2)
    whole, pruned = trials_of(only_run())
    assert (pruned.data.tags["optuna.state"], pruned.info.status) == ("PRUNED", "FINISHED")
    for child, wanted in ((whole, [(0, 0), (1, 1), (2, 2)]), (pruned, [(0, 1), (1, 2)])):
        points = nbtrack.Client().get_metric_history(child.info.run_id, "intermediate_value")
        assert [(point.step, point.value) for point in points] == wanted


def test_trials_that_fail_are_failed_runs_and_the_study_goes_on_or_raises_as_it_would(autolog: Store) -> None:
    def objective(trial: optuna.Trial) -> float:
        x = trial.suggest_float("x", 0, 1)
        if trial.number == 1:
            raise KeyError("no such column")
        return float("nan") if trial.number == 2 else x

    new_study().optimize(objective, n_trials=4, catch=KeyError)
    good, raised, nan, last = trials_of(only_run())
    assert [child.data.tags["optuna.state"] for child in (good, raised, nan, last)] == [
        "COMPLETE",
        "FAIL",
        "FAIL",
        "COMPLETE",
    ]
    assert [child.info.status for child in (raised, nan)] == ["FAILED", "FAILED"]
    assert "no such column" in raised.data.tags["nbtrack.error"]
    assert "x" in raised.data.params and "x" in nan.data.params

    with pytest.raises(KeyError, match="no such column"):
        new_study().optimize(objective, n_trials=4)
    failed = all_runs()[-1]
    assert failed.info.status == "FAILED"
    assert [child.info.status for child in trials_of(failed)] == ["FINISHED", "FAILED"]


def test_trials_in_several_threads_each_have_their_own_run(autolog: Store) -> None:
    together = threading.Barrier(2)

    def objective(trial: optuna.Trial) -> float:
        together.wait(20)  # both trials are going on
        nbtrack.log_metric("own", trial.number)
        trial.report(trial.number, 0)
        return trial.suggest_float("x", 0, 1)

    new_study().optimize(objective, n_trials=8, n_jobs=2)
    children = trials_of(only_run())
    assert len(children) == 8
    for child in children:
        number = float(child.data.tags["optuna.trial"])
        assert child.data.metrics["own"] == child.data.metrics["intermediate_value"] == number
        assert child.info.status == "FINISHED"


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_training_inside_a_trial_lands_in_its_run(autolog: Store, n_jobs: int) -> None:
    def objective(trial: optuna.Trial) -> float:
        trial.suggest_categorical("tol", ["loose"])
        model = LogisticRegression(C=trial.suggest_float("C", 0.1, 10), max_iter=1000).fit(X, y)
        return float(model.score(X, y))

    new_study(direction="maximize").optimize(objective, n_trials=2, n_jobs=n_jobs)
    run = only_run()
    assert len(trials_of(run)) == 2
    for child in trials_of(run):
        # One of the model's params has the name of one of the trial's, and another value.
        assert (child.data.params["tol"], child.data.params["LogisticRegression.max_iter"]) == ("loose", "1000")
        assert child.data.metrics["training_accuracy_score"] == child.data.metrics["value"]
    assert not any("max_iter" in name for name in run.data.params)


@pytest.mark.filterwarnings("ignore:set_metric_names is experimental", "ignore:.*metric_names is experimental")
def test_of_several_objectives_all_values_are_kept_and_the_front_is_named(autolog: Store) -> None:
    study = new_study(directions=["minimize", "maximize"])
    study.set_metric_names(["loss", "speed"])
    study.optimize(lambda trial: (trial.suggest_float("x", 0, 1), trial.suggest_float("y", 0, 1)), n_trials=5)
    run = only_run()
    for child, trial in zip(trials_of(run), study.trials, strict=True):
        assert child.data.metrics == dict(zip(["loss", "speed"], trial.values, strict=True))
    assert run.data.tags["optuna.best_trial"] == ",".join(str(trial.number) for trial in study.best_trials)
    assert run.data.params["direction"] == "minimize,maximize"


def test_a_study_that_goes_on_has_a_run_for_its_new_trials_only(autolog: Store, tmp_path: Path) -> None:
    storage = f"sqlite:///{tmp_path}/study.db"
    new_study(study_name="long", storage=storage).optimize(bowl, n_trials=2)
    resumed = optuna.load_study(study_name="long", storage=storage)
    resumed.optimize(bowl, n_trials=3)
    first, second = all_runs()
    assert [child.data.tags["optuna.trial"] for child in trials_of(first)] == ["0", "1"]
    assert [child.data.tags["optuna.trial"] for child in trials_of(second)] == ["2", "3", "4"]
    assert second.data.metrics["best_value"] == resumed.best_value
    assert {run.data.params["study_name"] for run in (first, second)} == {"long"}


def test_in_an_open_run_the_study_is_that_run(autolog: Store) -> None:
    study = new_study()
    with nbtrack.start_run() as run:
        study.optimize(bowl, n_trials=2)
        study.optimize(bowl, n_trials=2)
        nbtrack.log_metric("after", 1)
    found = only_run()
    assert found.info.run_id == run.info.run_id
    assert len(trials_of(found)) == 4
    assert {"best_value", "Study_2.best_value", "after"} <= set(found.data.metrics)


def test_without_autolog_a_study_is_nobodys_business(store: Store) -> None:
    optimize = optuna.Study.optimize
    nbtrack.autolog()
    nbtrack.autolog(disable=True)
    assert optuna.Study.optimize is optimize
    new_study().optimize(bowl, n_trials=1)
    assert all_runs() == []
