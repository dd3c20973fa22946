"""Regressors: every number against scikit-learn's."""

import numpy as np
import pytest
from sklearn import metrics as sk
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LinearRegression

from nbtrack.errors import EvaluationError
from nbtrack.evaluation import evaluate_model, evaluate_predictions


@pytest.fixture(scope="module")
def diabetes():
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    return LinearRegression().fit(X[::2], y[::2]), X[1::2], y[1::2]


def test_a_regressor_has_scikit_learns_values_under_mlflows_names(diabetes):
    model, X, y = diabetes
    result = evaluate_model(model, X.assign(progression=y), "progression", model_type="regressor", explain=False)
    predicted = model.predict(X)
    expected = {
        "example_count": len(y),
        "mean_absolute_error": sk.mean_absolute_error(y, predicted),
        "mean_squared_error": sk.mean_squared_error(y, predicted),
        "root_mean_squared_error": sk.root_mean_squared_error(y, predicted),
        "sum_on_target": y.sum(),
        "mean_on_target": y.mean(),
        "r2_score": sk.r2_score(y, predicted),
        "max_error": sk.max_error(y, predicted),
        "mean_absolute_percentage_error": sk.mean_absolute_percentage_error(y, predicted),
        "score": model.score(X, y),
    }
    assert result.metrics == pytest.approx(expected, rel=1e-12)
    assert {"predicted_vs_actual_plot", "residuals_plot"} == set(result.artifacts)


def test_the_axes_name_the_target(diabetes):
    model, X, y = diabetes
    result = evaluate_model(model, X.assign(progression=y), "progression", explain=False)
    (axes,) = result.plot().axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("Actual progression", "Predicted progression")


def test_targets_of_zero_make_the_percentage_error_suspect():
    result = evaluate_predictions([0.0, 1.5, 2.5], [0.1, 1.4, 2.5])
    assert "1 of 3 targets are zero" in result.warnings[0]


def test_one_row_has_no_r2():
    result = evaluate_predictions([1.5], [1.25], model_type="regressor")
    assert "r2_score" not in result.metrics
    assert result.warnings == ("r2_score is left out: it needs at least two rows.",)


@pytest.mark.parametrize(
    ("targets", "predictions", "message"),
    [
        (["low", "high"], [1.0, 2.0], "Use model_type='classifier' for labels"),
        ([1.5, 2.5], ["a", "b"], "The predictions are no numbers"),
        ([1.5, np.inf], [1.0, 2.0], "The targets hold infinite values"),
        ([1.5, 2.5], [1.0, np.nan], "1 of 2 predictions are missing"),
    ],
)
def test_what_is_no_quantity_is_refused_in_words(targets, predictions, message):
    with pytest.raises(EvaluationError, match=message):
        evaluate_predictions(targets, predictions, model_type="regressor")


def test_ten_thousand_rows_are_thinned_in_the_plots_only():
    y = np.random.default_rng(0).normal(size=10_000)
    result = evaluate_predictions(y, y + 1)
    assert result.metrics["example_count"] == 10_000
    assert len(result.plot().axes[0].collections[0].get_offsets()) == 5_000


def test_squares_that_overflow_are_infinite():
    metrics = evaluate_predictions([1e300, 2.5e300], [1e300, 2e300], model_type="regressor").metrics
    assert metrics["mean_squared_error"] == np.inf
    assert metrics["max_error"] == 5e299
