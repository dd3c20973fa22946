"""Shapley values of any model."""

import numpy as np
import pytest

from nbtrack.evaluation.permutation import permutation_values

BACKGROUND = np.random.default_rng(1).normal(size=(20, 4))
ROWS = np.random.default_rng(2).normal(size=(5, 4))


def values_of(ask):
    return permutation_values(ask, ROWS, background=BACKGROUND, rng=np.random.default_rng(0))


def test_the_values_of_a_linear_model_are_weight_times_distance_from_the_mean():
    weights = np.array([1.0, -2.0, 0.0, 3.0])
    expected = weights * (ROWS - BACKGROUND.mean(axis=0))
    np.testing.assert_allclose(values_of(lambda X: X @ weights)[:, :, 0], expected)


def test_an_interaction_of_two_features_is_shared_in_equal_parts():
    row, background = np.array([[2.0, 3.0]]), np.zeros((1, 2))
    values = permutation_values(lambda X: X[:, 0] * X[:, 1], row, background=background, rng=np.random.default_rng(0))
    assert values[0, :, 0].tolist() == [3.0, 3.0]


@pytest.mark.parametrize("n_outputs", [1, 3])
def test_the_values_of_a_row_sum_to_its_distance_from_the_mean_prediction(n_outputs):
    def ask(X):
        return np.stack([np.sin(X).prod(axis=1) + k * X[:, 0] for k in range(n_outputs)], axis=1)

    values = values_of(ask)
    assert values.shape == (5, 4, n_outputs)
    np.testing.assert_allclose(values.sum(axis=1), ask(ROWS) - ask(BACKGROUND).mean(axis=0))
