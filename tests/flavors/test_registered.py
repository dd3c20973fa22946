"""A flavor that code of this process registers, as a notebook's cell does, for a library that knows nothing of it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import gaussian_kde

import nbtrack
from nbtrack.errors import AlreadyExists, InvalidInput, NoFlavor
from nbtrack.flavors import FlavorConfig, Predictor, flavor_for, register_flavor, selection
from nbtrack.flavors.contract import FlavorContract
from nbtrack.frameworks import Framework

X = np.array([[0.0, 0.1, 0.4, 1.0], [5.0, 5.1, 4.0, 2.0]]).T


class DensityFlavor:
    """Keeps the points of a density as plain arrays."""

    name = "density"

    def save(self, model: Any, directory: Path) -> FlavorConfig:
        np.savez(directory / "density.npz", points=model.dataset, factor=model.factor)
        return FlavorConfig({"data": "density.npz"}, {}, frozenset({"scipy", "numpy"}))

    def load(self, directory: Path, config: FlavorConfig) -> Any:
        with np.load(directory / config.section["data"]) as arrays:
            return gaussian_kde(arrays["points"], bw_method=float(arrays["factor"]))

    def predictor(self, model: Any, config: FlavorConfig) -> Predictor:
        def predict(given: Any, params: Mapping[str, Any]) -> Any:
            return model.logpdf(np.asarray(given).T)

        return predict


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selection, "_registered", {})
    monkeypatch.setattr(selection, "_of_class", {})
    register_flavor(DensityFlavor, gaussian_kde)


@pytest.mark.usefixtures("registered")
class TestDensities(FlavorContract):
    flavor_name = "density"
    requirements = frozenset({"scipy", "numpy"})

    @pytest.fixture
    def model(self) -> Any:
        return gaussian_kde(X.T)

    @pytest.fixture
    def given(self) -> Any:
        return X

    @pytest.fixture
    def wanted(self, model: Any) -> Any:
        return model.logpdf(X.T)


@pytest.mark.usefixtures("registered", "store")
def test_it_logs_and_loads_under_the_names_that_every_framework_has() -> None:
    density = Framework("density")
    with nbtrack.start_run():
        logged = density.log_model(gaussian_kde(X.T), name="usual", input_example=X[:2])
    assert isinstance(density.load_model(logged.model_uri), gaussian_kde)
    assert nbtrack.last_logged_model().flavor == "density"


@pytest.mark.usefixtures("registered")
def test_a_cell_that_is_run_again_replaces_its_flavor() -> None:
    class Better(DensityFlavor):
        pass

    register_flavor(Better, gaussian_kde)
    assert isinstance(flavor_for(gaussian_kde(X.T)), Better)


@pytest.mark.usefixtures("registered")
def test_installed_flavors_can_not_be_replaced_and_half_ones_are_refused() -> None:
    class Sklearn(DensityFlavor):
        name = "sklearn"

    class Half:
        name = "half"

        def save(self, model: Any, directory: Path) -> FlavorConfig:
            raise NotImplementedError

    with pytest.raises(AlreadyExists, match="SklearnFlavor already"):
        register_flavor(Sklearn, gaussian_kde)
    with pytest.raises(InvalidInput, match=r"Half lacks load\(\), predictor\(\)"):
        register_flavor(Half, gaussian_kde)  # type: ignore[arg-type]


@pytest.mark.usefixtures("registered")
def test_where_it_is_not_registered_its_models_say_what_to_do(tmp_path: Path) -> None:
    Framework("density").save_model(gaussian_kde(X.T), tmp_path / "m")
    program = f"from nbtrack import pyfunc; pyfunc.load_model({str(tmp_path / 'm')!r})"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60).stderr
    assert "density, python_function" in told and "nbtrack.flavors.register_flavor" in told


def test_what_is_not_registered_is_known_to_no_flavor() -> None:
    with pytest.raises(NoFlavor):
        flavor_for(gaussian_kde(X.T))
