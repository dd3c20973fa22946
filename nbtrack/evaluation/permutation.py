"""Shapley values of any model, by switching features on and off."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from nbtrack.evaluation.sample import Array


def permutation_values(
    ask: Callable[[Array], Array], rows: Array, *, background: Array, rng: np.random.Generator
) -> Array:
    """Estimate Shapley values from one random order of the features per row, used forwards and backwards.

    A feature that is off has the values of the background rows, over which the answer is averaged. The
    values of a row sum exactly to its prediction minus the mean prediction of the background.

    Parameters
    ----------
    ask
        Answers (n,) or (n, outputs) for (n, features).
    rows, background
        (rows, features) and (background rows, features).

    Returns
    -------
    numpy.ndarray
        (rows, features, outputs).

    Notes
    -----
    Štrumbelj and Kononenko, Explaining prediction models and individual predictions with feature
    contributions (2014); the pass backwards is the antithetic sampling of Mitchell, Cooper, Frank and
    Holmes, Sampling Permutations for Shapley Value Estimation (2022).
    """
    import numpy as np

    return np.stack([_row_values(ask, row, background, rng.permutation(len(row))) for row in rows])


def _row_values(ask: Callable[[Array], Array], row: Array, background: Array, order: Array) -> Array:
    import numpy as np

    n_features, n_background = len(row), len(background)
    on = np.tri(n_features + 1, n_features, -1, dtype=bool)  # state i has the first i of the order on
    states = np.empty((2 * n_features + 2, n_features), dtype=bool)
    states[: n_features + 1, order] = on
    states[n_features + 1 :, order] = ~on
    inputs = np.where(states[:, np.newaxis, :], row, background).reshape(-1, n_features)
    answers = np.asarray(ask(inputs), dtype=np.float64)
    worth = answers.reshape(len(states), n_background, -1).mean(axis=1)
    forwards = np.diff(worth[: n_features + 1], axis=0)
    backwards = -np.diff(worth[n_features + 1 :], axis=0)
    values: Array = np.empty_like(forwards)
    values[order] = (forwards + backwards) / 2
    return values
