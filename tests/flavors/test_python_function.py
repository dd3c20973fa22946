from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

from nbtrack.errors import (
    InvalidInput,
    MalformedModel,
    SignatureMismatch,
    UnknownFlavor,
    UnsavableModel,
    UntrustedModel,
)
from nbtrack.flavors import PythonFunctionFlavor, PythonModel, load_model, load_pyfunc, save_model
from nbtrack.flavors.contract import FlavorContract
from nbtrack.models import Model, infer_signature


class Scaled(PythonModel):
    def __init__(self, factor: int) -> None:
        self.factor = factor

    def predict(self, context: Any, model_input: Any, params: dict[str, Any] | None = None) -> Any:
        import yaml  # noqa: F401 - a package that only the body names

        return [self.factor * value for value in model_input["x"]]


class TestPythonModel(FlavorContract):
    flavor_name = "python_function"
    requirements = frozenset({"cloudpickle", "pyyaml"})

    @pytest.fixture
    def model(self) -> Any:
        return Scaled(3)

    @pytest.fixture
    def given(self) -> Any:
        return pd.DataFrame({"x": [1, 2]})

    @pytest.fixture
    def wanted(self) -> Any:
        return [3, 6]


@pytest.fixture(autouse=True)
def own_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBTRACK_KEY_DIR", str(tmp_path / "key"))


class Greeter(PythonModel):
    def load_context(self, context: Any) -> None:
        self.greeting = Path(context.artifacts["greeting"]).read_text()
        self.name = (Path(context.artifacts["folder"]) / "name.txt").read_text()

    def predict(self, context: Any, model_input: Any) -> Any:
        return [f"{self.greeting} {self.name} {item} {context.model_config['mark']}" for item in model_input]


def test_artifacts_are_copied_into_the_folder_and_found_where_it_was_moved(tmp_path: Path) -> None:
    (tmp_path / "greeting.txt").write_text("hello")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "name.txt").write_text("world")
    artifacts = {"greeting": tmp_path / "greeting.txt", "folder": str(tmp_path / "folder")}
    save_model(Greeter(), tmp_path / "m", flavor=PythonFunctionFlavor(artifacts, {"mark": "!"}))
    (tmp_path / "greeting.txt").unlink()
    (tmp_path / "m").rename(tmp_path / "moved")
    assert load_pyfunc(tmp_path / "moved").predict(["you"]) == ["hello world you !"]
    assert str(tmp_path) not in (tmp_path / "moved" / "MLmodel").read_text()


def test_two_artifacts_may_have_one_file_name(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "same.txt").write_text(folder)

    class Both(PythonModel):
        def predict(self, context: Any, model_input: Any) -> Any:
            return [Path(context.artifacts[name]).read_text() for name in ("first", "second")]

    flavor = PythonFunctionFlavor({"first": tmp_path / "a" / "same.txt", "second": tmp_path / "b" / "same.txt"})
    save_model(Both(), tmp_path / "m", flavor=flavor)
    assert load_pyfunc(tmp_path / "m").predict([0]) == ["a", "b"]


def test_an_artifact_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="'weights' is not there"):
        save_model(Scaled(1), tmp_path / "m", flavor=PythonFunctionFlavor({"weights": tmp_path / "none"}))


def test_predict_without_a_context_is_a_model_too(tmp_path: Path) -> None:
    class Short(PythonModel):
        def predict(self, model_input: Any) -> Any:  # type: ignore[override]
            return [len(item) for item in model_input]

    save_model(Short(), tmp_path / "m")
    assert load_pyfunc(tmp_path / "m").predict(["ab", "c"]) == [2, 1]


def test_plain_functions_are_models(tmp_path: Path) -> None:
    save_model(lambda model_input: [item + 1 for item in model_input], tmp_path / "one")
    assert load_pyfunc(tmp_path / "one").predict([1, 2]) == [2, 3]


def test_params_have_defaults_and_types(tmp_path: Path) -> None:
    def predict(model_input: Any, params: Any) -> Any:
        return [item * params["factor"] for item in model_input[0]]

    save_model(predict, tmp_path / "m", signature=infer_signature([1.0], params={"factor": 2.0}))
    model = load_pyfunc(tmp_path / "m")
    assert model.predict([1.5]) == [3.0]
    assert model.predict([1.5], params={"factor": 4}) == [6.0]
    with pytest.raises(SignatureMismatch, match="'factor' must be double and is string"):
        model.predict([1.5], params={"factor": "4"})
    with pytest.warns(UserWarning, match="colour"):
        assert model.predict([1.5], params={"colour": "red"}) == [3.0]


def test_what_a_model_among_the_artifacts_needs_the_model_needs(tmp_path: Path) -> None:
    save_model(LinearRegression().fit([[1.0], [2.0]], [1.0, 2.0]), tmp_path / "inner")
    flavor = PythonFunctionFlavor(artifacts={"inner": tmp_path / "inner"})
    save_model(lambda rows: rows, tmp_path / "m", flavor=flavor)
    needed = (tmp_path / "m" / "requirements.txt").read_text().splitlines()
    assert set((tmp_path / "inner" / "requirements.txt").read_text().splitlines()) < set(needed)
    assert needed == sorted(needed)
    save_model(lambda rows: rows, tmp_path / "own", flavor=flavor, pip_requirements=["numpy"])
    assert (tmp_path / "own" / "requirements.txt").read_text() == "numpy\n"


def test_a_class_in_place_of_an_instance_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"Scaled\(\)"):
        save_model(Scaled, tmp_path / "m", flavor=PythonFunctionFlavor())


def test_a_model_without_predict_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"defines no predict"):
        save_model(PythonModel(), tmp_path / "m")


@pytest.mark.parametrize(
    ("flavor", "says"),
    [
        ("mleap", "MLeap is retired.*onnxmltools"),
        ("gluon", "MXNet.*is retired.*ONNX"),
        ("nosuch", "Install a flavor plugin"),
    ],
)
def test_a_flavor_that_nothing_loads_is_named(tmp_path: Path, flavor: str, says: str) -> None:
    (tmp_path / "m").mkdir()
    Model.new({flavor: {"data": "x"}, "python_function": {"loader_module": f"mlflow.{flavor}"}}).save(tmp_path / "m")
    with pytest.raises(UnknownFlavor, match=says):
        load_pyfunc(tmp_path / "m")
    Model.new({flavor: {"data": "x"}}).save(tmp_path / "m")
    with pytest.raises(UnknownFlavor, match=says):
        load_pyfunc(tmp_path / "m")


def test_a_retired_flavor_is_known_by_its_loader_alone(tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    Model.new({"python_function": {"loader_module": "mlflow.gluon"}}).save(tmp_path / "m")
    with pytest.raises(UnknownFlavor, match="MXNet"):
        load_model(tmp_path / "m")


@pytest.mark.parametrize("loader", ["os", "mlflow.pyfunc.model"])
def test_a_foreign_folder_imports_and_runs_nothing(tmp_path: Path, loader: str) -> None:
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "evil.pkl").write_bytes(b"cos\nmkdir\n(Vowned\ntR.")
    Model.new({"python_function": {"loader_module": loader, "python_model": "evil.pkl"}}).save(tmp_path / "m")
    with pytest.raises((UntrustedModel, UnknownFlavor)):
        load_pyfunc(tmp_path / "m")


@pytest.mark.parametrize("path", ["../secret", "/etc/hostname", 7])
def test_an_artifact_path_that_leaves_the_folder_is_refused(tmp_path: Path, path: object) -> None:
    (tmp_path / "secret").write_text("s")
    save_model(Scaled(1), tmp_path / "m")
    document = Model.load(tmp_path / "m")
    section = {**document.flavors["python_function"], "artifacts": {"a": {"path": path, "uri": "a"}}}
    document.replace(flavors={"python_function": section}).save(tmp_path / "m")
    (tmp_path / "m" / ".nbtrack-signature.json").unlink()
    with pytest.raises(MalformedModel, match="outside of the folder"):
        load_pyfunc(tmp_path / "m")


def test_what_can_t_be_pickled_is_named(tmp_path: Path) -> None:
    model = Scaled(1)
    model.inner = {"lock": [threading.Lock()]}  # type: ignore[attr-defined]
    with pytest.raises(UnsavableModel, match=r"inner\['lock'\]\[0\] .*can't be pickled.*load_context"):
        save_model(model, tmp_path / "m")
    assert list(tmp_path.iterdir()) == []


def test_what_load_context_sets_is_not_set_on_the_model_that_was_saved(tmp_path: Path) -> None:
    class Loaded(PythonModel):
        def load_context(self, context: Any) -> None:
            self.offset = context.model_config["offset"]

        def predict(self, context: Any, model_input: Any) -> Any:
            return [item + self.offset for item in model_input]

    model = Loaded()
    document = save_model(
        model, tmp_path / "m", flavor=PythonFunctionFlavor(model_config={"offset": 2}), input_example=[1]
    )
    assert repr(document.get_output_schema()) == "[long (required)]"
    assert not hasattr(model, "offset")


def test_answers_come_piece_by_piece_where_the_model_streams(tmp_path: Path) -> None:
    class Spoken(PythonModel):
        def predict(self, context: Any, model_input: Any) -> Any:
            return model_input.split()

        def predict_stream(self, context: Any, model_input: Any, params: Any = None) -> Any:
            yield from model_input.split()

    save_model(Spoken(), tmp_path / "m")
    stream = load_pyfunc(tmp_path / "m").predict_stream("one two")
    assert next(stream) == "one" and list(stream) == ["two"]
    save_model(Scaled(1), tmp_path / "silent")
    with pytest.raises(InvalidInput, match=r"not saved with a predict_stream\(\)"):
        load_pyfunc(tmp_path / "silent").predict_stream("x")


@pytest.mark.parametrize(
    "stated", [{"artifacts": [1]}, {"artifacts": {"a": "b"}}, {"config": "abc"}, {"python_model": ["x"]}, {"code": 7}]
)
def test_a_document_that_says_nonsense_is_malformed(tmp_path: Path, stated: dict[str, Any]) -> None:
    save_model(Scaled(1), tmp_path / "m")
    document = Model.load(tmp_path / "m")
    section = {**document.flavors["python_function"], **stated}
    document.replace(flavors={"python_function": section}).save(tmp_path / "m")
    (tmp_path / "m" / ".nbtrack-signature.json").unlink()
    with pytest.raises(MalformedModel):
        load_pyfunc(tmp_path / "m")
