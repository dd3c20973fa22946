from __future__ import annotations

import math
import signal
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import coo_matrix, csr_matrix
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.cluster import KMeans
from sklearn.datasets import load_diabetes, load_iris
from sklearn.ensemble import BaggingClassifier, RandomForestClassifier, VotingClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.metrics import (
    accuracy_score,
    f1_score,
    log_loss,
    mean_absolute_error,
    mean_squared_error,
    precision_score,
    r2_score,
    recall_score,
    roc_auc_score,
)  # fmt: skip
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

import nbtrack
from nbtrack.store import Store
from nbtrack.tracking import artifact_path, background
from tests.autolog.runs import all_runs, only_run

X, y = load_iris(return_X_y=True)
frame = load_iris(as_frame=True).data


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_of_the_recording_leaves_the_fit_and_what_was_found(
    autolog: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(LogisticRegression, "predict", lambda *_: signal.raise_signal(signal.SIGINT))
    model = LogisticRegression(max_iter=1000).fit(frame, y)
    assert model.coef_.shape == (3, 4)
    assert "recording was interrupted" in capsys.readouterr().err
    run = only_run()
    assert (run.info.status, run.data.params["max_iter"]) == ("FINISHED", "1000")
    assert float(run.data.tags["nbtrack.capture_ms"]) > 0


def test_a_fit_is_a_finished_run_with_params_metrics_data_and_a_model(autolog: Store) -> None:
    model = LogisticRegression(C=0.5, max_iter=1000).fit(frame, y)
    run = only_run()
    assert run.info.status == "FINISHED"
    assert run.data.params["C"] == "0.5"
    assert run.data.params.keys() == model.get_params().keys()
    assert run.data.tags["estimator_name"] == "LogisticRegression"
    assert float(run.data.tags["nbtrack.capture_ms"]) > 0
    assert {(found.dataset.name, found.dataset.shape) for found in run.inputs.dataset_inputs} == {
        ("frame", (150, 4)), ("y", (150,)),
    }  # fmt: skip
    logged = autolog.models.of_run(run.info.run_id)
    assert [(found.path, found.flavor) for found in logged] == [("model", "sklearn")]
    assert "sepal length" in (logged[0].signature or "")
    loaded = nbtrack.sklearn.load_model(f"runs:/{run.info.run_id}/model")
    assert np.array_equal(loaded.predict(frame), model.predict(frame))
    assert artifact_path(run.info.run_id, "estimator.html").stat().st_size > 100


def test_training_metrics_of_a_classifier_are_those_of_scikit_learn(autolog: Store) -> None:
    model = GaussianNB().fit(X, y)
    metrics = only_run().data.metrics
    nbtrack.autolog(disable=True)
    predicted, probabilities = model.predict(X), model.predict_proba(X)
    expected = {
        "training_score": model.score(X, y),
        "training_accuracy_score": accuracy_score(y, predicted),
        "training_precision_score": precision_score(y, predicted, average="weighted"),
        "training_recall_score": recall_score(y, predicted, average="weighted"),
        "training_f1_score": f1_score(y, predicted, average="weighted"),
        "training_log_loss": log_loss(y, probabilities),
        "training_roc_auc": roc_auc_score(y, probabilities, multi_class="ovo", average="weighted"),
    }
    assert metrics == pytest.approx(expected)


def test_training_metrics_with_weights_and_two_classes_are_those_of_scikit_learn(autolog: Store) -> None:
    labels, weights = (y == 1).astype(int), np.linspace(0.1, 2, 150)
    model = LogisticRegression(max_iter=1000).fit(X, labels, sample_weight=weights)
    metrics = only_run().data.metrics
    nbtrack.autolog(disable=True)
    assert metrics["training_score"] == pytest.approx(model.score(X, labels, sample_weight=weights))
    assert metrics["training_roc_auc"] == pytest.approx(
        roc_auc_score(labels, model.predict_proba(X)[:, 1], sample_weight=weights)
    )


def test_training_metrics_of_a_regressor_are_those_of_scikit_learn(autolog: Store) -> None:
    data, target = load_diabetes(return_X_y=True)
    model = Ridge().fit(data, target)
    predicted = model.predict(data)
    metrics = only_run().data.metrics
    nbtrack.autolog(disable=True)
    assert metrics == pytest.approx(
        {
            "training_score": r2_score(target, predicted),
            "training_r2_score": r2_score(target, predicted),
            "training_mean_absolute_error": mean_absolute_error(target, predicted),
            "training_mean_squared_error": mean_squared_error(target, predicted),
            "training_root_mean_squared_error": math.sqrt(mean_squared_error(target, predicted)),
        }
    )


@pytest.mark.parametrize(
    "model",
    [
        make_pipeline(StandardScaler(), LogisticRegression()),
        VotingClassifier([("a", GaussianNB()), ("b", DecisionTreeClassifier())]),
        BaggingClassifier(DecisionTreeClassifier(), n_estimators=3),
        BaggingClassifier(DecisionTreeClassifier(), n_estimators=4, n_jobs=2),
        OneVsRestClassifier(LogisticRegression(), n_jobs=2),
        RandomForestClassifier(n_estimators=5, n_jobs=2),
    ],
    ids=["pipeline", "voting", "bagging", "bagging in processes", "one vs rest in processes", "forest in threads"],
)
def test_what_fits_others_is_one_run(autolog: Store, model) -> None:
    clone(model).fit(X, y)
    assert only_run().data.tags["estimator_name"] == type(model).__name__


@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_workers_of_joblib_make_no_runs_of_their_own(autolog: Store, backend: str) -> None:
    import joblib

    with joblib.parallel_backend(backend, n_jobs=2):
        VotingClassifier([("a", GaussianNB()), ("b", DecisionTreeClassifier())], n_jobs=2).fit(X, y)
    assert only_run().data.tags["estimator_name"] == "VotingClassifier"


def test_preprocessing_alone_makes_no_run(autolog: Store) -> None:
    StandardScaler().fit_transform(X)
    assert all_runs() == []


def test_clusterers_and_models_without_y_are_runs(autolog: Store) -> None:
    KMeans(n_clusters=3, n_init=1).fit(X)
    KMeans(n_clusters=3, n_init=1).fit_predict(X)
    assert [run.data.tags["estimator_name"] for run in all_runs()] == ["KMeans"] * 2


def test_many_fits_in_an_open_run_have_each_its_model_and_their_scores_as_steps(autolog: Store) -> None:
    with nbtrack.start_run() as run:
        for strength in (0.1, 1.0, 10.0):
            LogisticRegression(C=strength, max_iter=500).fit(X, y)
    nbtrack.flush()
    run_id = run.info.run_id
    folders = [entry.path for entry in nbtrack.list_artifacts(run_id) if entry.is_dir]
    assert folders == ["LogisticRegression_2", "LogisticRegression_3", "model"]
    assert nbtrack.sklearn.load_model(f"runs:/{run_id}/LogisticRegression_3").C == 10.0
    assert [point.step for point in nbtrack.Client().get_metric_history(run_id, "training_score")] == [0, 1, 2]


def test_fits_in_an_open_run_belong_to_it(autolog: Store) -> None:
    with nbtrack.start_run() as run:
        LogisticRegression(C=0.1, max_iter=1000).fit(X, y)
        LogisticRegression(C=0.2, max_iter=1000).fit(X, y)
    found = only_run()
    assert found.info.run_id == run.info.run_id
    assert (found.data.params["C"], found.data.params["LogisticRegression_2.C"]) == ("0.1", "0.2")


def test_a_failing_fit_is_a_failed_run_and_raises_what_it_raised(autolog: Store) -> None:
    with pytest.raises(ValueError, match="NaN"):
        LinearRegression().fit([[math.nan]], [1.0])
    run = only_run()
    assert run.info.status == "FAILED"
    assert "NaN" in run.data.tags["nbtrack.error"]


def test_a_fit_with_wrong_arguments_raises_what_python_raises(autolog: Store) -> None:
    with pytest.raises(TypeError, match="fit"):
        LinearRegression().fit()


class Broken(ClassifierMixin, BaseEstimator):
    """Fits; but nobody can read its params, save it, or have it predict."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.unpicklable_ = (value for value in ())
        return self

    def predict(self, X):
        raise RuntimeError("I don't predict")

    def get_params(self, deep=True):
        raise RuntimeError("no params")


def test_a_failure_of_tracking_leaves_the_fit_alone_and_says_so_in_a_line(autolog: Store, capsys) -> None:
    model = Broken()
    assert model.fit(X, y) is model
    told = capsys.readouterr().err.splitlines()
    assert told
    assert all(line.startswith("nbtrack: ") for line in told)


def test_a_store_that_cannot_be_made_leaves_the_fit_alone(tmp_path, capsys) -> None:
    (tmp_path / "file").write_text("x")
    nbtrack.set_tracking_uri(tmp_path / "file" / ".nbtrack")
    nbtrack.autolog()
    try:
        assert LinearRegression().fit(X, y).coef_.shape == (4,)
    finally:
        nbtrack.autolog(disable=True)
        nbtrack.set_tracking_uri(None)
    assert len(capsys.readouterr().err.splitlines()) == 1


class Slow(ClassifierMixin, BaseEstimator):
    """Predicts a row in 50 ms of its own clock."""

    predicted_rows = 0

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        import time

        type(self).predicted_rows += len(X)
        time.sleep(0.05 * len(X))
        return np.zeros(len(X), int)


def test_a_sparse_matrix_in_coordinates_has_first_rows_too(autolog: Store) -> None:
    LogisticRegression(max_iter=500).fit(coo_matrix(X), y)
    data = only_run().data
    assert "nbtrack.warning" not in data.tags
    assert data.metrics["training_score"] > 0.9


class OnlyWhole(ClassifierMixin, BaseEstimator):
    """Predicts for as many rows as it was fitted to."""

    def fit(self, X, y):
        self.classes_, self.rows_ = np.unique(y), len(X)
        return self

    def predict(self, X):
        if len(X) != self.rows_:
            raise ValueError("give me all rows")
        return np.zeros(len(X), int)


def test_a_model_without_a_signature_is_saved_all_the_same(autolog: Store) -> None:
    OnlyWhole().fit(X, y)
    run = only_run()
    assert "saved without a signature: give me all rows" in run.data.tags["nbtrack.warning"]
    assert [entry.path for entry in nbtrack.list_artifacts(run.info.run_id)] == ["model", "estimator.html"]


def test_a_model_can_be_used_right_after_its_fit(autolog: Store) -> None:
    model = LogisticRegression(max_iter=500).fit(X, y)
    run = nbtrack.last_active_run()
    assert run is not None
    run_id = run.info.run_id
    loaded = nbtrack.sklearn.load_model(f"runs:/{run_id}/model")
    assert (loaded.predict(X) == model.predict(X)).all()


def test_a_model_that_predicts_slowly_is_not_made_to_predict_its_training_data(autolog: Store) -> None:
    Slow.predicted_rows = 0
    Slow().fit(X, y)
    background.wait()
    assert Slow.predicted_rows < 30
    assert "training metrics left out" in only_run().data.tags["nbtrack.warning"]


class Strange(BaseEstimator):
    """Takes anything."""

    def fit(self, X, y=None):
        self.fitted_ = True
        return self

    def predict(self, X):
        return np.zeros(len(X) if hasattr(X, "__len__") else X.shape[0])


dates = pd.DataFrame({"when": pd.date_range("2024-01-01", periods=3), "kind": pd.Categorical(["a", "b", "a"])})
twins = pd.DataFrame(np.zeros((3, 2)), columns=["a", "a"])
mixed = pd.DataFrame(np.zeros((3, 2)), columns=[0, ("b", 1)])


@pytest.mark.parametrize(
    ("given", "target"),
    [
        ([[1.0], [2.0], [3.0]], [0, 1, 0]),
        (["text", "more text", "last"], None),
        (np.arange(3.0), np.arange(3.0)),
        (csr_matrix(np.eye(3)), [0, 1, 0]),
        (dates, [0, 1, 0]),
        (twins, [0, 1, 0]),
        (mixed, pd.Series([0, 1, 0], index=[9, 9, 9])),
        (pd.Series(["a", None, "b"]), None),
        (np.zeros((3, 2, 2)), np.zeros((3, 2))),
        (np.array([["a", 1], [None, 2], ["c", 3]], object), ["x", "y", "x"]),
        ([], []),
        (np.zeros((3, 3), np.float16), np.array([True, False, True])),
        (np.full((3, 2), np.nan), [math.nan, 1, 2]),
        (np.zeros((3, 1), complex), [1j, 2, 3]),
        ({"a": 1}, None),
        (None, None),
    ],
    ids=["list", "texts", "1-d", "sparse", "dates and categories", "twin columns", "names of no text", "series", "3-d",
         "objects", "empty", "half floats", "nan", "complex", "dict", "none"],
)  # fmt: skip
def test_inputs_of_every_kind_are_fitted_as_without_autolog(autolog: Store, given, target) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what saving warns of is for the next test
        model = Strange().fit(given, target)
        background.wait()
    assert model.fitted_
    assert only_run().info.status == "FINISHED"


def test_what_users_fit_gives_no_warnings_of_ours(autolog: Store, capsys) -> None:
    SVC().fit(csr_matrix(X), y)
    make_pipeline(CountVectorizer(), LogisticRegression()).fit(["good", "bad", "good one", "bad one"], [1, 0, 1, 0])
    DecisionTreeClassifier().fit(X, np.array(["a", "b", "c"])[y])
    LinearRegression().fit(X, np.column_stack([y, y]))
    DecisionTreeClassifier().fit(X, np.column_stack([y, y]))
    RandomForestClassifier(5).fit(frame, pd.Categorical.from_codes(y, ["a", "b", "c"]))
    background.wait()
    assert capsys.readouterr().err == ""
    assert [run.data.tags.get("nbtrack.warning") for run in all_runs()] == [None] * 6
    assert all(autolog.models.of_run(run.info.run_id) for run in all_runs())


def test_options_leave_things_out(store: Store) -> None:
    nbtrack.autolog(log_models=False, log_datasets=False, log_training_metrics=False, extra_tags={"team": "red"})
    try:
        GaussianNB().fit(X, y)
    finally:
        nbtrack.autolog(disable=True)
    run = only_run()
    assert run.data.metrics == {}
    assert run.inputs.dataset_inputs == ()
    assert run.data.tags["team"] == "red"
    assert store.models.of_run(run.info.run_id) == []


def test_fits_after_off_are_not_tracked(autolog: Store) -> None:
    nbtrack.autolog(disable=True)
    GaussianNB().fit(X, y)
    assert all_runs() == []
