from __future__ import annotations

import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

keras = pytest.importorskip("keras", reason="Keras is installed by `make test-frameworks`")

import nbtrack  # noqa: E402
from nbtrack.errors import (  # noqa: E402
    InvalidInput,
    MalformedModel,
    SignatureMismatch,
    UnsavableModel,
    UntrustedModel,
)
from nbtrack.flavors import Flavor, inspect_model, load_model, load_pyfunc  # noqa: E402
from nbtrack.flavors.contract import FlavorContract  # noqa: E402
from nbtrack.flavors.tensorflow import TensorFlowFlavor  # noqa: E402
from nbtrack.models import SIGNATURE, Model, TensorSpec, sign  # noqa: E402
from tests.frameworks.keras_layers import Scale, squash  # noqa: E402

# Of NumPy's, in Keras; and its advice on lambdas, and on models that were never compiled.
pytestmark = pytest.mark.filterwarnings("ignore")

X = np.random.default_rng(0).normal(size=(20, 4)).astype(np.float32)


def network(*layers: Any) -> Any:
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input((4,)), *(layers or [keras.layers.Dense(8, "relu")]), keras.layers.Dense(3)])


def two_inputs() -> Any:
    left, right = keras.Input((4,), name="left"), keras.Input((1,), name="right")
    total = keras.layers.Dense(2, name="total")(keras.layers.Concatenate()([left, right]))
    return keras.Model([left, right], [total, keras.layers.Dense(1, name="other")(total)])


def saved(model: Any, folder: Path, *, is_signed: bool = True, **options: Any) -> Path:
    nbtrack.keras.save_model(model, folder, **options)
    if not is_signed:
        (folder / SIGNATURE).unlink()
    return folder


def rewritten(folder: Path, change: Callable[[Any], object]) -> Path:
    """Change the configuration in an unsigned folder, as an attacker would."""
    path = folder / "data" / "model.keras"
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(members["config.json"])
    change(config)
    members["config.json"] = json.dumps(config).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return folder


@pytest.fixture(autouse=True)
def _own_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBTRACK_KEY_DIR", str(tmp_path / "key"))


class TestKeras(FlavorContract):
    flavor_name = "keras"
    requirements = frozenset({"keras", "numpy"})

    @pytest.fixture
    def model(self) -> Any:
        return network()

    @pytest.fixture
    def given(self) -> Any:
        return X

    @pytest.fixture
    def wanted(self, model: Any) -> Any:
        return model.predict(X, verbose=0)


class TestCustomLayers(TestKeras):
    requirements = frozenset({"keras", "cloudpickle"})

    @pytest.fixture
    def model(self) -> Any:
        return network(Scale(), keras.layers.Dense(3, squash))


class TestKerasForTensorFlow(TestKeras):
    requirements = frozenset({"keras"})

    @pytest.fixture
    def flavor(self) -> Flavor:
        return TensorFlowFlavor()


def test_a_model_says_its_tensors_itself_and_says_what_mlflow_reads(tmp_path: Path) -> None:
    folder = saved(network(), tmp_path / "m")
    document = Model.load(folder)
    assert document.signature is not None and document.signature.inputs is not None
    assert list(document.signature.inputs) == [TensorSpec(np.dtype("float32"), (-1, 4))]
    section, pyfunc = document.flavors["keras"], document.flavors["python_function"]
    assert (section["data"], section["keras_version"]) == ("data", keras.__version__)
    assert (section["keras_backend"], section["save_exported_model"]) == (keras.backend.backend(), False)
    assert pyfunc["loader_module"] == "mlflow.keras"
    assert (folder / "data" / "keras_module.txt").read_text() == "keras"


def test_a_frame_is_answered_by_a_frame_with_its_index(tmp_path: Path) -> None:
    model = network()
    frame = pd.DataFrame(X.astype(float), columns=list("abcd"), index=range(100, 120))
    answer = load_pyfunc(saved(model, tmp_path / "m")).predict(frame)
    assert list(answer.index) == list(frame.index)
    np.testing.assert_array_equal(answer.to_numpy(), model.predict(frame.to_numpy(), verbose=0))


def test_inputs_and_outputs_have_names_where_there_are_several(tmp_path: Path) -> None:
    model = two_inputs()
    loaded = load_pyfunc(saved(model, tmp_path / "m"))
    total, other = model.predict([X, X[:, :1]], verbose=0)
    answer = loaded.predict({"left": X, "right": X[:, 0].astype(float)})
    np.testing.assert_array_equal(answer["total"], total)
    np.testing.assert_array_equal(answer["other"], other)
    assert loaded.metadata.signature.inputs.input_names() == ["left", "right"]  # type: ignore[union-attr]
    frame = pd.DataFrame({"left": list(X), "right": X[:, 0]})
    np.testing.assert_array_equal(loaded.predict(frame)["total"], total)
    with pytest.raises(InvalidInput, match="lacks right"):
        loaded.predict({"left": X})
    with pytest.raises(SignatureMismatch, match="left"):
        loaded.predict({"left": X[:, :2], "right": X[:, 0]})


def test_an_input_by_name_is_answered_by_name(tmp_path: Path) -> None:
    left, right = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    model = keras.Model({"a": left, "b": right}, {"sum": left + right})
    answer = load_pyfunc(saved(model, tmp_path / "m")).predict({"a": X, "b": 2 * X})
    np.testing.assert_array_equal(answer["sum"], 3 * X)


def test_the_size_of_a_batch_is_a_param(tmp_path: Path) -> None:
    signature = nbtrack.models.infer_signature(X, params={"batch_size": 4})
    loaded = load_pyfunc(saved(network(), tmp_path / "m", signature=signature))
    np.testing.assert_allclose(loaded.predict(X, {"batch_size": 20}), loaded.predict(X), rtol=1e-6)


def test_a_compiled_model_goes_on_learning_where_it_was(tmp_path: Path) -> None:
    model = network()
    model.compile(keras.optimizers.Adam(0.1), "mse", metrics=["mae"])
    model.fit(X, X[:, :3], epochs=2, verbose=0)
    loaded = load_model(saved(model, tmp_path / "m"))
    assert loaded.optimizer.iterations == 2
    np.testing.assert_allclose(loaded.evaluate(X, X[:, :3], verbose=0), model.evaluate(X, X[:, :3], verbose=0))


def test_what_a_notebook_defined_comes_along(tmp_path: Path) -> None:
    class Doubled(keras.layers.Layer):  # type: ignore[misc]
        def call(self, x: Any) -> Any:
            return 2 * x

    def weighted(wanted: Any, given: Any) -> Any:
        return keras.ops.mean(keras.ops.square(wanted - given))

    model = network(Doubled())
    model.compile("sgd", weighted)
    folder = saved(model, tmp_path / "m")
    del Doubled, weighted
    loaded = load_model(folder)
    np.testing.assert_array_equal(loaded.predict(X, verbose=0), model.predict(X, verbose=0))


def test_a_lambda_is_loaded_where_the_folder_is_signed(tmp_path: Path) -> None:
    model = network(keras.layers.Lambda(lambda x: x * 3))
    folder = saved(model, tmp_path / "m")
    np.testing.assert_array_equal(load_model(folder).predict(X, verbose=0), model.predict(X, verbose=0))
    (folder / SIGNATURE).unlink()
    with pytest.raises(UntrustedModel, match=r"Lambda layer"):
        load_model(folder)


def test_a_model_of_keras_alone_needs_no_signature(tmp_path: Path) -> None:
    model = two_inputs()
    model.compile(keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(0.1, 10)), "mse")
    folder = saved(model, tmp_path / "m", is_signed=False)
    assert load_model(folder).count_params() == model.count_params()
    assert inspect_model(folder).imports == {} and inspect_model(folder).runs == []


EVIL = [
    {"module": "os", "class_name": "function", "config": "system", "registered_name": "system"},
    {"module": "tests.evil", "class_name": "Layer", "config": {}, "registered_name": "Layer"},
    {"module": "keras.models", "class_name": "function", "config": "load_model", "registered_name": "load_model"},
    {"module": "keras.utils", "class_name": "get_file", "config": {"origin": "http://x"}, "registered_name": None},
    {"module": "keras.src.utils.python_utils", "class_name": "func_load", "config": {}, "registered_name": None},
    {"module": "keras_hub.models", "class_name": "Backbone", "config": {}, "registered_name": None},
    {"module": None, "class_name": "Mine", "config": {}, "registered_name": "mine>Mine"},
    {"class_name": "__lambda__", "config": {"value": "4wAAAAA="}},
    {"class_name": "Lambda", "config": {"function": ["4wAAAAA=", None, None]}},
    {"module": "keras.layers", "class_name": "TorchModuleWrapper", "config": {"module": "gASV"}},
    {"module": "keras.layers", "class_name": "TFSMLayer", "config": {"filepath": "elsewhere"}},
    {"module": "keras.layers", "class_name": "StringLookup", "config": {"vocabulary": "/etc/passwd"}},
    {"class_name": "__typespec__", "spec_name": "Evil", "module": "evil", "config": [], "registered_name": None},
]


@pytest.mark.parametrize("evil", EVIL, ids=[str(evil["class_name"]) for evil in EVIL])
def test_an_unsigned_model_may_name_only_what_computes(evil: dict[str, Any], tmp_path: Path) -> None:
    folder = saved(network(), tmp_path / "m", is_signed=False)

    def hide(config: Any) -> None:
        config["config"]["layers"][1]["config"]["kernel_initializer"] = {"nested": [evil]}

    rewritten(folder, hide)
    with pytest.raises(UntrustedModel, match="nbtrack trust"):
        load_model(folder)
    shown = inspect_model(folder)
    assert shown.imports or shown.runs


def test_looking_at_a_model_imports_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "evil_layers.py").write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    folder = saved(network(), tmp_path / "m", is_signed=False)
    evil = {"module": "evil_layers", "class_name": "Evil", "config": {}, "registered_name": "Evil"}
    rewritten(folder, lambda config: config["config"]["layers"].append(evil))
    assert inspect_model(folder).imports == {"data/model.keras!config.json": ["evil_layers.Evil"]}


@pytest.mark.parametrize(
    ("name", "content", "match"),
    [
        ("../outside", b"", "leads out"),
        ("/outside", b"", "leads out"),
        ("assets/../../x", b"", "leads out"),
        ("model.weights.npz", pickle.dumps(1), "none of its files"),
        ("assets/bomb", bytes(50_000_000), "packed into"),
    ],
)
def test_an_archive_that_is_made_to_harm_is_refused(name: str, content: bytes, match: str, tmp_path: Path) -> None:
    folder = saved(network(), tmp_path / "m")
    with zipfile.ZipFile(folder / "data" / "model.keras", "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    sign(folder)
    with pytest.raises(MalformedModel, match=match):
        load_model(folder)


def test_weights_that_lie_in_other_files_are_refused(tmp_path: Path) -> None:
    import h5py

    folder = saved(network(), tmp_path / "m")
    path = folder / "data" / "model.keras"
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    (tmp_path / "w.h5").write_bytes(members["model.weights.h5"])
    with h5py.File(tmp_path / "w.h5", "a") as file:
        file.create_dataset("layers/passwd", (8,), "u1", external=[("/etc/passwd", 0, 8)])
    members["model.weights.h5"] = (tmp_path / "w.h5").read_bytes()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    sign(folder)
    with pytest.raises(MalformedModel, match="lie in another file"):
        load_model(folder)
    with h5py.File(tmp_path / "w.h5", "w") as file:
        file["weights"] = h5py.ExternalLink("other.h5", "/weights")
    members["model.weights.h5"] = (tmp_path / "w.h5").read_bytes()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    sign(folder)
    with pytest.raises(MalformedModel, match="is a link"):
        load_model(folder)


def test_groups_that_hold_each_other_are_read_once(tmp_path: Path) -> None:
    import h5py

    folder = saved(network(), tmp_path / "m", is_signed=False)
    (folder / "data" / "model.keras").unlink()
    network().save(folder / "data" / "model.h5")
    with h5py.File(folder / "data" / "model.h5", "a") as file:
        group = file.create_group("knot")
        for _ in range(60):
            inner = group.create_group("left")
            group["right"], group = inner, inner
        group["whole"] = file["/"]
    assert load_model(folder).count_params() == network().count_params()


def test_a_configuration_of_nonsense_is_told(tmp_path: Path) -> None:
    folder = saved(network(), tmp_path / "m", is_signed=False)
    nonsense = {"class_name": [["Dense"]], "module": {"a": 1}, "config": None, "registered_name": 7}
    rewritten(folder, lambda config: config["config"]["layers"].append(nonsense))
    with pytest.raises(UntrustedModel):
        load_model(folder)
    sign(folder)
    with pytest.raises(MalformedModel):
        load_model(folder)


def test_a_truncated_file_is_told_even_where_it_is_trusted(tmp_path: Path) -> None:
    folder = saved(network(), tmp_path / "m")
    file = folder / "data" / "model.keras"
    whole = file.read_bytes()
    for size in (len(whole) // 2, 3, 0):
        file.write_bytes(whole[:size])
        sign(folder)
        with pytest.raises(MalformedModel, match="no whole"):
            load_model(folder)


def test_what_cannot_be_saved_says_why(tmp_path: Path) -> None:
    class Locked(keras.layers.Layer):  # type: ignore[misc]
        lines = (line for line in ())  # type: ignore[var-annotated]

        def call(self, x: Any) -> Any:
            return x

    class Forgetful(keras.Model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()

    with pytest.raises(UnsavableModel, match=r"and not load it: Forgetful\(\).*kwargs"):
        nbtrack.keras.save_model(Forgetful(), tmp_path / "m")
    with pytest.raises(UnsavableModel, match="lines"):
        nbtrack.keras.save_model(network(Locked()), tmp_path / "m")
    with pytest.raises(InvalidInput, match="neither"):
        nbtrack.tensorflow.save_model(keras.layers.Dense(1), tmp_path / "m")
    assert list(tmp_path.iterdir()) == []


def test_an_older_hdf5_file_is_read_by_the_same_rules(tmp_path: Path) -> None:
    model = network()
    folder = saved(model, tmp_path / "m", is_signed=False)
    (folder / "data" / "model.keras").unlink()
    model.save(folder / "data" / "model.h5")
    np.testing.assert_array_equal(load_pyfunc(folder).predict(X), model.predict(X, verbose=0))
    network(keras.layers.Lambda(lambda x: x * 3)).save(folder / "data" / "model.h5")
    with pytest.raises(UntrustedModel, match="Lambda layer"):
        load_model(folder)
    assert inspect_model(folder).runs
    (folder / "data" / "model.h5").write_bytes(b"\x89HDF nothing")
    with pytest.raises(MalformedModel, match="no whole HDF5"):
        load_model(folder)


def test_a_model_goes_to_a_run_and_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBTRACK_TRACKING_URI", str(tmp_path / ".nbtrack"))
    model = network()
    with nbtrack.start_run():
        info = nbtrack.keras.log_model(model, "model", input_example=X[:3])
    loaded = nbtrack.keras.load_model(info.model_uri)
    np.testing.assert_array_equal(loaded.predict(X, verbose=0), model.predict(X, verbose=0))
