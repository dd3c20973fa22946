from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from nbtrack.cli import main
from tests.transfer.mlruns import write_runs


def call(store: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["--store", str(store), *arguments])


def test_runs_go_from_mlflow_through_an_archive_into_another_store(tmp_path: Path) -> None:
    write_runs(tmp_path / "mlruns", 3, "1 0.5 0\n")
    imported = call(tmp_path / "a", "import", str(tmp_path / "mlruns"))
    assert imported.exit_code == 0, imported.output
    assert "Copied 1 experiment, 3 runs, 3 points" in imported.output
    exported = call(tmp_path / "a", "export", str(tmp_path / "all.zip"), "--filter", "metrics.loss < 1", "--json")
    assert json.loads(exported.stdout)["came"]["run"] == 3
    again = call(tmp_path / "b", "import", str(tmp_path / "all.zip"), "--dry-run")
    assert "Would copy 1 experiment, 3 runs" in again.output
    merged = call(tmp_path / "b", "merge", str(tmp_path / "a"), "--json")
    document = json.loads(merged.stdout)
    assert (document["came"]["run"], document["left_out"], document["dry_run"]) == (3, [], False)
    assert "Already there" in call(tmp_path / "b", "merge", str(tmp_path / "a")).output


def test_runs_are_exported_by_name(tmp_path: Path) -> None:
    run_ids = [folder.name for folder in write_runs(tmp_path / "mlruns", 3, "1 0.5 0\n")]
    call(tmp_path / "a", "import", str(tmp_path / "mlruns"))
    target = tmp_path / "two.zip"
    exported = call(tmp_path / "a", "runs", "export", *run_ids[:2], str(target), "--no-artifacts", "--json")
    assert json.loads(exported.stdout)["came"]["run"] == 2
    assert "2 runs" in call(tmp_path / "b", "import", str(target)).output
    unknown = call(tmp_path / "a", "runs", "export", "nope", str(tmp_path / "none.zip"))
    assert unknown.exit_code == 1 and "nope" in unknown.output and not (tmp_path / "none.zip").exists()


def test_what_was_left_out_is_told_and_the_exit_code_says_so(tmp_path: Path) -> None:
    first, _ = write_runs(tmp_path / "mlruns", 2, "1 0.5 0\n")
    (first / "meta.yaml").write_text("{")
    answer = call(tmp_path / "a", "import", str(tmp_path / "mlruns"))
    assert answer.exit_code == 1
    assert f"Left out (1):\n  run {first.name}:" in answer.output
    document = json.loads(call(tmp_path / "a", "import", str(tmp_path / "mlruns"), "--json").stdout)
    assert [item["name"] for item in document["left_out"]] == [first.name]
    assert document["already_here"]["unchanged run"] == 1
    rechecked = json.loads(call(tmp_path / "a", "import", str(tmp_path / "mlruns"), "--recheck", "--json").stdout)
    assert (rechecked["already_here"]["run"], rechecked["already_here"]["point"]) == (1, 1)


def test_since_takes_an_age_or_a_date(tmp_path: Path) -> None:
    write_runs(tmp_path / "mlruns", 1, "1 0.5 0\n")  # it started in 1970
    for since, count in (("2w", 0), ("2025-03-01", 0), ("1969-12-31", 1)):
        answer = call(tmp_path / "a", "import", str(tmp_path / "mlruns"), "--since", since, "--dry-run", "--json")
        assert json.loads(answer.stdout)["came"].get("run", 0) == count
    wrong = call(tmp_path / "a", "import", str(tmp_path / "mlruns"), "--since", "lately")
    assert wrong.exit_code == 2
    assert "7d or 12h" in wrong.output


def test_a_mistake_is_one_message(tmp_path: Path) -> None:
    for arguments in (("import", "nowhere"), ("merge", "nowhere"), ("export", str(tmp_path / "x.zip"))):
        answer = call(tmp_path / arguments[0], *arguments)
        assert answer.exit_code == 1
        assert answer.output.startswith("Error: ")
        assert "Traceback" not in answer.output


def test_a_source_that_cannot_be_read_leaves_no_store_behind(tmp_path: Path) -> None:
    write_runs(tmp_path / "mlruns", 1, "1 0.5 0\n")
    (tmp_path / "notes.txt").write_text("hello")
    for arguments in (
        ("import", "nowhere"),
        ("import", str(tmp_path / "notes.txt")),
        ("import", "http://127.0.0.1:9"),
        ("import", str(tmp_path / "mlruns"), "--experiment", "beer"),
        ("merge", "nowhere"),
        ("merge", "http://127.0.0.1:9"),
    ):
        answer = call(tmp_path / "new", *arguments)
        assert answer.exit_code == 1, answer.output
        assert not (tmp_path / "new").exists(), arguments


def test_a_dry_run_makes_no_store(tmp_path: Path) -> None:
    write_runs(tmp_path / "mlruns", 1, "1 0.5 0\n")
    call(tmp_path / "a", "import", str(tmp_path / "mlruns"))
    for arguments in (("import", str(tmp_path / "mlruns")), ("merge", str(tmp_path / "a"))):
        answer = call(tmp_path / "new", *arguments, "--dry-run")
        assert answer.exit_code == 0, answer.output
        assert answer.output.startswith("Would copy 1 experiment, 1 run, 1 point")
        assert f"to {tmp_path / 'new'}." in answer.output
        assert not (tmp_path / "new").exists()


def test_a_format_for_a_server_is_refused(tmp_path: Path) -> None:
    write_runs(tmp_path / "mlruns", 1, "1 0.5 0\n")
    call(tmp_path / "a", "import", str(tmp_path / "mlruns"))
    answer = call(tmp_path / "a", "export", "http://127.0.0.1:9", "--format", "mlflow")
    assert answer.exit_code == 1
    assert "Leave out --format mlflow" in answer.output


def test_a_model_of_a_run_makes_no_store(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("a,target\n1,0\n")
    data = ("-d", str(tmp_path / "data.csv"), "-t", "target")
    for uri in ("runs:/aaaa/model", "models:/tree/1"):
        for arguments in (("models", "serve", "-m", uri), ("trust", uri), ("evaluate", "-m", uri, *data)):
            answer = call(tmp_path / "new", *arguments)
            assert answer.exit_code == 1
            assert "There is no store at" in answer.output
            assert not (tmp_path / "new").exists(), arguments
