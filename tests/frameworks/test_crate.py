from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psutil
import pytest

import nbtrack
from nbtrack.crate import RFunction
from nbtrack.errors import InvalidInput, MalformedModel, ModelError, UnsavableModel, UntrustedModel
from nbtrack.flavors import inspect_model, load_model, load_pyfunc, save_model
from nbtrack.flavors.contract import FlavorContract
from nbtrack.models import SIGNATURE, Model, sign
from tests.frameworks.programs import needs_r, without_programs

pytestmark = needs_r

SCRIPT = """
fitted <- lm(mpg ~ wt + hp, mtcars)
function(data, add = 0) unname(predict(fitted, data)) + add
"""
FRAME = pd.DataFrame({"wt": [2.62, 3.215, 1.0 / 3], "hp": [110, 93, 245]}, index=["a", "b", "c"])
ECHO = "function(data) data"


def rscript(program: str, folder: Path) -> str:
    command = ["Rscript", "--vanilla", "-e", program]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, timeout=60).stdout


@pytest.fixture(scope="module")
def regression() -> RFunction:
    return RFunction.from_source(SCRIPT)


class TestCrate(FlavorContract):
    flavor_name = "crate"
    requirements = frozenset({"nbtrack", "pandas"})

    @pytest.fixture
    def model(self, regression: RFunction) -> Any:
        return regression

    @pytest.fixture
    def given(self) -> Any:
        return FRAME

    @pytest.fixture
    def wanted(self, tmp_path: Path) -> Any:
        rows = "data.frame(wt = c(2.62, 3.215, 1/3), hp = c(110L, 93L, 245L))"
        own = f"writeBin(unname(predict(lm(mpg ~ wt + hp, mtcars), {rows})), 'own')"
        rscript(own, tmp_path)
        return np.fromfile(tmp_path / "own")


@pytest.fixture(autouse=True)
def _key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBTRACK_KEY_DIR", str(tmp_path / "key"))


def test_text_and_files_of_r_are_saved_as_what_they_make(tmp_path: Path) -> None:
    (tmp_path / "model.R").write_text(SCRIPT)
    rscript("f <- function(data) data[['hp']] * 2L; saveRDS(f, 'model.rds')", tmp_path)
    doubled = [220, 186, 490]
    for number, (model, wanted) in enumerate(
        {SCRIPT: None, tmp_path / "model.R": None, str(tmp_path / "model.rds"): doubled}.items()
    ):
        nbtrack.crate.save_model(model, tmp_path / str(number))
        answer = load_pyfunc(tmp_path / str(number)).predict(FRAME)
        assert list(answer) == (wanted or list(load_model(tmp_path / "0")(FRAME)))


def test_values_of_every_kind_pass_through_r_unchanged() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "doubles": np.append(
                rng.normal(size=997) * 10.0 ** rng.integers(-300, 300, 997), [np.inf, -np.inf, 5e-324]
            ),
            "a name of words": np.arange(1000),
            "logicals": rng.random(1000) < 0.5,
            "texts": [f'é "{number}"\n' * (number % 3) for number in range(1000)],
        },
        index=range(5, 1005),
    )
    pd.testing.assert_frame_equal(RFunction.from_source(ECHO)(frame), frame, check_exact=True, check_dtype=False)


def test_missing_values_are_missing_on_both_sides() -> None:
    frame = pd.DataFrame(
        {
            "double": [1.5, np.nan],
            "integer": pd.array([1, None], dtype="Int64"),
            "logical": pd.array([True, None], dtype="boolean"),
            "text": ["a", None],
        }
    )
    count = RFunction.from_source("function(data) vapply(data, function(x) sum(is.na(x)), 1L)")
    assert list(count(frame)) == [1, 1, 1, 1]
    assert RFunction.from_source(ECHO)(frame).isna().sum().tolist() == [1, 1, 1, 1]
    assert len(RFunction.from_source(ECHO)(frame[:0])) == 0


def test_answers_are_arrays_and_frames_as_r_gives_vectors_and_tables() -> None:
    def ask(source: str) -> Any:
        return RFunction.from_source(f"function(data) {source}")(FRAME)

    np.testing.assert_array_equal(ask("unname(as.matrix(data))"), FRAME.to_numpy())
    assert list(ask("as.matrix(data)").index) == ["a", "b", "c"]
    assert list(ask("factor(c('x', 'y', 'x'))")) == ["x", "y", "x"]
    assert list(ask("as.Date('2020-02-29')")) == ["2020-02-29"]
    assert ask("head(data, 1)").to_dict("list") == {"wt": [2.62], "hp": [110]}


def test_arrays_have_the_names_that_r_gives() -> None:
    assert list(RFunction.from_source("function(data) names(data)")(np.zeros((2, 3)))) == ["V1", "V2", "V3"]


def test_params_are_arguments_of_the_function(regression: RFunction, tmp_path: Path) -> None:
    nbtrack.crate.save_model(regression, tmp_path / "m", input_example=(FRAME, {"add": 1.5}))
    loaded = load_pyfunc(tmp_path / "m")
    np.testing.assert_array_equal(loaded.predict(FRAME, {"add": 0.0}) + 1.5, loaded.predict(FRAME))


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("1 + 1", "ends with a numeric"),
        ("function(data", "unexpected end of input"),
        ("stop('no such thing: é')", "R makes no function of this: no such thing: é"),
        ("library(notthere)", "notthere"),
    ],
)
def test_a_script_that_makes_no_function_says_why(source: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(UnsavableModel, match=message):
        nbtrack.crate.save_model(source, tmp_path / "m")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("stop('inside')", "The function of R fails: inside"),
        ("list(1, list(2))", "it returned a list"),
        ("quit(status = 0)", "gave no answer"),
        ("tools::pskill(Sys.getpid(), 9)", "code -9"),
    ],
)
def test_a_function_that_fails_says_why(source: str, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        RFunction.from_source(f"function(data) {source}")(FRAME)


def test_data_that_r_has_no_vector_for_is_refused() -> None:
    echo = RFunction.from_source(ECHO)
    cases = {
        r"'t' of datetime64.*give numbers, booleans or text": {"t": pd.to_datetime(["2020-01-01"])},
        r"would round the column 'n'": {"n": [2**53 + 1]},
        r"NUL": {"s": ["a\0b"]},
    }
    for message, columns in cases.items():
        with pytest.raises(InvalidInput, match=message):
            echo(pd.DataFrame(columns))
    with pytest.raises(InvalidInput, match="one name"):
        echo(pd.DataFrame([[1, 2]], columns=["a", "a"]))


def test_who_takes_too_long_is_ended_with_what_it_started(tmp_path: Path) -> None:
    marker = tmp_path / "child"
    source = f"function(data) {{ system2('sh', c('-c', shQuote('echo $$ > {marker}; exec sleep 300'))); 1 }}"
    nbtrack.crate.save_model(source, tmp_path / "m")
    loaded = load_pyfunc(tmp_path / "m", model_config={"timeout_s": 2})
    with pytest.raises(ModelError, match="longer than 2 s"):
        loaded.predict(FRAME)
    child, deadline = int(marker.read_text()), time.monotonic() + 20
    while psutil.pid_exists(child) and psutil.Process(child).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline


def test_nothing_of_a_strangers_crate_reaches_r(regression: RFunction, tmp_path: Path) -> None:
    save_model(regression, tmp_path / "m")
    (tmp_path / "m" / SIGNATURE).unlink()
    with pytest.raises(UntrustedModel, match="a function of R"):
        load_model(tmp_path / "m")
    assert any("R" in line for line in inspect_model(tmp_path / "m").runs)


def test_a_damaged_crate_is_told_even_where_it_is_trusted(regression: RFunction, tmp_path: Path) -> None:
    save_model(regression, tmp_path / "m")
    for content in (regression.crate[: len(regression.crate) // 2], b"", b"no crate"):
        (tmp_path / "m" / "crate.bin").write_bytes(content)
        sign(tmp_path / "m")
        with pytest.raises(MalformedModel, match="no whole function of R"):
            load_model(tmp_path / "m")
    rscript("saveRDS(serialize(1:3, NULL), 'crate.bin')", tmp_path / "m")
    sign(tmp_path / "m")
    with pytest.raises(MalformedModel, match="a integer and no function"):
        load_model(tmp_path / "m")


def test_without_r_it_says_what_to_install(regression: RFunction, tmp_path: Path) -> None:
    save_model(regression, tmp_path / "m")
    told = without_programs(
        "import sys; from nbtrack.flavors import load_model; load_model(sys.argv[1])", str(tmp_path / "m")
    )
    assert "MissingProgram" in told and "Rscript" in told and "r-base-core" in told


def test_a_crate_of_mlflows_r_client_loads_and_predicts(tmp_path: Path) -> None:
    """As that client writes it; its R package is not on Debian."""
    folder = tmp_path / "m"
    folder.mkdir()
    rscript(
        "e <- new.env(); e$k <- 2.5; f <- eval(quote(function(data) data$wt * k), e);"
        "saveRDS(serialize(structure(f, class = 'crate'), NULL), 'crate.bin')",
        folder,
    )
    (folder / "MLmodel").write_text(
        "time_created: 18-11-20T10:00:00.00\nrun_id: abc\n"
        "flavors:\n  crate:\n    version: 0.1.0\n    model: crate.bin\n"
    )
    with pytest.raises(UntrustedModel):
        load_pyfunc(folder)
    sign(folder)  # as `nbtrack trust` does
    np.testing.assert_array_equal(load_pyfunc(folder).predict(FRAME), FRAME["wt"] * 2.5)


def test_r_reads_what_is_saved_as_mlflows_r_client_does(regression: RFunction, tmp_path: Path) -> None:
    document = save_model(regression, tmp_path / "m")
    assert document.flavors["crate"] == {"version": "0.1.0", "model": "crate.bin"}
    rscript(
        "f <- unserialize(readRDS('crate.bin')); writeBin(f(data.frame(wt = 2.62, hp = 110L)), 'own')", tmp_path / "m"
    )
    np.testing.assert_array_equal(np.fromfile(tmp_path / "m" / "own"), regression(FRAME[:1]))


def test_mlflow_predicts_by_a_crate_where_nbtrack_is_installed(regression: RFunction, tmp_path: Path) -> None:
    pytest.importorskip("mlflow", reason="MLflow is installed by `make test-frameworks`")
    save_model(regression, tmp_path / "m", input_example=FRAME)
    # In a process of its own, where nothing of nbtrack is imported yet.
    program = (
        "import sys, mlflow, numpy, pandas;"
        "model = mlflow.pyfunc.load_model(sys.argv[1]);"
        "model.predict(pandas.read_json(sys.argv[2])).tofile(sys.argv[3])"
    )
    FRAME.to_json(tmp_path / "frame.json", double_precision=15)
    arguments = [str(tmp_path / name) for name in ("m", "frame.json", "answer")]
    environment = {**os.environ, "MLFLOW_TRACKING_URI": (tmp_path / "mlruns").as_uri()}
    command = [sys.executable, "-W", "ignore", "-c", program, *arguments]
    subprocess.run(command, check=True, timeout=100, env=environment)
    wanted = load_pyfunc(tmp_path / "m").predict(pd.read_json(tmp_path / "frame.json"))
    np.testing.assert_array_equal(np.fromfile(tmp_path / "answer"), wanted)
    assert Model.load(tmp_path / "m").flavors["python_function"]["loader_module"] == "nbtrack.crate"
