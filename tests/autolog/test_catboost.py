from __future__ import annotations

import json

import catboost
import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.metrics import accuracy_score

import nbtrack
from nbtrack.flavors import load_pyfunc
from nbtrack.store import Store
from nbtrack.tracking import artifact_path, background
from tests.autolog.runs import all_runs, curve, only_run

X, y = load_breast_cancer(return_X_y=True, as_frame=True)
X_train, X_test, y_train, y_test = X[:400], X[400:], y[:400], y[400:]
QUIET = {"verbose": False, "allow_writing_files": False, "thread_count": 1, "depth": 2}


def test_each_iteration_is_a_step_and_what_catboost_chose_by_itself_is_a_param(autolog: Store) -> None:
    model = catboost.CatBoostClassifier(iterations=8, custom_metric=["AUC"], **QUIET)
    model.fit(X_train, y_train, eval_set=(X_test, y_test))
    accuracy = accuracy_score(y_test, model.predict(X_test))
    background.wait()
    run = only_run()
    assert (run.info.status, run.data.tags["estimator_name"]) == ("FINISHED", "CatBoostClassifier")
    assert (run.data.params["iterations"], run.data.params["depth"]) == ("8", "2")
    assert float(run.data.params["learning_rate"]) == model.get_all_params()["learning_rate"]
    for data, by_metric in model.get_evals_result().items():
        for metric, values in by_metric.items():
            assert curve(run.info.run_id, f"{data}-{metric}") == list(enumerate(values))
    assert run.data.metrics["training_accuracy_score"] == accuracy_score(y_train, model.predict(X_train))
    assert run.data.metrics["accuracy_score_X_test"] == accuracy
    assert [data.dataset.name for data in run.inputs.dataset_inputs] == ["X_train", "y_train"]
    document = json.loads(artifact_path(run.info.run_id, "feature_importance.json").read_text())
    assert list(document["PredictionValuesChange"].values()) == model.feature_importances_.tolist()
    loaded = load_pyfunc(artifact_path(run.info.run_id, "model"))
    assert loaded.metadata.get_input_schema().input_names() == list(X.columns)
    np.testing.assert_array_equal(loaded.predict(X_test), model.predict(X_test))


def test_train_on_pools_is_a_run_with_early_stopping_and_the_model(autolog: Store) -> None:
    model = catboost.train(
        catboost.Pool(X_train, y_train),
        {**QUIET, "loss_function": "Logloss", "learning_rate": 1.0},
        iterations=60,
        eval_set=catboost.Pool(X_test, y_test),
        early_stopping_rounds=2,
    )
    run = only_run()
    assert run.data.tags["estimator_name"] == "CatBoost"
    assert run.data.metrics["best_iteration"] == model.get_best_iteration()
    assert run.data.metrics["best_validation-Logloss"] == model.get_best_score()["validation"]["Logloss"]
    steps = [step for step, _ in curve(run.info.run_id, "validation-Logloss")]
    assert steps == list(range(int(run.data.metrics["stopped_iteration"]) + 1))
    loaded = load_pyfunc(artifact_path(run.info.run_id, "model"))
    np.testing.assert_array_equal(loaded.predict(X_test), model.predict(X_test))
    assert loaded.metadata.get_input_schema().input_names() == list(X.columns)


def test_what_is_evaluated_now_and_then_is_logged_at_its_steps(autolog: Store) -> None:
    catboost.CatBoostRegressor(iterations=7, metric_period=3, **QUIET).fit(X_train, y_train)
    assert [step for step, _ in curve(only_run().info.run_id, "learn-RMSE")] == [0, 3, 6]


def test_a_training_of_many_iterations_is_not_slowed_down_by_calling_back_and_has_all_of_them(autolog: Store) -> None:
    model = catboost.CatBoostClassifier(iterations=400, learning_rate=1.0, custom_metric=["AUC"], **QUIET)
    model.fit(X_train, y_train, eval_set=(X_test, y_test), early_stopping_rounds=260)
    run = only_run()
    for data, by_metric in model.get_evals_result().items():
        for metric, values in by_metric.items():
            assert curve(run.info.run_id, f"{data}-{metric}") == list(enumerate(values))
    assert run.data.metrics["stopped_iteration"] == len(model.get_evals_result()["validation"]["Logloss"]) - 1
    assert 250 < run.data.metrics["stopped_iteration"] < 399


def test_a_period_of_many_iterations_keeps_its_steps(autolog: Store) -> None:
    catboost.CatBoostRegressor(iterations=300, **QUIET).fit(X_train, y_train, metric_period=100)
    assert [step for step, _ in curve(only_run().info.run_id, "learn-RMSE")] == [0, 100, 200, 299]


def test_the_users_own_callback_is_called_and_may_stop_the_training(autolog: Store) -> None:
    class Stop:
        def after_iteration(self, state: object) -> bool:
            return state.iteration < 3  # type: ignore[attr-defined]

    model = catboost.CatBoostRegressor(iterations=9, **QUIET).fit(X_train, y_train, callbacks=[Stop()])
    assert model.tree_count_ == 3
    assert len(curve(only_run().info.run_id, "learn-RMSE")) == 3


def test_a_training_that_fails_is_a_failed_run_and_raises_what_it_raised(autolog: Store) -> None:
    with pytest.raises(catboost.CatBoostError, match="Length of label"):
        catboost.CatBoostRegressor(iterations=2, **QUIET).fit(X_train, y_test)
    assert only_run().info.status == "FAILED"


def test_one_framework_can_be_turned_on_and_off_by_itself(store: Store) -> None:
    original = catboost.CatBoostClassifier.fit
    nbtrack.catboost.autolog(log_models=False)
    catboost.CatBoostClassifier(iterations=2, **QUIET).fit(X_train, y_train)
    nbtrack.catboost.autolog(disable=True)
    assert catboost.CatBoostClassifier.fit is original
    catboost.CatBoostClassifier(iterations=2, **QUIET).fit(X_train, y_train)
    assert len(all_runs()) == 1
    assert "model" not in [entry.path for entry in nbtrack.list_artifacts(only_run().info.run_id)]
