"""Guessing whether labels or quantities are predicted."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from nbtrack.evaluation import guess_model_type


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        (["a", "b"], "classifier"),
        ([True, False], "classifier"),
        (pd.Series(["x", "y"], dtype="category"), "classifier"),
        ([0, 1] * 5, "classifier"),
        ([0.0, 1.0, 2.0] * 5, "classifier"),
        ([0.5, 1.25], "regressor"),
        (np.arange(50), "regressor"),
        (np.arange(100) // 2, "regressor"),
        ([3, 7, 9], "regressor"),
    ],
)
def test_the_targets_tell_when_the_model_says_nothing(targets, expected):
    assert guess_model_type(targets) == expected


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (LogisticRegression(), "classifier"),
        (make_pipeline(LinearRegression()), "regressor"),
        (GridSearchCV(LogisticRegression(), {"C": [1]}), "classifier"),
    ],
)
def test_what_the_model_says_of_itself_wins(model, expected):
    assert guess_model_type([0, 1] * 5, model) == expected
    assert guess_model_type(np.linspace(0, 1, 30), model) == expected
