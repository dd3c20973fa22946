from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is installed by `make test-frameworks`")

from nbtrack import pytorch  # noqa: E402
from nbtrack.errors import InvalidInput, MalformedModel, UnsavableModel, UntrustedModel  # noqa: E402
from nbtrack.flavors import inspect_model, load_model, load_pyfunc, save_model  # noqa: E402
from nbtrack.flavors.contract import FlavorContract  # noqa: E402
from nbtrack.flavors.pytorch import PyTorchFlavor  # noqa: E402
from nbtrack.models import SIGNATURE, Model, sign  # noqa: E402
from tests.frameworks.networks import Locked, Network, Sum  # noqa: E402

X = np.random.default_rng(0).normal(size=(20, 4)).astype(np.float32)


def answer_of(model: Any, given: Any) -> Any:
    """Return what PyTorch itself answers."""
    with torch.no_grad():
        return model(torch.from_numpy(given)).numpy()


class TestPickle(FlavorContract):
    flavor_name = "pytorch"
    requirements = frozenset({"torch", "numpy", "cloudpickle"})

    @pytest.fixture
    def model(self) -> Any:
        torch.manual_seed(0)
        return Network().eval()

    @pytest.fixture
    def given(self) -> Any:
        return X

    @pytest.fixture
    def wanted(self, model: Any) -> Any:
        return answer_of(model, X)


class TestSafetensors(TestPickle):
    requirements = frozenset({"torch", "numpy", "safetensors"})

    @pytest.fixture
    def flavor(self) -> PyTorchFlavor:
        return PyTorchFlavor("safetensors")


class TestExportedProgram(TestPickle):
    requirements = frozenset({"torch", "numpy"})

    @pytest.fixture
    def flavor(self) -> PyTorchFlavor:
        return PyTorchFlavor("pt2", input_example=X[:2])

    def test_the_native_model_comes_back_as_its_own_class(self, saved: Path, model: Any) -> None:
        assert isinstance(load_model(saved), torch.nn.Module)  # a program has no class


@pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")
class TestTorchScript(TestPickle):
    requirements = frozenset({"torch", "numpy"})

    @pytest.fixture
    def model(self) -> Any:
        return torch.jit.script(Network().eval())


def test_a_frame_is_answered_by_a_frame_with_its_index_without_dropout(tmp_path: Path) -> None:
    model = Network()
    save_model(model, tmp_path / "m")
    frame = pd.DataFrame(X.astype(float), columns=list("abcd"), index=range(100, 120))
    answer = load_pyfunc(tmp_path / "m").predict(frame)
    assert list(answer.index) == list(frame.index)
    np.testing.assert_array_equal(
        answer.to_numpy(), answer_of(model.eval(), frame.to_numpy(dtype=np.float32).copy("K"))
    )


def test_an_example_gives_the_signature_and_leaves_the_model_in_training(tmp_path: Path) -> None:
    model = Network()
    model.layers[2].eval()
    document = save_model(model, tmp_path / "m", input_example=X[:3])
    assert document.signature is not None and document.signature.outputs is not None
    assert (model.training, model.layers[0].training, model.layers[2].training) == (True, True, False)
    assert load_pyfunc(tmp_path / "m").predict(X).shape == (20, 3)


def test_doubles_fit_a_model_of_floats_and_the_other_way_round(tmp_path: Path) -> None:
    for model, given in ((Network(), X.astype(np.float64)), (Network().double(), X)):
        save_model(model.eval(), tmp_path / str(given.dtype))
        own = X.astype(np.float64 if given is X else np.float32)
        predicted = load_pyfunc(tmp_path / str(given.dtype)).predict(given)
        np.testing.assert_array_equal(predicted, answer_of(model, own))


def test_tensors_by_name_are_arguments_by_name(tmp_path: Path) -> None:
    save_model(Sum(), tmp_path / "m")
    answer = load_pyfunc(tmp_path / "m").predict({"left": X, "right": 2 * X})
    np.testing.assert_array_equal(answer["sum"], 3 * X)
    np.testing.assert_array_equal(answer["difference"], -X)


@pytest.mark.parametrize("format_", ["pickle", "pt2", "safetensors"])
def test_nothing_of_a_strangers_folder_is_opened(format_: str, tmp_path: Path) -> None:
    pytorch.save_model(Network(), tmp_path / "m", serialization_format=format_, input_example=X)
    (tmp_path / "m" / SIGNATURE).unlink()
    with pytest.raises(UntrustedModel, match="nbtrack trust"):
        load_model(tmp_path / "m")


@pytest.mark.parametrize("format_", ["pickle", "pt2", "safetensors"])
def test_a_truncated_file_is_told_even_where_it_is_trusted(format_: str, tmp_path: Path) -> None:
    pytorch.save_model(Network(), tmp_path / "m", serialization_format=format_, input_example=X)
    file = next((tmp_path / "m" / "data").glob("model.*"))
    whole = file.read_bytes()
    for size in (len(whole) // 2, 3, 0):
        file.write_bytes(whole[:size])
        sign(tmp_path / "m")
        with pytest.raises(MalformedModel, match="no whole"):
            load_model(tmp_path / "m")


@pytest.mark.parametrize("format_", ["pickle", "safetensors"])
def test_a_class_that_is_not_there_is_named(format_: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = Path(sys.modules[Network.__module__].__file__ or "").read_text()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "my_networks.py").write_text(source)
    with monkeypatch.context() as patch:
        patch.syspath_prepend(tmp_path / "elsewhere")
        import my_networks  # type: ignore[import-not-found]

        pytorch.save_model(my_networks.Network(), tmp_path / "m", serialization_format=format_)
    monkeypatch.delitem(sys.modules, "my_networks")
    with pytest.raises(MalformedModel, match="my_networks"):
        load_model(tmp_path / "m")


def test_safetensors_need_a_class_that_makes_the_same_weights(tmp_path: Path) -> None:
    with pytest.raises(UnsavableModel, match=r"other weights.*arguments="):
        pytorch.save_model(Network(16), tmp_path / "m", serialization_format="safetensors")
    pytorch.save_model(Network(16), tmp_path / "m", serialization_format="safetensors", arguments={"hidden": 16})
    assert load_model(tmp_path / "m").layers[0].out_features == 16

    class Local(Network):
        pass

    for model in (Local(), torch.nn.Linear(4, 3)):
        with pytest.raises(UnsavableModel, match=r"save it as a pickle|other weights"):
            pytorch.save_model(model, tmp_path / "n", serialization_format="safetensors")


def test_a_class_that_a_file_names_must_be_one_of_modules(tmp_path: Path) -> None:
    document = pytorch.save_model(Network(), tmp_path / "m", serialization_format="safetensors")
    for name in ("subprocess:Popen", "torch:manual_seed", "torch.nn:Module.forward", "nothing"):
        section = {**document.flavors["pytorch"], "model_class": name}
        document.replace(flavors={**document.flavors, "pytorch": section}).save(tmp_path / "m")
        sign(tmp_path / "m")
        with pytest.raises(MalformedModel):
            load_model(tmp_path / "m")


def test_what_cannot_be_saved_says_why(tmp_path: Path) -> None:
    with pytest.raises(UnsavableModel, match="lines"):
        pytorch.save_model(Locked(), tmp_path / "m")
    with pytest.raises(InvalidInput, match="input_example"):
        pytorch.save_model(Network(), tmp_path / "m", serialization_format="pt2")
    with pytest.raises(InvalidInput, match="not as 'onnx'"):
        pytorch.save_model(Network(), tmp_path / "m", serialization_format="onnx")
    assert list(tmp_path.iterdir()) == []


def test_the_model_file_says_what_mlflow_reads(tmp_path: Path) -> None:
    pytorch.save_model(pytorch_model=Network(), path=tmp_path / "m")
    document = Model.load(tmp_path / "m")
    section, pyfunc = document.flavors["pytorch"], document.flavors["python_function"]
    assert (section["model_data"], section["pytorch_version"]) == ("data", str(torch.__version__))
    assert (pyfunc["loader_module"], pyfunc["data"]) == ("mlflow.pytorch", "data")
    assert (tmp_path / "m" / "data" / "pickle_module_info.txt").read_text() == "pickle"


def test_what_trusting_a_model_lets_run_is_shown(tmp_path: Path) -> None:
    pytorch.save_model(Network(), tmp_path / "pickle")
    names = [name for found in inspect_model(tmp_path / "pickle").imports.values() for name in found]
    assert "tests.frameworks.networks.Network" in names
    pytorch.save_model(Network(), tmp_path / "weights", serialization_format="safetensors")
    runs = inspect_model(tmp_path / "weights").runs
    assert any("the class tests.frameworks.networks:Network with {}" in line for line in runs)
