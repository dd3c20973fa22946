from __future__ import annotations

import json

import lightgbm
import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.metrics import accuracy_score
from sklearn.model_selection import GridSearchCV

import nbtrack
from nbtrack.flavors import load_pyfunc
from nbtrack.store import Store
from nbtrack.tracking import artifact_path, background
from tests.autolog.runs import children_of, curve, only_run

X, y = load_breast_cancer(return_X_y=True, as_frame=True)
X.columns = [name.replace(" ", "_") for name in X.columns]
X_train, X_test, y_train, y_test = X[:400], X[400:], y[:400], y[400:]
QUIET = {"verbose": -1, "num_threads": 1}


def test_each_iteration_of_an_estimator_is_a_step_of_its_run(autolog: Store) -> None:
    model = lightgbm.LGBMClassifier(n_estimators=8, num_leaves=4, verbose=-1)
    model.fit(X_train, y_train, eval_X=(X_train, X_test), eval_y=(y_train, y_test), eval_metric=["auc"])
    accuracy = accuracy_score(y_test, model.predict(X_test))
    background.wait()
    run = only_run()
    assert (run.info.status, run.data.tags["estimator_name"]) == ("FINISHED", "LGBMClassifier")
    assert (run.data.params["num_leaves"], run.data.params["n_estimators"]) == ("4", "8")
    for data, by_metric in model.evals_result_.items():
        for metric, values in by_metric.items():
            assert curve(run.info.run_id, f"{data}-{metric}") == list(enumerate(values))
    assert run.data.metrics["training_accuracy_score"] == accuracy_score(y_train, model.predict(X_train))
    assert run.data.metrics["accuracy_score_X_test"] == accuracy
    assert [data.dataset.name for data in run.inputs.dataset_inputs] == ["X_train", "y_train"]
    loaded = load_pyfunc(artifact_path(run.info.run_id, "model"))
    assert loaded.metadata.get_input_schema().input_names() == list(X.columns)
    np.testing.assert_array_equal(loaded.predict(X_test), model.predict(X_test))


def test_train_is_a_run_of_its_own_with_its_data_early_stopping_and_importances(autolog: Store) -> None:
    train_set = lightgbm.Dataset(X_train, y_train)
    booster = lightgbm.train(
        {**QUIET, "objective": "binary", "metric": ["auc", "binary_logloss"], "learning_rate": 1.0},
        train_set,
        num_boost_round=60,
        valid_sets=[lightgbm.Dataset(X_test, y_test, reference=train_set)],
        valid_names=["test"],
        callbacks=[lightgbm.early_stopping(2, verbose=False)],
    )
    run = only_run()
    assert {key: run.data.params[key] for key in ("objective", "num_boost_round", "learning_rate")} == {
        "objective": "binary",
        "num_boost_round": "60",
        "learning_rate": "1.0",
    }
    assert run.data.metrics["best_iteration"] == booster.best_iteration
    assert run.data.metrics["best_test-auc"] == booster.best_score["test"]["auc"]
    steps = [step for step, _ in curve(run.info.run_id, "test-auc")]
    assert steps == list(range(int(run.data.metrics["stopped_iteration"])))
    assert {(each.dataset.name, each.context) for each in run.inputs.dataset_inputs} == {
        ("X_train", "training"),
        ("X_test", "validation"),
    }
    document = json.loads(artifact_path(run.info.run_id, "feature_importance.json").read_text())
    assert list(document["gain"].values()) == booster.feature_importance("gain").tolist()
    assert list(document["split"]) == booster.feature_name()
    loaded = load_pyfunc(artifact_path(run.info.run_id, "model"))
    np.testing.assert_array_equal(loaded.predict(X_test), booster.predict(X_test))
    assert loaded.metadata.get_input_schema().input_names() == list(X.columns)


def test_metrics_with_an_at_sign_have_keys_that_mlflows_servers_take(autolog: Store) -> None:
    params = {**QUIET, "objective": "lambdarank", "eval_at": [3]}
    data = lightgbm.Dataset(X_train, y_train, group=[100, 100, 100, 100])
    lightgbm.train(params, data, num_boost_round=2, valid_sets=[data], valid_names=["training"])
    assert len(curve(only_run().info.run_id, "training-ndcg_at_3")) == 2


def test_a_search_is_one_run_with_its_candidates(autolog: Store) -> None:
    model = lightgbm.LGBMClassifier(n_estimators=2, verbose=-1)
    GridSearchCV(model, {"num_leaves": [3, 4]}, cv=2).fit(X_train, y_train)
    assert len(children_of(only_run())) == 2


def test_a_training_that_fails_is_a_failed_run_and_raises_what_it_raised(autolog: Store) -> None:
    with pytest.raises(lightgbm.basic.LightGBMError, match="objective"):
        lightgbm.train({**QUIET, "objective": "none such"}, lightgbm.Dataset(X_train, y_train))
    assert only_run().info.status == "FAILED"


def test_turning_it_off_leaves_lightgbm_as_it_was(store: Store) -> None:
    before = lightgbm.train, lightgbm.sklearn.train, lightgbm.engine.train, lightgbm.LGBMClassifier.fit
    nbtrack.lightgbm.autolog()
    assert lightgbm.train is not before[0]
    nbtrack.lightgbm.autolog(disable=True)
    assert (lightgbm.train, lightgbm.sklearn.train, lightgbm.engine.train, lightgbm.LGBMClassifier.fit) == before
