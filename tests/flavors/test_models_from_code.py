from __future__ import annotations

import linecache
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import nbtrack
from nbtrack import pyfunc
from nbtrack.errors import InvalidInput, MalformedModel, SettingNotFound, UntrustedModel
from nbtrack.models import Model, ModelConfig, infer_signature, read_requirements, source_that_set

SCRIPT = """
from __future__ import annotations
from dataclasses import dataclass
import nbtrack
import yaml

@dataclass
class Unit:
    name: str

class Sized(nbtrack.pyfunc.PythonModel):
    def load_context(self, context):
        self.unit = Unit(context.model_config["unit"])
    def predict(self, model_input: list[str]) -> list[str]:
        import helper
        return [f"{helper.size(item)} {self.unit.name}" for item in model_input]

nbtrack.models.set_model(Sized())
"""


@pytest.fixture(autouse=True)
def own_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBTRACK_KEY_DIR", str(tmp_path / "key"))
    monkeypatch.delenv("NBTRACK_ALLOW_PICKLE", raising=False)


def written(folder: Path, source: str, name: str = "script.py") -> Path:
    (folder / name).write_text(source)
    return folder / name


def cell(source: str, name: str, globals_: dict[str, Any]) -> None:
    """Run a cell as IPython does: what it is made of can be looked up by its file name."""
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    exec(compile(source, name, "exec"), globals_)  # noqa: S102


def test_a_script_is_the_model(tmp_path: Path) -> None:
    script = written(tmp_path, SCRIPT)
    helper = written(tmp_path, "size = len\n", "helper.py")
    pyfunc.save_model(
        tmp_path / "m", python_model=str(script), code_paths=[helper], model_config={"unit": "letters", "other": 1}
    )
    script.unlink()
    helper.unlink()
    assert not list((tmp_path / "m").glob("*.pkl"))
    section = Model.load(tmp_path / "m").flavors["python_function"]
    assert section["model_code_path"] == "script.py"
    assert Model.load(tmp_path / "m").extra["is_signature_from_type_hint"] is True
    assert "pyyaml" in {line.partition("==")[0] for line in read_requirements(tmp_path / "m")}
    assert pyfunc.load_model(tmp_path / "m").predict(["abc"]) == ["3 letters"]
    written(tmp_path, "unit: runes\n", "config.yaml")
    with_settings = pyfunc.load_model(tmp_path / "m", model_config=tmp_path / "config.yaml")
    assert with_settings.predict(["abc"]) == ["3 runes"]
    with pytest.warns(UserWarning, match=r"without the settings \['size'\].*It has: \['other', 'unit'\]"):
        pyfunc.load_model(tmp_path / "m", model_config={"size": 1})


def test_a_script_that_nobody_signed_does_not_run(tmp_path: Path) -> None:
    pyfunc.save_model(tmp_path / "m", python_model=written(tmp_path, "import nbtrack\nnbtrack.models.set_model(len)\n"))
    (tmp_path / "m" / ".nbtrack-signature.json").unlink()
    (tmp_path / "m" / "script.py").write_text("raise SystemExit")
    with pytest.raises(UntrustedModel, match=r"a script that makes the model \(script\.py\)"):
        pyfunc.load_model(tmp_path / "m")


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("x = 1\n", "hands no model over: it must call nbtrack.models.set_model"),
        ("1 / 0\n", "fails. ZeroDivisionError"),
        ("import mlflow_of_no_such_name\n", "ModuleNotFoundError"),
        ("def (\n", "fails. SyntaxError"),
        ("import nbtrack\nnbtrack.models.set_model(int)\n", "takes the model itself"),
        ("import nbtrack\nnbtrack.models.set_model([1])\n", "No installed flavor can save a builtins.list"),
    ],
)
def test_a_script_that_makes_no_model_is_told_when_it_is_saved(source: str, says: str, tmp_path: Path) -> None:
    with pytest.raises((MalformedModel, InvalidInput, TypeError), match=says):
        pyfunc.save_model(tmp_path / "m", python_model=written(tmp_path, source))
    assert not (tmp_path / "m").exists()


def test_a_script_for_mlflow_runs_where_mlflow_is(tmp_path: Path) -> None:
    source = (
        "import mlflow\n"
        "class Doubled(mlflow.pyfunc.PythonModel):\n"
        "    def predict(self, context, model_input): return [2 * item for item in model_input]\n"
        "mlflow.models.set_model(Doubled())\n"
    )
    check = (
        "import sys, warnings; warnings.simplefilter('ignore')\n"
        "from nbtrack import pyfunc\n"
        f"folder, script = {str(tmp_path / 'm')!r}, {str(written(tmp_path, source))!r}\n"
        "pyfunc.save_model(folder, python_model=script)\n"
        "print(pyfunc.load_model(folder).predict([1, 2]))\n"
        "for name in [name for name in sys.modules if name.startswith('mlflow')]: del sys.modules[name]\n"
        "sys.modules['mlflow'] = None\n"
        "try: pyfunc.load_model(folder)\n"
        "except Exception as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    answers = done.stdout.splitlines()
    assert answers[0] == "[2, 4]"
    assert "imports mlflow, which is not installed here: pip install mlflow-skinny" in answers[1]


def test_a_function_is_kept_as_its_source(tmp_path: Path) -> None:
    def longest(model_input: list[str]) -> list[int]:
        import itertools

        return [len(list(itertools.chain(item))) for item in model_input]

    pyfunc.save_model(tmp_path / "m", python_model=longest, from_code=True)
    assert "def longest(" in (tmp_path / "m" / "model.py").read_text()
    assert pyfunc.load_model(tmp_path / "m").predict(["abc"]) == [3]


def test_a_function_that_needs_what_is_outside_names_it(tmp_path: Path) -> None:
    def needs(model_input: Any) -> Any:
        return [linecache.getline(str(tmp_path), item) for item in model_input]

    with pytest.raises(InvalidInput, match="uses linecache, tmp_path from outside"):
        pyfunc.save_model(tmp_path / "m", python_model=needs, from_code=True)
    with pytest.raises(InvalidInput, match="no source to keep of this Plain"):
        pyfunc.save_model(tmp_path / "m", python_model=type("Plain", (pyfunc.PythonModel,), {})(), from_code=True)


def test_the_cell_that_sets_a_model_is_kept(tmp_path: Path) -> None:
    notebook: dict[str, Any] = {}
    source = (
        "import nbtrack as mlflow\n"
        "class AddN(mlflow.pyfunc.PythonModel):\n"
        "    def __init__(self, n): self.n = n\n"
        "    def predict(self, context, model_input): return [item + self.n for item in model_input]\n"
        "model = AddN(5)\n"
        "mlflow.models.set_model(model)\n"
    )
    cell(source, "cell-1.py", notebook)
    cell("other = AddN(6)\nmlflow.models.set_model(other)\n", "cell-2.py", notebook)
    pyfunc.save_model(tmp_path / "m", python_model=notebook["model"], from_code=True)
    assert (tmp_path / "m" / "model.py").read_text() == source
    assert pyfunc.load_model(tmp_path / "m").predict([1]) == [6]
    assert source_that_set(object()) is None
    with pytest.raises(MalformedModel, match=r"name 'AddN' is not defined\. It must import and define all"):
        pyfunc.save_model(tmp_path / "other", python_model=notebook["other"], from_code=True)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("nbtrack.pyfunc.log_model(name='m', python_model=f)", r"also saves the model.*log_model\(\)"),
        ("%matplotlib inline", "holds magics"),
    ],
)
def test_a_cell_that_can_t_be_a_script_is_refused(line: str, says: str, tmp_path: Path) -> None:
    notebook: dict[str, Any] = {}
    source = f"import nbtrack\ndef f(model_input): return model_input\nnbtrack.models.set_model(f)\n{line}\n"
    name = "cell-2.py"
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    exec(compile(source.replace(line, ""), name, "exec"), notebook)  # noqa: S102
    with pytest.raises(InvalidInput, match=says):
        pyfunc.save_model(tmp_path / "m", python_model=notebook["f"], from_code=True)


CONFIGURED = """
import {library}
from {library}.models import ModelConfig
config = ModelConfig(development_config={{"unit": "mm"}})
class Configured({library}.pyfunc.PythonModel):
    def predict(self, context, model_input): return [f"{{item}} {{config.get('unit')}}" for item in model_input]
model = Configured()
{library}.models.set_model(model)
"""


def test_a_cell_reads_settings_and_its_model_those_that_it_was_saved_or_is_loaded_with(tmp_path: Path) -> None:
    notebook: dict[str, Any] = {}
    cell(CONFIGURED.format(library="nbtrack"), "cell-3.py", notebook)
    assert notebook["model"].predict(None, [1]) == ["1 mm"]
    pyfunc.save_model(tmp_path / "m", notebook["model"], from_code=True, model_config={"unit": "cm"})
    assert pyfunc.load_model(tmp_path / "m").predict([1]) == ["1 cm"]
    assert pyfunc.load_model(tmp_path / "m", model_config={"unit": "km"}).predict([1]) == ["1 km"]
    assert notebook["config"].to_dict() == {"unit": "mm"}
    with pytest.raises(InvalidInput, match=r"there are none: save it with model_config"):
        pyfunc.save_model(tmp_path / "other", notebook["model"], from_code=True)


@pytest.mark.filterwarnings("ignore")
def test_scripts_for_mlflow_read_the_same_settings_by_its_own_class(tmp_path: Path) -> None:
    script = written(tmp_path, CONFIGURED.format(library="mlflow"))
    program = (
        "import warnings; warnings.simplefilter('ignore')\n"
        "from nbtrack import pyfunc\n"
        f"folder, script = {str(tmp_path / 'm')!r}, {str(script)!r}\n"
        "pyfunc.save_model(folder, script, model_config={'unit': 'cm'})\n"
        "for unit in ('cm', 'km'): print(pyfunc.load_model(folder, model_config={'unit': unit}).predict([1]))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.stdout == "['1 cm']\n['1 km']\n", done.stderr


def test_a_script_that_can_do_without_mlflow_runs_without_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", None)
    source = (
        "try:\n    import mlflow\nexcept ImportError:\n    import nbtrack as mlflow\nmlflow.models.set_model(len)\n"
    )
    pyfunc.save_model(tmp_path / "m", written(tmp_path, source))
    assert pyfunc.load_model(tmp_path / "m").predict([1, 2]) == 2


def test_settings_come_from_a_yaml_file_and_a_missing_one_is_told(tmp_path: Path) -> None:
    config = ModelConfig(development_config=written(tmp_path, "unit: mm\nlimits: [1, 2]\n", "config.yaml"))
    assert config.to_dict() == {"unit": "mm", "limits": [1, 2]}
    for error in (SettingNotFound, KeyError):
        with pytest.raises(error, match=r"no setting 'size'\. It has: unit, limits"):
            config.get("size")
    with pytest.raises(InvalidInput, match=r"no file 'none\.yaml'"):
        ModelConfig(development_config="none.yaml")
    with pytest.raises(InvalidInput, match="give development_config"):
        ModelConfig()


LOADER = """
class Repeated:
    def __init__(self, word, times): self.word, self.times = word, times
    def predict(self, model_input, params=None): return [self.word * self.times for _ in model_input]
def _load_pyfunc(path, model_config=None):
    with open(path) as file:
        return Repeated(file.read(), (model_config or {"times": 1})["times"])
"""


def test_a_loader_module_loads_its_own_data(tmp_path: Path) -> None:
    loader = written(tmp_path, LOADER, "my_loader.py")
    data = written(tmp_path, "ab", "word.txt")
    pyfunc.save_model(
        tmp_path / "m",
        loader_module="my_loader",
        data_path=data,
        code_paths=[loader],
        model_config={"times": 2},
        input_example=[1],
    )
    section = Model.load(tmp_path / "m").flavors["python_function"]
    assert (section["loader_module"], section["data"], section["code"]) == ("my_loader", "data/word.txt", "code")
    assert Model.load(tmp_path / "m").signature == infer_signature([1], ["abab"])
    assert pyfunc.load_model(tmp_path / "m").predict([0]) == ["abab"]
    assert pyfunc.load_model(tmp_path / "m", model_config={"times": 3}).predict([0]) == ["ababab"]
    assert type(pyfunc.load_model(tmp_path / "m").get_raw_model()).__name__ == "Repeated"
    assert "my_loader" not in sys.modules


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("", r"has no function _load_pyfunc\(path\)"),
        ("def _load_pyfunc(path): return 1", r"is of the class int and has no predict\(\)"),
        ("import none_such", "can't be imported here"),
    ],
)
def test_a_module_that_loads_nothing_is_told(source: str, says: str, tmp_path: Path) -> None:
    pyfunc.save_model(tmp_path / "m", loader_module="my_loader", code_paths=[written(tmp_path, source, "my_loader.py")])
    with pytest.raises(MalformedModel, match=says):
        pyfunc.load_model(tmp_path / "m")


@pytest.mark.parametrize("loader", ["os", "antigravity", "../evil", "os.path; import evil", 7])
def test_a_loader_module_that_nobody_signed_is_not_imported(loader: object, tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    Model.new({"python_function": {"loader_module": loader}}).save(tmp_path / "m")
    with pytest.raises((UntrustedModel, nbtrack.errors.UnknownFlavor)):
        pyfunc.load_model(tmp_path / "m")
    assert "antigravity" not in sys.modules


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({}, "Give either python_model or loader_module"),
        ({"python_model": len, "loader_module": "x"}, "Give either python_model or loader_module"),
        ({"python_model": len, "data_path": "x"}, "data_path belongs to loader_module"),
        ({"python_model": "none.py"}, "there is no script none.py"),
        ({"loader_module": "a/b.py"}, "is the name of a module"),
        ({"loader_module": "a", "data_path": "none"}, "data path 'none' is not there"),
        ({"python_model": len, "model_config": "none.yaml"}, "there is no file 'none.yaml'"),
    ],
)
def test_what_makes_no_model_is_told(options: dict[str, Any], says: str, tmp_path: Path) -> None:
    save: Callable[..., object] = pyfunc.save_model
    with pytest.raises(InvalidInput, match=says):
        save(tmp_path / "m", **options)
