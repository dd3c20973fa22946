"""How a model of centroids is saved, loaded and used for predictions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from nbtrack.errors import MalformedModel
from nbtrack.flavors import FlavorConfig, Predictor, inner_path


class CentroidsFlavor:
    """Saves ``Centroids`` as plain arrays, which can be opened without running anybody's code.

    A flavor that can't do without pickles calls ``nbtrack.models.require_trust`` in ``load`` before it opens one.
    """

    name = "centroids"

    def save(self, model: Any, directory: Path) -> FlavorConfig:
        np.savez(directory / "model.npz", centers=model.centers)
        return FlavorConfig(
            section={"data": "model.npz", "k": model.k},
            pyfunc={"loader_module": "nbtrack_centroids", "data": "model.npz"},
            packages=frozenset({"centroids", "numpy"}),
        )

    def load(self, directory: Path, config: FlavorConfig) -> Any:
        return read_model(inner_path(directory, config.section.get("data")))  # nothing outside of the folder

    def predictor(self, model: Any, config: FlavorConfig) -> Predictor:
        def predict(given: Any, params: Mapping[str, Any]) -> Any:
            return model.predict(np.asarray(given))

        return predict


def read_model(path: Path) -> Any:
    """Read what ``save`` wrote."""
    from centroids import Centroids

    try:
        with np.load(path, allow_pickle=False) as arrays:
            centers = arrays["centers"]
    except (BadZipFile, ValueError, KeyError, OSError, EOFError) as error:
        raise MalformedModel(f"{path} is no whole model of centroids: {error}") from error
    model = Centroids(len(centers))
    model.centers = centers
    return model
