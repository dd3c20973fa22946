from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

import nbtrack
from nbtrack.cli import main
from nbtrack.store import Store


@pytest.fixture
def model_uri(store: Store, tmp_path: Path) -> str:
    X, y = load_iris(return_X_y=True, as_frame=True)
    X.assign(species=y).to_csv(tmp_path / "iris.csv", index=False)
    with nbtrack.start_run(run_name="iris"):
        return nbtrack.sklearn.log_model(LogisticRegression(max_iter=500).fit(X, y), "model").model_uri


def call(tmp_path: Path, *arguments: str):
    return CliRunner().invoke(main, ["--store", str(tmp_path / ".nbtrack"), *arguments])


def test_trust_shows_what_a_pickle_of_another_name_imports(tmp_path: Path) -> None:
    nbtrack.sklearn.save_model(LogisticRegression().fit([[0], [1]], [0, 1]), tmp_path / "model")
    document = tmp_path / "model" / "MLmodel"
    document.write_text(document.read_text().replace("model.skops", "weights.bin"))
    (tmp_path / "model" / "weights.bin").write_bytes(b"cos\nsystem\n(S'true'\ntR.")
    (tmp_path / "model" / "notes").write_bytes(b"\x80\x04cposix\nfork\n.")
    answer = CliRunner().invoke(main, ["trust", str(tmp_path / "model")], input="n\n")
    assert "weights.bin would import:\n  os.system\n" in answer.output
    assert "notes would import:\n  posix.fork\n" in answer.output
    asked = json.loads(CliRunner().invoke(main, ["trust", str(tmp_path / "model"), "--json"]).stdout)
    assert asked["imports"]["weights.bin"] == ["os.system"]


def test_runs_are_listed(model_uri: str, tmp_path: Path) -> None:
    answer = call(tmp_path, "runs", "list")
    assert answer.exit_code == 0
    assert "iris" in answer.output
    assert "No runs" in call(tmp_path, "runs", "list", "-f", "metrics.x > 1").output


def test_a_model_is_evaluated_on_a_file_and_the_result_is_on_its_run(model_uri: str, tmp_path: Path) -> None:
    answer = call(
        tmp_path, "evaluate", "-m", model_uri, "-d", str(tmp_path / "iris.csv"), "-t", "species", "--no-explain"
    )
    assert answer.exit_code == 0, answer.output
    again = call(
        tmp_path,
        "evaluate",
        "-m",
        model_uri,
        "-d",
        str(tmp_path / "iris.csv"),
        "-t",
        "species",
        "--no-explain",
        "--json",
    )
    assert json.loads(again.stdout)["metrics"]["accuracy_score"] > 0.9
    run = nbtrack.get_run(model_uri.split("/")[1])
    assert run.data.metrics["accuracy_score"] > 0.9
    assert [item.context for item in run.inputs.dataset_inputs] == ["evaluation"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("evaluate", "-m", "runs:/nope/model", "-d", "x.csv", "-t", "y"), "There is no file"),
        (("evaluate", "-m", "runs:/nope/model", "-d", "x.doc", "-t", "y"), "of no kind"),
        (("models", "serve", "-m", "models:/beer/1"), "registered model 'beer'"),
        (("models", "serve", "-m", "runs:/nope/model"), "No run 'nope'"),
        (("runs", "list", "-f", "metrics.x = 'a'"), "without quotes"),
    ],
)
def test_a_mistake_is_one_message_without_a_traceback(
    store: Store, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    answer = call(tmp_path, *arguments)
    assert answer.exit_code == 1
    assert message in answer.output
    assert "Traceback" not in answer.output


def test_the_module_is_the_command(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "nbtrack", "--version"]
    assert "0.1.0" in subprocess.run(command, capture_output=True, text=True, check=True).stdout
