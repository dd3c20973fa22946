"""Modules of TensorFlow itself; models of Keras are in test_keras.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

tf = pytest.importorskip("tensorflow", reason="TensorFlow is installed by `make test-frameworks`")

import nbtrack  # noqa: E402
from nbtrack.errors import InvalidInput, MalformedModel, UntrustedModel  # noqa: E402
from nbtrack.flavors import inspect_model, load_model, load_pyfunc  # noqa: E402
from nbtrack.flavors.contract import FlavorContract  # noqa: E402
from nbtrack.models import SIGNATURE, Model, read_requirements, sign  # noqa: E402
from tests.frameworks.tensorflow_modules import Line, Sum  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")  # TensorFlow's of NumPy and of what it uses itself

X = np.random.default_rng(0).normal(size=(20, 4)).astype(np.float32)


@pytest.fixture(autouse=True)
def _own_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBTRACK_KEY_DIR", str(tmp_path / "key"))


class TestModule(FlavorContract):
    flavor_name = "tensorflow"
    requirements = frozenset({"numpy"})

    @pytest.fixture
    def model(self) -> Any:
        return Line()

    @pytest.fixture
    def given(self) -> Any:
        return X

    @pytest.fixture
    def wanted(self, model: Any) -> Any:
        return model(X).numpy()

    def test_the_native_model_comes_back_as_its_own_class(self, saved: Path, model: Any) -> None:
        assert hasattr(load_model(saved), "weights")  # a program has no class


def test_the_model_file_says_what_mlflow_reads_and_what_is_needed(tmp_path: Path) -> None:
    nbtrack.tensorflow.save_model(Line(), tmp_path / "m")
    document = Model.load(tmp_path / "m")
    section = document.flavors["tensorflow"]
    assert (section["saved_model_dir"], section["model_type"]) == ("tf2model", "tf2-module")
    assert document.flavors["python_function"]["loader_module"] == "mlflow.tensorflow"
    assert any(line.startswith("tensorflow") for line in read_requirements(tmp_path / "m"))


def test_frames_and_doubles_are_made_what_the_module_was_traced_for(tmp_path: Path) -> None:
    nbtrack.tensorflow.save_model(Line(), tmp_path / "m")
    loaded = load_pyfunc(tmp_path / "m")
    wanted = Line()(X).numpy()
    np.testing.assert_array_equal(loaded.predict(X.astype(float)), wanted)
    frame = pd.DataFrame(X.astype(float), columns=list("abcd"), index=range(100, 120))
    answer = loaded.predict(frame)
    np.testing.assert_array_equal(answer.to_numpy(), wanted)
    assert list(answer.index) == list(frame.index)


def test_tensors_by_name_are_arguments_by_name(tmp_path: Path) -> None:
    nbtrack.tensorflow.save_model(Sum(), tmp_path / "m", input_example={"left": X[:3, 0], "right": X[:3, 1]})
    loaded = load_pyfunc(tmp_path / "m")
    answer = loaded.predict({"left": X[:, 0], "right": X[:, 1]})
    np.testing.assert_array_equal(answer["difference"], X[:, 0] - X[:, 1])
    assert loaded.metadata.signature is not None and loaded.metadata.signature.outputs is not None


def test_a_program_is_run_only_where_it_is_trusted(tmp_path: Path) -> None:
    nbtrack.tensorflow.save_model(Line(), tmp_path / "m")
    (tmp_path / "m" / SIGNATURE).unlink()
    with pytest.raises(UntrustedModel, match="nbtrack trust"):
        load_model(tmp_path / "m")
    assert inspect_model(tmp_path / "m").runs == ["runs the program in tf2model, which may read and write files"]


def test_a_damaged_program_is_told_even_where_it_is_trusted(tmp_path: Path) -> None:
    nbtrack.tensorflow.save_model(Line(), tmp_path / "m")
    program = tmp_path / "m" / "tf2model" / "saved_model.pb"
    whole = program.read_bytes()
    for content in (whole[: len(whole) // 2], b"", b"nonsense"):
        program.write_bytes(content)
        sign(tmp_path / "m")
        with pytest.raises(MalformedModel, match="no whole program"):
            load_model(tmp_path / "m")


def test_a_module_that_serves_nothing_says_so(tmp_path: Path) -> None:
    nbtrack.tensorflow.save_model(tf.Module(), tmp_path / "m")
    with pytest.raises(InvalidInput, match="serves nothing"):
        load_pyfunc(tmp_path / "m")


def test_what_tensorflow_doesnt_read_any_more_says_so(tmp_path: Path) -> None:
    document = nbtrack.tensorflow.save_model(Line(), tmp_path / "m")
    section = {"saved_model_dir": "tf2model", "meta_graph_tags": ["serve"], "signature_def_key": "predict"}
    document.replace(flavors={**document.flavors, "tensorflow": section}).save(tmp_path / "m")
    sign(tmp_path / "m")
    with pytest.raises(MalformedModel, match="tf1-estimator"):
        load_model(tmp_path / "m")
