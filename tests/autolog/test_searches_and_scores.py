from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
import sklearn.metrics
from sklearn.datasets import load_iris
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, roc_auc_score
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    RandomizedSearchCV,
    cross_val_score,
    cross_validate,
    train_test_split,
)  # fmt: skip
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier

import nbtrack
from nbtrack.store import Store
from nbtrack.tracking import artifact_path
from tests.autolog.runs import all_runs, children_of, only_run

X, y = load_iris(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
GRID = {"max_depth": [1, 2, 3]}


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_grid_search_is_a_parent_with_a_child_for_each_candidate(autolog: Store, n_jobs: int) -> None:
    search = GridSearchCV(DecisionTreeClassifier(random_state=0), GRID, cv=3, n_jobs=n_jobs).fit(X, y)
    run = only_run()
    children = children_of(run)
    assert {child.data.params["max_depth"] for child in children} == {"1", "2", "3"}
    by_depth = {int(child.data.params["max_depth"]): child for child in children}
    for index, params in enumerate(search.cv_results_["params"]):
        child = by_depth[params["max_depth"]]
        assert child.data.metrics["mean_test_score"] == search.cv_results_["mean_test_score"][index]
        folds = autolog.metrics.history(child.info.run_id, "test_score").points
        assert [point.value for point in folds] == [search.cv_results_[f"split{n}_test_score"][index] for n in range(3)]
    assert run.data.params["best_max_depth"] == str(search.best_params_["max_depth"])
    assert run.data.metrics["best_cv_score"] == search.best_score_
    table = pd.read_csv(io.BytesIO(artifact_path(run.info.run_id, "cv_results.csv").read_bytes()))
    assert len(table) == 3
    assert set(table.columns) == set(search.cv_results_)


@pytest.mark.parametrize(
    "search",
    [
        RandomizedSearchCV(DecisionTreeClassifier(), {"max_depth": range(1, 9)}, n_iter=4, cv=2, random_state=0),
        HalvingGridSearchCV(DecisionTreeClassifier(), GRID, cv=2, min_resources=30, random_state=0),
        GridSearchCV(DecisionTreeClassifier(), GRID, cv=2, refit=False),
        GridSearchCV(DecisionTreeClassifier(), GRID, cv=2, scoring=["accuracy", "f1_macro"], refit="accuracy"),
    ],
    ids=["randomized", "halving", "no refit", "two scores"],
)
def test_searches_of_every_kind_have_all_their_candidates(autolog: Store, search, capsys) -> None:
    search.fit(X, y)
    run = only_run()
    assert len(children_of(run)) == len(search.cv_results_["params"])
    assert run.data.tags["nbtrack.candidates"] == str(len(search.cv_results_["params"]))
    assert "nbtrack.warning" not in run.data.tags
    assert capsys.readouterr().err == ""


def test_several_scores_without_refit_have_their_candidates_too(autolog: Store, capsys) -> None:
    search = GridSearchCV(DecisionTreeClassifier(), GRID, cv=2, scoring=["accuracy", "f1_macro"], refit=False)
    search.fit(X, y)
    assert len(children_of(only_run())) == 3
    assert capsys.readouterr().err == ""


def test_cross_validation_has_folds_as_steps(autolog: Store) -> None:
    result = cross_validate(LogisticRegression(C=0.3, max_iter=1000), X, y, cv=4, scoring=["accuracy", "f1_macro"])
    run = only_run()
    assert run.data.params["C"] == "0.3"
    points = autolog.metrics.history(run.info.run_id, "test_accuracy").points
    assert [point.value for point in points] == list(result["test_accuracy"])
    assert [point.step for point in points] == [0, 1, 2, 3]
    assert run.data.metrics["mean_test_f1_macro"] == pytest.approx(result["test_f1_macro"].mean())


def test_cross_val_score_is_one_run(autolog: Store) -> None:
    scores = cross_val_score(GaussianNB(), X, y, cv=3, n_jobs=2)
    assert only_run().data.metrics["mean_test_score"] == pytest.approx(scores.mean())


class TestScoresComputedLater:
    def test_a_function_imported_before_reaches_the_run_of_the_model(self, autolog: Store) -> None:
        model = GaussianNB().fit(X_train, y_train)
        predicted = model.predict(X_test)
        value = f1_score(y_test, predicted, average="macro")
        assert only_run().data.metrics["f1_score_X_test"] == value

    def test_models_whose_methods_come_from_mixins(self, autolog: Store) -> None:
        value = f1_score(
            y_test, LogisticRegression(max_iter=1000).fit(X_train, y_train).predict(X_test), average="macro"
        )
        nowhere = only_run().data.metrics
        model = LogisticRegression(max_iter=1000).fit(X_train, y_train)
        assert f1_score(y_test, model.predict(X_test), average="macro") == value
        assert "f1_score_X_test" not in nowhere, "a model that is gone has no scores"
        assert all_runs()[-1].data.metrics["f1_score_X_test"] == value

    def test_functions_looked_up_or_imported_after(self, autolog: Store) -> None:
        from sklearn.metrics import accuracy_score

        model = GaussianNB().fit(X_train, y_train)
        accuracy_score(y_test, model.predict(X_test))
        sklearn.metrics.matthews_corrcoef(y_pred=model.predict(X_test), y_true=y_test)
        assert {"accuracy_score_X_test", "matthews_corrcoef_X_test"} <= only_run().data.metrics.keys()

    def test_score_methods(self, autolog: Store) -> None:
        model = GaussianNB().fit(X_train, y_train)
        value = model.score(X_test, y_test)
        assert only_run().data.metrics["score_X_test"] == value

    def test_views_of_predictions(self, autolog: Store) -> None:
        positive_train, positive_test = y_train == 1, y_test == 1
        model = LogisticRegression(max_iter=1000).fit(X_train, positive_train)
        probabilities = model.predict_proba(X_test)
        by_probability = roc_auc_score(positive_test, probabilities[:, 1])
        assert only_run().data.metrics["roc_auc_score_X_test"] == by_probability
        decisions = model.decision_function(X_test)
        sklearn.metrics.average_precision_score(positive_test[:20], decisions[:20])
        assert "average_precision_score_X_test" in only_run().data.metrics

    def test_each_model_gets_its_own(self, autolog: Store) -> None:
        first, second = GaussianNB().fit(X_train, y_train), DecisionTreeClassifier().fit(X_train, y_train)
        of_second = f1_score(y_test, second.predict(X_test), average="micro")
        of_first = f1_score(y_test, first.predict(X_test), average="micro")
        metrics = [run.data.metrics["f1_score_X_test"] for run in all_runs()]
        assert sorted(metrics) == sorted([of_first, of_second])

    def test_a_score_after_the_run_ended_or_the_store_changed_goes_to_the_run(self, autolog: Store, tmp_path) -> None:
        with nbtrack.start_run() as run:
            model = GaussianNB().fit(X_train, y_train)
        nbtrack.set_tracking_uri(tmp_path / "other")
        model.score(X_test, y_test)
        nbtrack.flush()
        assert "score_X_test" in autolog.runs.get(run.info.run_id).data.metrics

    def test_a_score_of_the_best_model_of_a_search(self, autolog: Store) -> None:
        search = GridSearchCV(GaussianNB(), {"var_smoothing": [1e-9, 1e-3]}, cv=2).fit(X_train, y_train)
        search.score(X_test, y_test)
        f1_score(y_test, search.predict(X_test), average="macro")
        assert {"score_X_test", "f1_score_X_test"} <= only_run().data.metrics.keys()

    def test_scores_of_what_no_model_predicted_go_nowhere(self, autolog: Store) -> None:
        GaussianNB().fit(X_train, y_train)
        before = only_run().data.metrics
        f1_score(y_test, np.zeros(len(y_test), int), average="macro")
        assert only_run().data.metrics == before

    def test_results_are_those_of_scikit_learn(self, autolog: Store) -> None:
        model = GaussianNB().fit(X_train, y_train)
        tracked = sklearn.metrics.classification_report(y_test, model.predict(X_test))
        matrix = sklearn.metrics.confusion_matrix(y_test, model.predict(X_test))
        nbtrack.autolog(disable=True)
        assert tracked == sklearn.metrics.classification_report(y_test, model.predict(X_test))
        assert np.array_equal(matrix, sklearn.metrics.confusion_matrix(y_test, model.predict(X_test)))
