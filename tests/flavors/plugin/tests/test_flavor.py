"""The tests that every flavor must pass, on this one."""

from __future__ import annotations

import numpy as np
import pytest
from centroids import Centroids

from nbtrack.flavors.contract import FlavorContract

X = np.array([[0.0, 0.1], [5.0, 5.1], [0.2, 0.0], [5.2, 4.9]])


class TestCentroids(FlavorContract):
    flavor_name = "centroids"
    requirements = frozenset({"nbtrack-centroids", "numpy"})

    @pytest.fixture
    def model(self) -> Centroids:
        return Centroids(k=2).train(X)

    @pytest.fixture
    def given(self) -> object:
        return X

    @pytest.fixture
    def wanted(self, model: Centroids) -> object:
        return model.predict(X)
