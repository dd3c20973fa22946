"""Evaluating models that were saved and loaded as python_function."""

import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from nbtrack.errors import SignatureMismatch
from nbtrack.evaluation import evaluate_model
from nbtrack.flavors import PythonModel, load_pyfunc, save_model
from nbtrack.models import infer_signature

X, Y = load_breast_cancer(return_X_y=True, as_frame=True)
MODEL = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, Y)


class AtLeast(PythonModel):
    def predict(self, context, model_input):
        return (model_input["mean radius"] < 15).astype(int)


def test_a_saved_estimator_has_the_same_metrics_as_the_one_in_memory(tmp_path):
    save_model(MODEL, tmp_path / "model")
    loaded = load_pyfunc(tmp_path / "model")
    data = X.assign(label=Y)
    saved, kept = (evaluate_model(model, data, "label", explain=False) for model in (loaded, MODEL))
    assert saved.metrics == kept.metrics
    assert "roc_auc" in saved.metrics


def test_the_signature_makes_the_order_of_columns_and_more_of_them_harmless(tmp_path):
    save_model(MODEL, tmp_path / "model", signature=infer_signature(X, MODEL.predict(X)))
    loaded = load_pyfunc(tmp_path / "model")
    data = X[X.columns[::-1]].assign(label=Y, comment="x")
    expected = evaluate_model(MODEL, X, Y, explain=False).metrics
    assert evaluate_model(loaded, data, "label", explain=False).metrics == expected
    with pytest.raises(SignatureMismatch):
        evaluate_model(loaded, data.drop(columns="mean radius"), "label")


def test_a_custom_model_is_asked_through_its_python_function(tmp_path, monkeypatch):
    monkeypatch.setenv("NBTRACK_KEY_DIR", str(tmp_path))
    save_model(AtLeast(), tmp_path / "model")
    result = evaluate_model(load_pyfunc(tmp_path / "model"), X, Y, explain=False)
    assert result.metrics["accuracy_score"] == ((X["mean radius"] < 15).astype(int) == Y).mean()
