from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pandas as pd
import pytest
from onnx import TensorProto, helper, numpy_helper
from skl2onnx import to_onnx
from sklearn.datasets import load_iris
from sklearn.linear_model import LinearRegression, LogisticRegression

import nbtrack
from nbtrack.errors import InvalidInput, MalformedModel, SignatureMismatch, UnsavableModel, UntrustedModel
from nbtrack.flavors import load_model, load_pyfunc, save_model
from nbtrack.flavors.contract import FlavorContract
from nbtrack.flavors.onnx import OnnxFlavor, files
from nbtrack.models import SIGNATURE, Model, sign

X, y = load_iris(return_X_y=True, as_frame=True)
SINGLE = X.to_numpy().astype("float32")
CLASSIFIER = LogisticRegression(max_iter=500).fit(SINGLE, y)
REGRESSOR = LinearRegression().fit(SINGLE, y)


def run(model: Any, feed: dict[str, Any]) -> list[Any]:
    return list(onnxruntime.InferenceSession(model.SerializeToString()).run(None, feed))


def graph(
    nodes: list[Any], inputs: dict[str, tuple[int, list[Any]]], weights: dict[str, np.ndarray[Any, Any]] | None = None
) -> Any:
    """Return a model with the output Y, of single precision."""
    made = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info(name, kind, shape) for name, (kind, shape) in inputs.items()],
        [helper.make_tensor_value_info("Y", TensorProto.FLOAT, ["n", "m"])],
        [numpy_helper.from_array(value, name) for name, value in (weights or {}).items()],
    )
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def wide_model() -> Any:
    """Return a model whose weights are worth a file of their own."""
    weights = {"W": np.arange(1600, dtype="float32").reshape(40, 40)}
    return graph([helper.make_node("MatMul", ["X", "W"], ["Y"])], {"X": (TensorProto.FLOAT, ["n", 40])}, weights)


def sum_of_columns() -> Any:
    inputs = {"age": (TensorProto.FLOAT, ["n", 1]), "rooms": (TensorProto.FLOAT, ["n", 1])}
    return graph([helper.make_node("Add", ["age", "rooms"], ["Y"])], inputs)


class TestRegressor(FlavorContract):
    flavor_name = "onnx"
    requirements = frozenset({"onnx", "onnxruntime", "numpy"})

    @pytest.fixture
    def model(self) -> Any:
        return to_onnx(REGRESSOR, SINGLE[:1])

    @pytest.fixture
    def given(self) -> Any:
        return X

    @pytest.fixture
    def wanted(self, model: Any) -> Any:
        return run(model, {"X": SINGLE})[0]


class TestClassifierOnAnArray(TestRegressor):
    @pytest.fixture
    def model(self) -> Any:
        return to_onnx(CLASSIFIER, SINGLE[:1], options={"zipmap": False})

    @pytest.fixture
    def given(self) -> Any:
        return SINGLE

    @pytest.fixture
    def wanted(self, model: Any) -> Any:
        return run(model, {"X": SINGLE})

    def assert_same(self, answer: Any, wanted: Any) -> None:
        assert list(answer) == ["label", "probabilities"]
        for found, expected in zip(answer.values(), wanted, strict=True):
            np.testing.assert_array_equal(found, expected)


class TestWithExternalData(TestClassifierOnAnArray):
    @pytest.fixture
    def flavor(self) -> OnnxFlavor:
        return OnnxFlavor(save_as_external_data=True)

    @pytest.fixture
    def model(self) -> Any:
        return wide_model()

    @pytest.fixture
    def given(self) -> Any:
        return np.ones((3, 40), "float32")

    @pytest.fixture
    def wanted(self, model: Any, given: Any) -> Any:
        return run(model, {"X": given})

    def assert_same(self, answer: Any, wanted: Any) -> None:
        np.testing.assert_array_equal(answer["Y"], wanted[0])


@pytest.fixture(autouse=True)
def own_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBTRACK_KEY_DIR", str(tmp_path / "key"))


def test_a_frame_is_answered_row_by_row_whatever_the_outputs_are(tmp_path: Path) -> None:
    save_model(to_onnx(CLASSIFIER, SINGLE[:1]), tmp_path / "maps")
    save_model(to_onnx(CLASSIFIER, SINGLE[:1], options={"zipmap": False}), tmp_path / "arrays")
    maps, arrays = (load_pyfunc(tmp_path / kind).predict(X) for kind in ("maps", "arrays"))
    assert list(maps.columns) == ["output_label", "output_probability"]
    assert (len(maps), len(arrays)) == (150, 150)
    np.testing.assert_array_equal(maps["output_label"], CLASSIFIER.predict(SINGLE))
    np.testing.assert_allclose(np.stack(arrays["probabilities"]), CLASSIFIER.predict_proba(SINGLE), rtol=1e-5)
    assert maps["output_probability"][0][0] == arrays["probabilities"][0][0]


def test_the_signature_is_read_off_the_graph_when_none_is_given(tmp_path: Path) -> None:
    document = save_model(to_onnx(CLASSIFIER, SINGLE[:1], options={"zipmap": False}), tmp_path / "m")
    assert document.signature is not None
    assert str(document.signature.inputs) == "[Tensor('float32', (-1, 4))]"
    assert (
        str(document.signature.outputs)
        == "['label': Tensor('int64', (-1,)), 'probabilities': Tensor('float32', (-1, 3))]"
    )
    given = save_model(to_onnx(REGRESSOR, SINGLE[:1]), tmp_path / "given", input_example=X[:2])
    assert given.get_input_schema().input_names() == list(X.columns)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "given",
    [X, X.to_numpy(), SINGLE, {"X": SINGLE}, {"X": X.to_numpy()}, SINGLE.tolist()],
    ids=["frame of doubles", "doubles", "singles", "dict", "dict of doubles", "lists"],
)
def test_the_graphs_own_signature_stands_in_nobodys_way(given: Any, tmp_path: Path) -> None:
    model = to_onnx(REGRESSOR, SINGLE[:1])
    save_model(model, tmp_path / "m")
    answer = load_pyfunc(tmp_path / "m").predict(given)
    np.testing.assert_array_equal(np.ravel(answer["variable"]), np.ravel(run(model, {"X": SINGLE})[0]))


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (X.iloc[:, :3], "shape"),
        ({"X": SINGLE.astype(str)}, "float32"),
        ({"Z": SINGLE}, "lacks X"),
        (X.assign(petal=1.5), "shape"),
    ],
)
def test_data_that_the_graph_does_not_eat_is_refused_in_words(given: Any, says: str, tmp_path: Path) -> None:
    save_model(to_onnx(REGRESSOR, SINGLE[:1]), tmp_path / "m")
    with pytest.raises(InvalidInput, match=says):
        load_pyfunc(tmp_path / "m").predict(given)


def test_a_frame_has_a_column_for_each_of_several_inputs(tmp_path: Path) -> None:
    document = save_model(sum_of_columns(), tmp_path / "m")
    assert document.get_input_schema().input_names() == ["age", "rooms"]  # type: ignore[union-attr]
    model = load_pyfunc(tmp_path / "m")
    frame = pd.DataFrame({"rooms": [2, 3], "name": ["a", "b"], "age": [0.5, 1.5]})
    assert model.predict(frame)["Y"].tolist() == [2.5, 4.5]
    arrays = {"age": np.array([[0.5]]), "rooms": np.array([[2.0]])}
    assert model.predict(arrays)["Y"].tolist() == [[2.5]]
    with pytest.raises(InvalidInput, match="lacks age"):
        model.predict(frame[["rooms"]])
    with pytest.raises(InvalidInput, match="dict of arrays"):
        model.predict(np.ones((2, 2)))
    with pytest.raises(SignatureMismatch, match="'rooms'"):
        model.predict(frame.assign(rooms=["two", "three"]))


def test_the_users_object_is_whole_after_it_was_saved_in_two_files(tmp_path: Path) -> None:
    model = wide_model()
    before = model.SerializeToString()
    nbtrack.onnx.save_model(
        model, tmp_path / "m", save_as_external_data=True, onnx_session_options={"intra_op_num_threads": 1}
    )
    assert model.SerializeToString() == before
    loaded = nbtrack.onnx.load_model(tmp_path / "m")
    assert loaded.graph.initializer[0].raw_data == model.graph.initializer[0].raw_data
    section = Model.load(tmp_path / "m").flavors["onnx"]
    assert section["onnx_session_options"] == {"intra_op_num_threads": 1}
    assert section["providers"] == ["CUDAExecutionProvider", "CPUExecutionProvider"]


def test_what_one_message_cannot_hold_is_saved_and_run_from_two_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "LARGEST_IN_ONE_FILE_BYTES", 1000)
    save_model(wide_model(), tmp_path / "m")
    assert (tmp_path / "m" / "model.onnx.data").exists()
    given = np.ones((1, 40), "float32")
    np.testing.assert_array_equal(load_pyfunc(tmp_path / "m").predict(given)["Y"], run(wide_model(), {"X": given})[0])


def test_a_model_without_its_tensors_or_of_another_kind_is_not_saved(tmp_path: Path) -> None:
    save_model(wide_model(), tmp_path / "whole", flavor=OnnxFlavor(save_as_external_data=True))
    hollow = onnx.load(tmp_path / "whole" / "model.onnx", load_external_data=False)
    with pytest.raises(UnsavableModel, match="Load them with it"):
        save_model(hollow, tmp_path / "hollow")
    with pytest.raises(UnsavableModel, match="no valid ONNX model"):
        save_model(onnx.ModelProto(), tmp_path / "empty")
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "key") == ["whole"]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"onnx_session_options": {"threads": 2}}, "no session option 'threads'"),
        ({"onnx_session_options": {"execution_mode": "fast"}}, "sequential or parallel"),
        ({"onnx_execution_providers": [3]}, "A provider is a name"),
    ],
)
def test_settings_that_onnx_runtime_does_not_have_are_refused(options: Any, says: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=says):
        nbtrack.onnx.save_model(wide_model(), tmp_path / "m", **options)
    assert not (tmp_path / "m").exists()


def test_a_provider_that_this_machine_lacks_is_told_and_the_cpu_serves(tmp_path: Path) -> None:
    nbtrack.onnx.save_model(wide_model(), tmp_path / "m", onnx_execution_providers=["TensorrtExecutionProvider"])
    with pytest.warns(UserWarning, match="saved for TensorrtExecutionProvider"):
        loaded = load_pyfunc(tmp_path / "m")
    assert loaded.predict(np.ones((1, 40), "float32"))["Y"].shape == (1, 40)


def hostile(directory: Path, change: Callable[[Any], None]) -> None:
    """Save a model with external data, and change what its file says of it, as who sends it may."""
    save_model(wide_model(), directory, flavor=OnnxFlavor(save_as_external_data=True))
    model = onnx.load(directory / "model.onnx", load_external_data=False)
    change(model.graph.initializer[0])
    (directory / "model.onnx").write_bytes(model.SerializeToString())
    sign(directory)


def _say(key: str, value: str) -> Callable[[Any], None]:
    def change(tensor: Any) -> None:
        entry = next((entry for entry in tensor.external_data if entry.key == key), None)
        entry = entry or tensor.external_data.add()
        entry.key, entry.value = key, value

    return change


@pytest.mark.parametrize(
    "change",
    [
        _say("location", "../secret"),
        _say("location", "/etc/hostname"),
        _say("location", "sub/../../secret"),
        _say("location", ""),
        _say("location", "."),
        _say("location", "missing.data"),
        _say("offset", "-4"),
        _say("offset", "999999999999"),
        _say("length", "1099511627776"),
        _say("length", "many"),
    ],
)
def test_tensors_that_lie_elsewhere_or_nowhere_are_refused(change: Callable[[Any], None], tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"\0" * 6400)
    hostile(tmp_path / "m", change)
    for load in (load_model, load_pyfunc):
        with pytest.raises(MalformedModel):
            load(tmp_path / "m")


def test_a_link_in_the_place_of_the_tensors_is_refused(tmp_path: Path) -> None:
    hostile(tmp_path / "m", lambda tensor: None)
    data = tmp_path / "m" / "model.onnx.data"
    data.rename(tmp_path / "m" / "real")
    data.symlink_to("real")
    with pytest.raises(MalformedModel):
        load_model(tmp_path / "m")


def test_a_tensor_that_claims_more_than_it_brings_is_refused(tmp_path: Path) -> None:
    def huge(tensor: Any) -> None:
        tensor.dims[:] = [2**31, 2**31]

    hostile(tmp_path / "m", huge)
    with pytest.raises(MalformedModel):
        load_pyfunc(tmp_path / "m")


def test_options_that_may_load_a_library_need_the_users_own_signature(tmp_path: Path) -> None:
    document = save_model(wide_model(), tmp_path / "m")
    section = {**document.flavors["onnx"], "providers": [["QNNExecutionProvider", {"backend_path": "libevil.so"}]]}
    document.replace(flavors={**document.flavors, "onnx": section}).save(tmp_path / "m")
    (tmp_path / "m" / SIGNATURE).unlink()
    with pytest.raises(UntrustedModel, match="execution providers"):
        load_model(tmp_path / "m")
