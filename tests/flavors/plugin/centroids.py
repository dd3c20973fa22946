"""A tiny framework: k-means, which knows nothing of nbtrack. Yours would be a package of its own."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Centroids:
    """Groups rows by the nearest of ``k`` centers."""

    def __init__(self, k: int = 2, iterations: int = 10) -> None:
        self.k, self.iterations = k, iterations
        self.centers: Array = np.empty((0, 0))

    def train(self, X: Array, after_iteration: Callable[[int, float], None] | None = None) -> Centroids:
        """Find the centers; ``after_iteration`` is told the number of each iteration and its mean squared distance."""
        self.centers = np.asarray(X[: self.k], dtype=float)
        for number in range(self.iterations):
            groups = self.predict(X)
            if after_iteration is not None:
                after_iteration(number, float(np.mean((X - self.centers[groups]) ** 2)))
            present = [group for group in range(self.k) if (groups == group).any()]
            self.centers[present] = [X[groups == group].mean(axis=0) for group in present]
        return self

    def predict(self, X: Array) -> NDArray[np.intp]:
        """Return the group of each row."""
        distances = ((np.asarray(X)[:, None, :] - self.centers[None]) ** 2).sum(axis=2)
        return np.argmin(distances, axis=1)
