"""Mistakes in the data are named before anything is computed."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

from nbtrack.errors import EvaluationError
from nbtrack.evaluation import evaluate_model, evaluate_predictions

FRAME = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [1.0, 0.0, 1.0], "label": [1.5, 2.5, 3.5]})
MODEL = LinearRegression().fit(FRAME[["a", "b"]], FRAME["label"])


@pytest.mark.parametrize(
    ("data", "targets", "message"),
    [
        (FRAME, "lable", "no column 'lable'. Did you mean 'label'"),
        (FRAME, "zzz", "Its columns: a, b, label"),
        (FRAME.to_numpy(), "label", "is a ndarray without column names"),
        (FRAME.assign(label=[1.5, np.nan, 2.5]), "label", "1 of 3 targets are missing"),
        (FRAME.assign(label=pd.Series([1.5, None, 2.5], dtype="Float64")), "label", "1 of 3 targets are missing"),
        (FRAME.iloc[:0], "label", "the data has no rows"),
        (FRAME[["a", "b"]], [1.5, 2.5], "3 rows, but there are 2 targets"),
        (FRAME[["a", "b"]], np.ones((3, 2)), r"have the shape \(3, 2\)"),
        (FRAME[["a", "label"]], "label", "can't predict this data: ValueError"),
    ],
)
def test_a_mistake_in_the_data_says_what_to_do(data, targets, message):
    with pytest.raises(EvaluationError, match=message):
        evaluate_model(MODEL, data, targets)


def test_an_unknown_model_type_names_those_that_are_known():
    with pytest.raises(EvaluationError, match="use 'classifier' for labels or 'regressor'"):
        evaluate_model(MODEL, FRAME, "label", model_type="question-answering")


def test_something_without_predict_is_refused():
    with pytest.raises(EvaluationError, match="has no predict method"):
        evaluate_model(object(), FRAME, "label")


def test_targets_and_predictions_of_different_length_are_refused():
    with pytest.raises(EvaluationError, match="3 targets but 2 predictions"):
        evaluate_predictions([1, 2, 3], [1, 2])


def test_the_data_of_the_caller_stays_as_it_was():
    before = FRAME.copy()
    evaluate_model(MODEL, FRAME, "label", explain=False)
    pd.testing.assert_frame_equal(FRAME, before)


def test_names_are_dropped_for_a_model_that_was_fitted_without_them():
    model = LinearRegression().fit(FRAME[["a", "b"]].to_numpy(), FRAME["label"])
    assert evaluate_model(model, FRAME, "label").metrics == evaluate_model(MODEL, FRAME, "label").metrics
