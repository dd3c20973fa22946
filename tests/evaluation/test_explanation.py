"""SHAP: for every kind of model that has an explainer, and never in the way."""

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC

from nbtrack.evaluation import Table, evaluate_model
from nbtrack.evaluation.explanation import explain

TREES = {"n_estimators": 5, "max_depth": 3, "random_state": 0}


@pytest.mark.parametrize(
    ("model", "load"),
    [
        (RandomForestClassifier(**TREES), load_breast_cancer),
        (GradientBoostingClassifier(**TREES), load_breast_cancer),
        (make_pipeline(StandardScaler(), LogisticRegression()), load_breast_cancer),
        (RandomForestRegressor(**TREES), load_diabetes),
        (LinearRegression(), load_diabetes),
        (KNeighborsRegressor(), load_diabetes),
    ],
    ids=lambda value: type(value).__name__ if hasattr(value, "fit") else "",
)
def test_a_model_with_one_output_has_a_beeswarm_and_bars(model, load):
    X, y = load(return_X_y=True, as_frame=True)
    X, y = X.iloc[:80, :6], y[:80]
    result = evaluate_model(model.fit(X, y), X, y)
    assert {"shap_beeswarm_plot", "shap_feature_importance_plot", "shap_importance"} <= set(result.artifacts)
    assert not [warning for warning in result.warnings if "SHAP" in warning]
    table = result.artifacts["shap_importance"]
    assert isinstance(table, Table)
    assert set(table.content["feature"]) == set(X.columns)


@pytest.mark.parametrize("model", [RandomForestClassifier(**TREES), SVC()], ids=["forest", "svc"])
def test_many_classes_are_stacked_in_the_bars(model):
    X, y = load_wine(return_X_y=True, as_frame=True)
    X = X.iloc[::6, :4]
    result = evaluate_model(model.fit(X, y[::6]), X, y[::6])
    figure = result.plot("shap_feature_importance_plot")
    assert [text.get_text() for text in figure.axes[0].get_legend().get_texts()] == ["class 0", "class 1", "class 2"]


def test_shap_values_of_a_linear_model_add_up_to_the_prediction():
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    model = LinearRegression().fit(X, y)
    explanation = explain(model, X, positive_position=None)
    total = explanation.values[:, :, 0].sum(axis=1)
    predicted = model.predict(explanation.table.like_input(explanation.table.rows))
    assert np.ptp(predicted - total) < 1e-8


def test_the_positive_class_decides_the_sign():
    X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    X = X.iloc[:, :4]
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)
    one, zero = (explain(model, X, positive_position=position).values for position in (1, 0))
    np.testing.assert_allclose(one, -zero)


def test_text_columns_are_explained_as_the_pipeline_encodes_them():
    frame = pd.DataFrame({"colour": ["red", "blue"] * 20, "size": np.linspace(0, 1, 40)})
    y = (frame["colour"] == "red") * 2.0 + frame["size"]
    encode = make_column_transformer((OneHotEncoder(), ["colour"]), remainder="passthrough")
    result = evaluate_model(make_pipeline(encode, LinearRegression()).fit(frame, y), frame, y)
    features = set(result.artifacts["shap_importance"].content["feature"])
    assert "onehotencoder__colour_red" in features


def test_a_failure_of_shap_is_one_warning_and_no_error():
    class Odd:
        classes_ = np.array(["a", "b"])

        def predict(self, X):
            return np.array(["a", "b"] * (len(X) // 2))

    result = evaluate_model(Odd(), np.ones((10, 2)), ["a", "b"] * 5)
    assert len([warning for warning in result.warnings if warning.startswith("SHAP is left out")]) == 1
    assert result.metrics["accuracy_score"] == 1.0


def test_a_slow_model_is_explained_on_fewer_rows():
    X, y = load_diabetes(return_X_y=True)
    model = KNeighborsRegressor().fit(X, y)
    explanation = explain(model, X, positive_position=None, budget_s=0.0)
    assert not explanation.is_complete
    assert len(explanation.values) == 2
    assert explanation.table.names[0] == "feature 0"


def test_trees_show_the_importances_that_they_have():
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    model = RandomForestRegressor(**TREES).fit(X, y)
    figure = evaluate_model(model, X, y).plot("feature_importances_plot")
    top = X.columns[np.argmax(model.feature_importances_)]
    assert figure.axes[0].get_yticklabels()[-1].get_text() == top
