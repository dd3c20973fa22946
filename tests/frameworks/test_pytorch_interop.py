"""PyTorch's models go to MLflow itself, and come from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is installed by `make test-frameworks`")
mlflow_pytorch = pytest.importorskip("mlflow.pytorch", reason="MLflow is installed by `make test-frameworks`")

from nbtrack import pytorch  # noqa: E402
from nbtrack.flavors import load_model, load_pyfunc  # noqa: E402
from nbtrack.models import sign  # noqa: E402
from tests.frameworks.networks import Network  # noqa: E402

X = np.random.default_rng(0).normal(size=(20, 4)).astype(np.float32)
FRAME = pd.DataFrame(X.astype(float), columns=list("abcd"))

pytestmark = pytest.mark.filterwarnings("ignore")  # MLflow's own


@pytest.fixture(autouse=True)
def _settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBTRACK_KEY_DIR", str(tmp_path / "key"))
    monkeypatch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "true")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", (tmp_path / "mlruns").as_uri())


@pytest.fixture
def model() -> Any:
    torch.manual_seed(0)
    return Network().eval()


@pytest.mark.parametrize("format_", ["pickle", "pt2"])
def test_mlflow_predicts_the_same_by_a_model_of_nbtrack(format_: str, model: Any, tmp_path: Path) -> None:
    import mlflow

    pytorch.save_model(model, tmp_path / "m", serialization_format=format_, input_example=X[:2])
    theirs, ours = mlflow.pyfunc.load_model(str(tmp_path / "m")), load_pyfunc(tmp_path / "m")
    np.testing.assert_array_equal(theirs.predict(X), ours.predict(X))
    assert isinstance(mlflow_pytorch.load_model(str(tmp_path / "m")), torch.nn.Module)


@pytest.mark.parametrize("format_", ["pickle", "pt2"])
def test_a_model_of_mlflow_predicts_the_same_here(format_: str, model: Any, tmp_path: Path) -> None:
    import mlflow

    example = {"input_example": X[:2]} if format_ == "pt2" else {}
    # With requirements given, since else MLflow loads the model in a new process to find them.
    mlflow_pytorch.save_model(
        model, str(tmp_path / "m"), serialization_format=format_, pip_requirements=["torch"], **example
    )
    sign(tmp_path / "m")  # as `nbtrack trust` does
    theirs, ours = mlflow.pyfunc.load_model(str(tmp_path / "m")), load_pyfunc(tmp_path / "m")
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
    if format_ == "pickle":
        pd.testing.assert_frame_equal(ours.predict(FRAME), theirs.predict(FRAME))
    assert isinstance(load_model(tmp_path / "m"), torch.nn.Module)
