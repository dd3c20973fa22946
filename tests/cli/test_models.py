from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from click.shell_completion import ShellComplete
from sklearn.linear_model import LogisticRegression

import nbtrack
from nbtrack.cli import main
from nbtrack.entities import Dataset
from nbtrack.store import Store
from tests.cli.calling import asked, call


@pytest.fixture
def rows() -> pd.DataFrame:
    return pd.DataFrame({"x": [0.0, 1.0, 0.0, 1.0], "y": [0, 1, 0, 1]})


@pytest.fixture
def model_uri(store: Store, rows: pd.DataFrame) -> str:
    """Give a model of a run, with what was measured of it."""
    with nbtrack.start_run():
        model = LogisticRegression().fit(rows[["x"]], rows.y)
        made = nbtrack.sklearn.log_model(model, "model", input_example=rows[["x"]])
        measured = {"accuracy_score": 1.0, "recall_score": 1.0}
        nbtrack.log_metrics(measured, model_id=made.model_id, dataset=Dataset("test", "d1"))
    return made.model_uri


def test_a_model_is_registered_shown_aliased_copied_renamed_and_deleted(model_uri: str) -> None:
    assert call("models", "list").output.startswith("No registered models")
    made = asked("models", "register", model_uri, "churn", "-t", "team=a=b", "-d", "first")["registered"]
    assert (made["version"], made["tags"], made["description"]) == ("1", {"team": "a=b"}, "first")
    assert call("models", "register", "models:/churn/1", "churn").output == "Registered: version 2 of churn.\n"
    assert asked("models", "alias", "churn", "latest", "champion")["aliased"]["aliases"] == ["champion"]
    assert asked("models", "show", "churn", "@champion")["version"] == "2"
    metrics = {each["key"]: each["value"] for each in asked("models", "show", "churn", "1")["metrics"]}
    assert metrics["accuracy_score"] == 1.0
    assert "accuracy_score" in call("models", "show", "churn", "1").output
    shown = call("models", "show", "churn").output
    assert "champion" in shown
    assert "first" in shown
    assert "champion: 2" in call("models", "list").output
    assert asked("models", "copy", "churn", "@champion", "eu")["copied"]["name"] == "eu"
    assert call("models", "rename", "eu", "europe").exit_code == 0
    assert [each["name"] for each in asked("models", "list", "-f", "name LIKE 'e%'")["registered_models"]] == ["europe"]
    assert call("models", "unalias", "churn", "champion").output == (
        "Unaliased: version 2 of churn is no longer champion.\n"
    )
    asking = call("models", "delete", "churn", answer="n\n")
    assert "Delete churn and its 2 versions?" in asking.stderr
    assert call("models", "delete", "churn", "2", "-y").exit_code == 0
    assert asked("models", "delete", "churn", "--yes")["deleted"] == {"name": "churn", "versions": 1}


def test_a_version_is_promoted_if_it_is_good_enough(model_uri: str) -> None:
    call("models", "register", model_uri, "churn")
    refused = call("models", "promote", "churn", "1", "-r", "accuracy_score >= 2 and recall > 0.5")
    assert refused.exit_code == 1
    assert (
        "accuracy_score >= 2: found 1 on test (not met)\n  recall > 0.5: not measured; did you mean" in refused.stderr
    )
    assert call("models", "promotions", "churn").output.startswith("No version of churn was promoted")
    promoted = call("models", "promote", "churn", "1", "-r", "accuracy_score >= 0.9", "--reason", "the best")
    assert promoted.output == ("Promoted: version 1 of churn is champion.\n  accuracy_score >= 0.9: found 1 on test\n")
    (told,) = asked("models", "promotions", "churn")["promotions"]
    assert (told["version"], told["alias"], told["reason"]) == ("1", "champion", "the best")
    assert told["findings"][0] | {"run_id": ""} == {
        "requirement": "accuracy_score >= 0.9",
        "is_met": True,
        "value": 1.0,
        "run_id": "",
        "dataset": "test",
        "detail": "",
    }
    assert "the best" in call("models", "promotions", "churn").output
    assert "nbtrack.promotion" not in call("models", "show", "churn", "1").output


def test_rows_of_a_file_are_predicted(model_uri: str, rows: pd.DataFrame, tmp_path: Path) -> None:
    call("models", "register", model_uri, "churn")
    rows[["x"]].to_csv(tmp_path / "rows.csv", index=False)
    rows[["x"]].to_parquet(tmp_path / "rows.parquet")
    (tmp_path / "rows.json").write_text(json.dumps({"dataframe_records": [{"x": 0.0}, {"x": 1.0}]}))
    for name in ("rows.csv", "rows.parquet"):
        assert call("models", "predict", "-m", "models:/churn/1", "-i", str(tmp_path / name)).output == (
            "prediction\n0\n1\n0\n1\n"
        )
    for kind, answer in (("csv", "prediction\n0\n"), ("json", '{"predictions": [0]}\n')):
        given = {"csv": "x\n0.0\n", "json": '{"inputs": [{"x": 0.0}]}'}[kind]
        assert call("models", "predict", "-m", "models:/churn/1", "-t", kind, answer=given).output == answer
    for target in ("out.csv", "out.json", "out.parquet"):
        source, out = str(tmp_path / "rows.json"), tmp_path / target
        answer = call("models", "predict", "-m", "models:/churn/latest", "-i", source, "-o", str(out))
        assert (answer.exit_code, answer.output) == (0, "")
    assert pd.read_csv(tmp_path / "out.csv").prediction.tolist() == [0, 1]
    assert json.loads((tmp_path / "out.json").read_text()) == {"predictions": [0, 1]}
    assert pd.read_parquet(tmp_path / "out.parquet").prediction.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("predict", "-m", "models:/churn/1", "-i", "{rows}", "-o", "out.doc"), "of no kind that can be written"),
        (("predict", "-m", "models:/churn/9", "-i", "{rows}"), "no version '9'"),
        (("predict", "-m", "models:/churn/1", "-i", "{rows}"), "x"),
        (("show", "beer"), "No registered model 'beer'"),
        (("promote", "churn", "1", "-r", "f1 >> 2"), "^"),
        (("alias", "churn", "1", "v3"), "reserved"),
        (("register", "/nowhere", "churn"), "no model at"),
    ],
)
def test_a_mistake_is_one_message(model_uri: str, tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    call("models", "register", model_uri, "churn")
    (tmp_path / "rows.csv").write_text("z\n1\n")
    answer = call("models", *(argument.format(rows=tmp_path / "rows.csv") for argument in arguments))
    assert answer.exit_code == 1
    assert message in answer.stderr
    assert "Traceback" not in answer.output


def test_a_tag_without_a_value_is_refused(model_uri: str) -> None:
    answer = call("models", "register", model_uri, "churn", "-t", "team")
    assert (answer.exit_code, "KEY=VALUE" in answer.stderr) == (2, True)


def test_names_versions_and_aliases_are_completed(model_uri: str, store: Store) -> None:
    call("models", "register", model_uri, "churn")
    nbtrack.promote("churn", 1)

    def offered(*line: str) -> list[str]:
        *before, last = ["--store", store.uri, "models", *line]
        return [item.value for item in ShellComplete(main, {}, "nbtrack", "_X").get_completions(before, last)]

    assert offered("show", "ch") == ["churn"]
    assert offered("show", "churn", "") == ["1", "latest", "@champion"]
    assert offered("show", "beer", "") == []
    assert "promote" in offered("pro")
