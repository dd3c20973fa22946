"""Models of Keras and TensorFlow go to MLflow itself, and come from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

keras = pytest.importorskip("keras", reason="Keras is installed by `make test-frameworks`")
mlflow_keras = pytest.importorskip("mlflow.keras", reason="MLflow is installed by `make test-frameworks`")
mlflow_tensorflow = pytest.importorskip("mlflow.tensorflow", reason="MLflow is installed by `make test-frameworks`")

import nbtrack  # noqa: E402
from nbtrack.flavors import load_model, load_pyfunc  # noqa: E402
from nbtrack.models import SIGNATURE, sign  # noqa: E402
from tests.frameworks.keras_layers import Scale, squash  # noqa: E402
from tests.frameworks.tensorflow_modules import Line  # noqa: E402

X = np.random.default_rng(0).normal(size=(20, 4)).astype(np.float32)
FRAME = pd.DataFrame(X.astype(float), columns=list("abcd"))
OURS: Any = {"keras": nbtrack.keras, "tensorflow": nbtrack.tensorflow}
THEIRS = {"keras": mlflow_keras, "tensorflow": mlflow_tensorflow}

pytestmark = pytest.mark.filterwarnings("ignore")  # MLflow's own, and Keras's


@pytest.fixture(autouse=True)
def _settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBTRACK_KEY_DIR", str(tmp_path / "key"))
    monkeypatch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "true")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", (tmp_path / "mlruns").as_uri())


def network(*layers: Any) -> Any:
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), *(layers or [keras.layers.Dense(8, "relu")]), keras.layers.Dense(3)])
    model.compile("adam", "mse")
    return model


@pytest.mark.parametrize("module", ["keras", "tensorflow"])
def test_mlflow_predicts_the_same_by_a_model_of_nbtrack(module: str, tmp_path: Path) -> None:
    import mlflow

    model = network()
    OURS[module].save_model(model, tmp_path / "m")
    theirs, ours = mlflow.pyfunc.load_model(str(tmp_path / "m")), load_pyfunc(tmp_path / "m")
    np.testing.assert_array_equal(theirs.predict(X), ours.predict(X))
    np.testing.assert_array_equal(THEIRS[module].load_model(str(tmp_path / "m")).predict(X), ours.predict(X))


@pytest.mark.parametrize("module", ["keras", "tensorflow"])
def test_a_model_of_mlflow_predicts_the_same_here_without_a_signature(module: str, tmp_path: Path) -> None:
    import mlflow

    # With requirements given, since else MLflow loads the model in a new process to find them.
    THEIRS[module].save_model(network(), str(tmp_path / "m"), pip_requirements=["keras"])
    assert not (tmp_path / "m" / SIGNATURE).exists()
    theirs, ours = mlflow.pyfunc.load_model(str(tmp_path / "m")), load_pyfunc(tmp_path / "m")
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
    pd.testing.assert_frame_equal(ours.predict(FRAME), theirs.predict(FRAME))
    assert isinstance(load_model(tmp_path / "m"), keras.Model)


def test_layers_of_ones_own_go_to_mlflow_and_come_from_it(tmp_path: Path) -> None:
    import mlflow

    model = network(Scale(), keras.layers.Dense(3, squash))
    nbtrack.tensorflow.save_model(model, tmp_path / "ours")
    wanted = model.predict(X, verbose=0)
    np.testing.assert_array_equal(mlflow.pyfunc.load_model(str(tmp_path / "ours")).predict(X), wanted)
    mlflow_tensorflow.save_model(
        model, str(tmp_path / "theirs"), custom_objects={"squash": squash}, pip_requirements=["keras"]
    )
    sign(tmp_path / "theirs")  # as `nbtrack trust` does
    np.testing.assert_array_equal(load_pyfunc(tmp_path / "theirs").predict(X), wanted)


def test_a_module_goes_to_mlflow_and_comes_from_it(tmp_path: Path) -> None:
    import mlflow

    nbtrack.tensorflow.save_model(Line(), tmp_path / "ours")
    wanted = Line()(X).numpy()
    np.testing.assert_array_equal(mlflow.pyfunc.load_model(str(tmp_path / "ours")).predict(X), wanted)
    mlflow_tensorflow.save_model(Line(), str(tmp_path / "theirs"), pip_requirements=["tensorflow"])
    sign(tmp_path / "theirs")
    np.testing.assert_array_equal(load_pyfunc(tmp_path / "theirs").predict(X), wanted)


def test_a_model_that_mlflow_exported_as_a_program_predicts_the_same_here(tmp_path: Path) -> None:
    import mlflow

    signature = mlflow.models.infer_signature(X)
    mlflow_keras.save_model(
        network(), str(tmp_path / "m"), save_exported_model=True, signature=signature, pip_requirements=["keras"]
    )
    sign(tmp_path / "m")
    theirs, ours = mlflow.pyfunc.load_model(str(tmp_path / "m")), load_pyfunc(tmp_path / "m")
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
