"""Classifiers: every number against scikit-learn's."""

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as sk
from sklearn.datasets import load_breast_cancer, load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from nbtrack.errors import EvaluationError
from nbtrack.evaluation import Plot, Table, evaluate_model, evaluate_predictions
from nbtrack.evaluation.classification import checked_classification


def fitted(load, *, as_text=False, model=None):
    X, y = load(return_X_y=True, as_frame=True)
    y = y.map(lambda label: f"kind {label}") if as_text else y
    rng = np.random.default_rng(0)
    X = X + rng.normal(0, X.std(), X.shape)  # noise, so that the model errs
    model = make_pipeline(StandardScaler(), model or LogisticRegression())
    return model.fit(X[::2], y[::2]), X[1::2], y[1::2]


@pytest.mark.parametrize("as_text", [False, True])
def test_two_classes_have_scikit_learns_values_under_mlflows_names(as_text):
    model, X, y = fitted(load_breast_cancer, as_text=as_text)
    positive = np.unique(y)[-1]
    result = evaluate_model(model, X.assign(label=y), "label", explain=False)
    predicted, scores = model.predict(X), model.predict_proba(X)[:, 1]
    negatives, false_positives, false_negatives, positives = sk.confusion_matrix(y, predicted).ravel()
    expected = {
        "example_count": len(y),
        "accuracy_score": sk.accuracy_score(y, predicted),
        "f1_score": sk.f1_score(y, predicted, pos_label=positive),
        "precision_score": sk.precision_score(y, predicted, pos_label=positive),
        "recall_score": sk.recall_score(y, predicted, pos_label=positive),
        "roc_auc": sk.roc_auc_score(y, scores),
        "precision_recall_auc": sk.average_precision_score(y, scores, pos_label=positive),
        "log_loss": sk.log_loss(y, model.predict_proba(X)),
        "true_negatives": negatives,
        "false_positives": false_positives,
        "false_negatives": false_negatives,
        "true_positives": positives,
        "score": model.score(X, y),
    }
    assert result.metrics == pytest.approx(expected, rel=1e-12)
    assert result.warnings == ()
    assert all(type(value) is float for value in result.metrics.values())


def test_many_classes_are_averaged_by_support():
    model, X, y = fitted(load_wine)
    result = evaluate_model(model, X, y, explain=False)
    predicted, probabilities = model.predict(X), model.predict_proba(X)
    expected = {
        "example_count": len(y),
        "accuracy_score": sk.accuracy_score(y, predicted),
        "f1_score": sk.f1_score(y, predicted, average="weighted"),
        "precision_score": sk.precision_score(y, predicted, average="weighted"),
        "recall_score": sk.recall_score(y, predicted, average="weighted"),
        "roc_auc": sk.roc_auc_score(y, probabilities, multi_class="ovr", average="weighted"),
        "log_loss": sk.log_loss(y, probabilities),
        "score": model.score(X, y),
    }
    assert result.metrics == pytest.approx(expected, rel=1e-12)


def test_the_table_of_classes_has_each_class_against_the_rest():
    model, X, y = fitted(load_wine, as_text=True)
    table = evaluate_model(model, X, y, explain=False).artifacts["per_class_metrics"]
    assert isinstance(table, Table)
    frame = table.content.set_index("positive_class")
    predicted = model.predict(X)
    assert list(frame["precision_score"]) == pytest.approx(sk.precision_score(y, predicted, average=None))
    assert list(frame["support"]) == list(y.value_counts().sort_index())
    for position, label in enumerate(frame.index):
        area = sk.roc_auc_score(y == label, model.predict_proba(X)[:, position])
        assert frame.loc[label, "roc_auc"] == pytest.approx(area)


def test_the_plots_of_two_classes_have_mlflows_names_and_are_png_files(tmp_path):
    model, X, y = fitted(load_breast_cancer)
    artifacts = evaluate_model(model, X, y, explain=False).artifacts
    plots = {name for name, artifact in artifacts.items() if isinstance(artifact, Plot)}
    assert plots == {
        "confusion_matrix",
        "roc_curve_plot",
        "precision_recall_curve_plot",
        "calibration_curve_plot",
        "lift_curve_plot",
    }
    for artifact in artifacts.values():
        written = artifact.write(tmp_path)
        assert written.name == artifact.file_name
        assert written.read_bytes() == artifact.to_bytes()
    assert (tmp_path / "confusion_matrix.png").read_bytes().startswith(b"\x89PNG\r\n")
    assert pd.read_csv(tmp_path / "per_class_metrics.csv")["positive_class"].tolist() == [0, 1]


def test_another_positive_class_swaps_the_counts_and_the_scores():
    model, X, y = fitted(load_breast_cancer)
    usual = evaluate_model(model, X, y, explain=False).metrics
    other = evaluate_model(model, X, y, positive_label=0, explain=False).metrics
    assert other["true_positives"] == usual["true_negatives"]
    assert other["precision_score"] == pytest.approx(sk.precision_score(y, model.predict(X), pos_label=0))
    assert other["roc_auc"] == pytest.approx(usual["roc_auc"])
    assert other["log_loss"] == pytest.approx(usual["log_loss"])


def test_a_model_without_probabilities_loses_only_the_metrics_that_need_them():
    model, X, y = fitted(load_wine, model=LinearSVC())
    result = evaluate_model(model, X, y, explain=False)
    assert {"accuracy_score", "f1_score"} <= set(result.metrics)
    assert "roc_auc" not in result.metrics
    assert result.warnings == (
        "roc_auc, precision_recall_auc and log_loss are left out: they need the probability of every class.",
    )


def test_targets_of_one_class_leave_the_areas_out_with_a_warning():
    model, X, y = fitted(load_breast_cancer)
    result = evaluate_model(model, X[y == 1], y[y == 1], explain=False)
    assert "roc_auc" not in result.metrics
    assert "log_loss" in result.metrics
    assert "roc_auc and precision_recall_auc are left out: no target is '0'" in result.warnings[-1]


def test_a_class_that_is_missing_from_the_sample_leaves_the_area_out_with_a_warning():
    model, X, y = fitted(load_wine)
    result = evaluate_model(model, X[y != 2], y[y != 2], explain=False)
    assert "roc_auc" not in result.metrics
    assert any("no target is '2'" in warning for warning in result.warnings)


def test_a_class_that_the_model_never_saw_is_counted_as_wrong():
    model, X, y = fitted(load_wine)
    y = y.replace({2: 3})
    result = evaluate_model(model, X, y, explain=False)
    assert result.metrics["accuracy_score"] == sk.accuracy_score(y, model.predict(X))
    assert "log_loss" not in result.metrics


def test_a_class_that_is_never_predicted_is_said():
    result = evaluate_predictions(["a", "b", "c"], ["a", "b", "b"])
    assert result.warnings[0] == "No row is predicted as 'c': the precision of such a class counts as 0."
    assert result.metrics["precision_score"] == pytest.approx(
        sk.precision_score(["a", "b", "c"], ["a", "b", "b"], average="weighted", zero_division=0)
    )


def test_probabilities_of_the_positive_class_alone_are_enough():
    y, scores = np.array([0, 1, 1, 0, 1]), np.array([0.1, 0.8, 0.4, 0.6, 0.9])
    result = evaluate_predictions(y, (scores > 0.5).astype(int), probabilities=scores)
    assert result.metrics["roc_auc"] == sk.roc_auc_score(y, scores)


def test_float32_probabilities_that_miss_one_by_rounding_are_accepted():
    model, X, y = fitted(load_wine)
    probabilities = model.predict_proba(X).astype(np.float32)
    result = evaluate_predictions(y, model.predict(X), probabilities=probabilities)
    assert result.metrics["log_loss"] == pytest.approx(sk.log_loss(y, model.predict_proba(X)), rel=1e-5)


@pytest.mark.parametrize(
    ("targets", "predictions", "options", "message"),
    [
        ([0.5, 1.5], [0, 1], {"model_type": "classifier"}, "Use model_type='regressor'"),
        ([0, 1], [0.2, 0.8], {"model_type": "classifier"}, "put probabilities into `probabilities=`"),
        (["a", "b"], [0, 1], {}, "encode both the same way"),
        ([0, 1], [0, 1], {"probabilities": [[0.5, 0.4, 0.1]] * 2}, r"have the shape \(2, 3\)"),
        ([0, 1], [0, 1], {"probabilities": [0.2, 1.8]}, "between 0 and 1"),
        ([0, 1], [0, 1], {"probabilities": [0.2, np.nan]}, "not be missing"),
        ([0, 1], [0, 1], {"probabilities": [[0.5, 0.4]] * 2}, "sum to 1"),
        ([0, 1, 0, 1], [0, 1, 1, 1], {"positive_label": "yes"}, "none of the classes"),
        ([0, 1, 2] * 3, [0, 1, 2] * 3, {"positive_label": 1}, "needs two classes; here are 3"),
    ],
)
def test_what_is_wrong_with_labels_and_probabilities_is_said_in_words(targets, predictions, options, message):
    with pytest.raises(EvaluationError, match=message):
        evaluate_predictions(targets, predictions, **options)


@pytest.mark.parametrize("labels", [[True, False, True, False], pd.Categorical(["x", "y", "x", "y"])])
def test_booleans_and_categories_are_labels(labels):
    assert evaluate_predictions(labels, labels).metrics["accuracy_score"] == 1.0


def test_one_class_everywhere_still_gives_the_metrics_that_are_defined():
    result = evaluate_predictions(["a", "a"], ["a", "a"])
    assert result.metrics["accuracy_score"] == 1.0
    assert len(evaluate_predictions([1, 1], [1, 1], model_type="classifier").artifacts) == 2


@pytest.mark.parametrize("positive", [None, "a"])
def test_the_confusion_matrix_is_scikit_learns(positive):
    y, predicted = np.array(["a", "b", "b", "a", "b"]), np.array(["b", "b", "b", "a", "a"])
    outcome = checked_classification(y, predicted, positive=positive)
    expected = sk.confusion_matrix(y, predicted, labels=outcome.classes)
    assert outcome.confusion.tolist() == expected.tolist()


def test_labels_of_any_script_are_drawn(tmp_path):
    result = evaluate_predictions(["🍷", "ビール"], ["🍷", "ビール"])
    assert result.artifacts["confusion_matrix"].write(tmp_path).stat().st_size > 1000
