"""Custom models of tutorials between nbtrack and MLflow: saved by either, loaded by either, and equal to the bit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import pytest

import nbtrack
from nbtrack.models import Model
from tests.store.tracking_servers import PYTHON, needs_mlflow

_SCRIPT = Path(__file__).with_name("course_models.py")
_MODELS = (
    "add_n",
    "weighted",
    "sklearn_wrapped",
    "xgb_wrapped",
    "ensemble",
    "function",
    "hinted_function",
    "hinted",
    "pydantic",
    "stream",
    "code",
    "loader",
)


def run(library: str, folder: Path, *commands: str) -> None:
    # MLflow's Python finds nbtrack and what it needs behind its own packages.
    setup = (
        "import runpy, sys, warnings; warnings.simplefilter('ignore'); "
        f"sys.path += [{str(Path(nbtrack.__file__).parents[1])!r}, {sysconfig.get_path('purelib')!r}]; "
        f"sys.argv[0] = {str(_SCRIPT)!r}; runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    python = str(PYTHON) if library == "mlflow" else sys.executable
    environment = {**os.environ, "NBTRACK_KEY_DIR": str(folder / "key"), "NBTRACK_ALLOW_PICKLE": "always"}
    done = subprocess.run(
        [python, "-c", setup, library, str(folder), *commands],
        capture_output=True,
        text=True,
        timeout=150,
        cwd=folder,
        env=environment,
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    run("nbtrack", folder, "save", "load=nbtrack")
    return folder


@pytest.fixture(scope="module")
def both(own: Path) -> Path:
    run("mlflow", own, "save", "load=mlflow", "load=nbtrack")
    run("nbtrack", own, "load=mlflow")
    return own


def answer(folder: Path, writer: str, reader: str, model: str) -> Any:
    return json.loads((folder / f"{writer}-in-{reader}.json").read_text())[model]


@pytest.mark.parametrize("model", _MODELS)
def test_models_of_tutorials_are_saved_and_predict(own: Path, model: str) -> None:
    found = answer(own, "nbtrack", "nbtrack", model)
    assert isinstance(found, list), found
    exact = {"function": [1, 4, 9], "stream": ["one", "two"], "code": ["1.2 mm"], "loader": ["hello you"]}
    assert found == exact.get(model, found)


@needs_mlflow
@pytest.mark.parametrize("model", _MODELS)
def test_mlflow_predicts_the_same_with_what_nbtrack_saved(both: Path, model: str) -> None:
    assert answer(both, "nbtrack", "mlflow", model) == answer(both, "nbtrack", "nbtrack", model)


@needs_mlflow
@pytest.mark.parametrize("model", _MODELS)
def test_what_mlflow_saved_predicts_the_same_here(both: Path, model: str) -> None:
    assert answer(both, "mlflow", "nbtrack", model) == answer(both, "mlflow", "mlflow", model)
    assert answer(both, "mlflow", "nbtrack", model) == answer(both, "nbtrack", "nbtrack", model)


@needs_mlflow
@pytest.mark.parametrize("model", _MODELS)
def test_both_say_the_same_of_a_model(both: Path, model: str) -> None:
    ours, theirs = (Model.load(both / library / model) for library in ("nbtrack", "mlflow"))
    hinted = "is_signature_from_type_hint"
    assert ours.extra.get(hinted, False) == theirs.extra.get(hinted, False)
    assert ours.flavors["python_function"]["streamable"] == theirs.flavors["python_function"]["streamable"]
    if model not in ("pydantic", "loader", "code"):
        assert (ours.signature and ours.signature.to_dict()) == (theirs.signature and theirs.signature.to_dict())


@needs_mlflow
def test_a_pickle_of_mlflow_s_says_what_it_needs_where_mlflow_is_not(both: Path) -> None:
    code = (
        "import sys; sys.modules['mlflow'] = None\n"
        "from nbtrack import pyfunc\n"
        f"try: pyfunc.load_model({str(both / 'mlflow' / 'add_n')!r})\n"
        "except Exception as error: print(type(error).__name__, error)\n"
    )
    environment = {**os.environ, "NBTRACK_KEY_DIR": str(both / "key"), "NBTRACK_ALLOW_PICKLE": "always"}
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, env=environment)
    assert "made of MLflow's classes, and mlflow is not installed here: pip install mlflow-skinny" in told.stdout
