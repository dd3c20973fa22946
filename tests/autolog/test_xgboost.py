from __future__ import annotations

import json
import threading

import numpy as np
import pytest
import xgboost
from sklearn.datasets import load_breast_cancer
from sklearn.metrics import accuracy_score
from sklearn.model_selection import GridSearchCV

import nbtrack
from nbtrack.autolog.training import Training
from nbtrack.flavors import load_pyfunc
from nbtrack.store import Store
from nbtrack.tracking import artifact_path, background
from tests.autolog.runs import all_runs, children_of, curve, only_run

X, y = load_breast_cancer(return_X_y=True, as_frame=True)
X_train, X_test, y_train, y_test = X[:400], X[400:], y[:400], y[400:]


def test_each_iteration_of_an_estimator_is_a_step_of_its_run(autolog: Store) -> None:
    model = xgboost.XGBClassifier(n_estimators=8, max_depth=2, eval_metric=["logloss", "auc"])
    model.fit(X_train, y_train, eval_set=[(X_train, y_train), (X_test, y_test)], verbose=False)
    run = only_run()
    assert (run.info.status, run.data.tags["estimator_name"]) == ("FINISHED", "XGBClassifier")
    assert (run.data.params["max_depth"], run.data.params["n_estimators"]) == ("2", "8")
    for data, by_metric in model.evals_result().items():
        for metric, values in by_metric.items():
            assert curve(run.info.run_id, f"{data}-{metric}") == list(enumerate(values))
    assert run.data.metrics["training_accuracy_score"] == accuracy_score(y_train, model.predict(X_train))
    assert [(data.dataset.name, data.dataset.digest != "") for data in run.inputs.dataset_inputs] == [
        ("X_train", True),
        ("y_train", True),
    ]


def test_the_model_of_an_estimator_loads_with_its_signature_and_later_scores_find_its_run(autolog: Store) -> None:
    model = xgboost.XGBClassifier(n_estimators=3).fit(X_train, y_train)
    accuracy = accuracy_score(y_test, model.predict(X_test))
    background.wait()
    run = only_run()
    assert run.data.metrics["accuracy_score_X_test"] == accuracy
    loaded = load_pyfunc(artifact_path(run.info.run_id, "model"))
    assert loaded.metadata.get_input_schema().input_names() == list(X.columns)
    np.testing.assert_array_equal(loaded.predict(X_test), model.predict(X_test))


def test_train_is_a_run_of_its_own_with_early_stopping_and_importances(autolog: Store) -> None:
    train, test = xgboost.DMatrix(X_train, y_train), xgboost.DMatrix(X_test, y_test)
    booster = xgboost.train(
        {"max_depth": 2, "objective": "binary:logistic", "eta": 1.0},
        train,
        num_boost_round=60,
        evals=[(test, "test")],
        early_stopping_rounds=2,
        verbose_eval=False,
    )
    run = only_run()
    assert run.data.params == {
        "max_depth": "2",
        "objective": "binary:logistic",
        "eta": "1.0",
        "num_boost_round": "60",
        "early_stopping_rounds": "2",
    }
    assert run.data.metrics["best_iteration"] == booster.best_iteration
    assert run.data.metrics["best_score"] == booster.best_score
    steps = [step for step, _ in curve(run.info.run_id, "test-logloss")]
    assert steps == list(range(int(run.data.metrics["stopped_iteration"]) + 1))
    document = json.loads(artifact_path(run.info.run_id, "feature_importance.json").read_text())
    assert document["gain"] == pytest.approx(booster.get_score(importance_type="gain"))
    loaded = load_pyfunc(artifact_path(run.info.run_id, "model"))
    np.testing.assert_array_equal(loaded.predict(X_test), booster.predict(test))
    assert loaded.metadata.get_input_schema().input_names() == list(X.columns)


def test_a_search_is_one_run_with_its_candidates_and_no_run_for_each_of_their_fits(autolog: Store) -> None:
    GridSearchCV(xgboost.XGBClassifier(n_estimators=2), {"max_depth": [1, 2]}, cv=2).fit(X_train, y_train)
    run = only_run()
    assert len(children_of(run)) == 2


def test_a_training_that_fails_is_a_failed_run_and_raises_what_it_raised(autolog: Store) -> None:
    with pytest.raises(ValueError, match="mismatch"):
        xgboost.train({}, xgboost.DMatrix(X_train, y_train), evals=[(xgboost.DMatrix(X_test.iloc[:, 1:], y_test), "t")])
    run = only_run()
    assert run.info.status == "FAILED"
    assert "mismatch" in run.data.tags["nbtrack.error"]


def test_a_run_is_ended_though_its_last_words_are_refused(
    autolog: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object) -> None:
        raise RuntimeError("refused")

    monkeypatch.setattr(Training, "_end", refuse)
    matrix = xgboost.DMatrix(X_train, y_train)
    xgboost.train({}, matrix, num_boost_round=1)
    assert "refused" in capsys.readouterr().err
    assert nbtrack.active_run() is None
    assert only_run().info.status == "FINISHED"


def test_a_model_is_saved_as_it_was_when_its_training_ended_though_it_is_trained_on(autolog: Store) -> None:
    matrix = xgboost.DMatrix(X_train, y_train)
    may_save = threading.Event()

    def hold_up() -> None:
        may_save.wait(60)

    background.submit(hold_up)
    booster = xgboost.train({"max_depth": 2}, matrix, num_boost_round=2)
    predicted = booster.predict(matrix)
    booster.update(matrix, 2)
    may_save.set()
    loaded = nbtrack.xgboost.load_model(f"runs:/{only_run().info.run_id}/model")
    assert loaded.num_boosted_rounds() == 2 < booster.num_boosted_rounds()
    np.testing.assert_array_equal(loaded.predict(matrix), predicted)


def test_a_second_training_in_an_open_run_has_keys_of_its_own(autolog: Store) -> None:
    matrix = xgboost.DMatrix(X_train, y_train)
    with nbtrack.start_run() as run:
        for depth in (1, 2):
            xgboost.train(
                {"max_depth": depth}, matrix, num_boost_round=2, evals=[(matrix, "train")], verbose_eval=False
            )
    found = nbtrack.get_run(run.info.run_id)
    assert (found.data.params["max_depth"], found.data.params["Booster_2.max_depth"]) == ("1", "2")
    assert {"train-rmse", "Booster_2.train-rmse"} <= set(found.data.metrics)
    assert len(all_runs()) == 1


def test_one_framework_can_be_turned_on_and_off_by_itself(store: Store) -> None:
    original = xgboost.XGBClassifier.fit
    nbtrack.xgboost.autolog(log_models=False)
    try:
        from sklearn.linear_model import LogisticRegression

        LogisticRegression(max_iter=5000).fit(X_train, y_train)
        xgboost.XGBClassifier(n_estimators=2).fit(X_train, y_train)
        run = only_run()
        assert run.data.tags["estimator_name"] == "XGBClassifier"
        assert "model" not in [entry.path for entry in nbtrack.list_artifacts(run.info.run_id)]
    finally:
        nbtrack.xgboost.autolog(disable=True)
    xgboost.XGBClassifier(n_estimators=2).fit(X_train, y_train)
    assert len(all_runs()) == 1
    assert xgboost.XGBClassifier.fit is original
