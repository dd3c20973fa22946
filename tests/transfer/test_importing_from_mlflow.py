from __future__ import annotations

import math
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from nbtrack.entities import Run
from nbtrack.errors import InvalidInput, NotAStore
from nbtrack.store import RunQuery, Store
from nbtrack.transfer import Choice, import_into
from nbtrack.transfer.points_here import MAX_POINTS
from tests.transfer.mlruns import write_runs

KINDS = ["files", "database"]
CLIPPED = 1.7976931348623157e308


def runs_by_name(store: Store, lifecycle: str | None = None) -> dict[str, Run]:
    return {run.info.run_name: run for run in store.runs.search(RunQuery(lifecycle=lifecycle)).runs}


def values(store: Store, run: Run, key: str) -> list[tuple[int, float]]:
    return [(point.step, point.value) for point in store.metrics.history(run.info.run_id, key).points]


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_comes_with_all_that_was_logged(kind: str, by_mlflow: Callable[[str], Path], here: Store) -> None:
    report = import_into(here, str(by_mlflow(kind)))
    assert report.left_out == []
    run = runs_by_name(here)["parent 🦌"]
    assert run.data.params == {"depth": "8", "a/b c:d": "x\ny", "empty": ""}
    assert run.data.tags["k 1"] == "v'\"`"
    assert run.data.tags["mlflow.note.content"] == "a note"
    assert (run.info.status, run.info.lifecycle_stage) == ("FINISHED", "active")
    assert run.info.end_time is not None and run.info.end_time > run.info.start_time
    (item,) = run.inputs.dataset_inputs
    assert (item.dataset.name, item.context, item.tags) == ("train", "training", {"t": "1"})
    assert "mlflow_colspec" in item.dataset.schema_document
    assert here.artifacts.local_path(run.info.run_id, "notes/hello.txt").read_text() == "hello"
    child = here.runs.children(run.info.run_id)
    assert [summary.name for summary in child] == ["child"]
    experiment = here.experiments.get(run.info.experiment_id)
    assert (experiment.name, experiment.tags["owner"]) == ("wine", "ada 🦌")


@pytest.mark.parametrize("kind", KINDS)
def test_histories_come_with_their_order_and_their_exact_values(
    kind: str, by_mlflow: Callable[[str], Path], here: Store
) -> None:
    report = import_into(here, str(by_mlflow(kind)))
    run = runs_by_name(here)["parent 🦌"]
    # MLflow's database keeps one of two equal points, its files both.
    repeated = [(3, 0.4)] * (3 if kind == "files" else 2)
    assert values(here, run, "loss") == [(0, 0.9), *repeated, (5, 0.1)]
    assert math.isnan(run.data.metrics["train/nan"])
    assert run.data.metrics["tiny"] == 5e-324
    # MLflow's database clips infinities.
    assert run.data.metrics["inf"] == (math.inf if kind == "files" else CLIPPED)
    assert [note.kind for note in report.notes] == ([] if kind == "files" else ["points"])


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_deleted_or_still_runs_stays_so(kind: str, by_mlflow: Callable[[str], Path], here: Store) -> None:
    import_into(here, str(by_mlflow(kind)))
    runs = runs_by_name(here)
    assert runs["dead"].info.lifecycle_stage == "deleted"
    assert runs["dead"].data.metrics == {"x": 1.0}
    assert runs["running"].info.status == "RUNNING"
    gone = next(each for each in here.experiments.list(lifecycle="deleted") if each.name == "gone")
    (of_gone,) = [run for run in runs.values() if run.info.experiment_id == gone.experiment_id]
    assert (of_gone.info.lifecycle_stage, of_gone.data.params) == ("deleted", {"p": "1"})


@pytest.mark.parametrize("kind", KINDS)
def test_models_and_the_registry_come_too(kind: str, by_mlflow: Callable[[str], Path], here: Store) -> None:
    import_into(here, str(by_mlflow(kind)))
    run = runs_by_name(here)["parent 🦌"]
    (model,) = here.models.of_run(run.info.run_id)
    assert (model.name, model.params["solver"], model.status, model.flavor) == ("model", "lbfgs", "READY", "sklearn")
    assert model.size_bytes > 500
    assert [output.model_id for output in run.outputs.model_outputs] == [model.model_id]
    assert here.artifacts.local_path(model.model_id, "MLmodel").is_file()
    registered = here.registry.get("wine-model")
    assert (registered.description, registered.tags, registered.aliases) == (
        "described",
        {"task": "cls"},
        {"champion": "1"},
    )
    (version,) = registered.versions
    assert version.source == f"models:/{model.model_id}"
    assert (version.description, version.tags, version.current_stage) == ("version described", {"v": "ok"}, "Staging")
    assert (version.run_id, version.model_id) == (run.info.run_id, model.model_id)


@pytest.mark.parametrize("kind", KINDS)
def test_importing_again_doubles_nothing_and_says_what_was_here(
    kind: str, by_mlflow: Callable[[str], Path], here: Store
) -> None:
    folder = by_mlflow(kind)
    first = import_into(here, str(folder))
    again = import_into(here, str(folder), is_recheck=True)
    assert sum(again.came.values()) == 0
    for counted in ("run", "point", "artifact", "model", "registered model", "model version"):
        assert again.already_here[counted] == first.came[counted] > 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_dry_run_counts_the_same_and_writes_nothing(kind: str, by_mlflow: Callable[[str], Path], here: Store) -> None:
    folder = by_mlflow(kind)
    dry = import_into(here, str(folder), is_dry_run=True)
    assert runs_by_name(here) == {}
    assert [each.name for each in here.experiments.list(lifecycle=None)] == ["Default"]
    assert dry.came == import_into(here, str(folder)).came


def test_what_was_logged_since_is_added(by_mlflow: Callable[[str], Path], here: Store) -> None:
    folder = by_mlflow("files")
    import_into(here, str(folder))
    run = runs_by_name(here)["running"]
    place = folder / "mlruns" / "0" / run.info.run_id
    (place / "metrics").mkdir(exist_ok=True)
    (place / "metrics" / "late").write_text("7 0.5 1\n8 0.25 2\n")
    (place / "params").mkdir(exist_ok=True)
    (place / "params" / "depth").write_text("3")
    meta = place / "meta.yaml"
    meta.write_text(meta.read_text().replace("end_time: null", "end_time: 99").replace("status: 1", "status: 3"))
    report = import_into(here, str(folder))
    assert (report.came["updated run"], report.came["point"], report.came["param"]) == (1, 2, 1)
    run = here.runs.get(run.info.run_id)
    assert (run.info.status, run.info.end_time, run.data.params) == ("FINISHED", 99, {"depth": "3"})
    assert values(here, run, "late") == [(1, 0.5), (2, 0.25)]


def test_short_and_long_histories_that_grew_since_are_brought_up_to_date(here: Store, tmp_path: Path) -> None:
    root = tmp_path / "mlruns"
    short = "1 0.5 0\n2 nan 1\n3 inf 2\n"
    folders = write_runs(root, 5, short)
    long = "".join(f"{n} {n / 7} {n}\n" for n in range(MAX_POINTS + 10))
    (folders[1] / "metrics" / "loss").write_text(long)
    import_into(here, str(root))
    for folder in folders[1:3]:
        with (folder / "metrics" / "loss").open("a") as file:
            file.write("90000 0.25 90000\n90000 0.25 90000\n")
    report = import_into(here, str(root))
    assert (report.came["updated run"], report.came["point"], report.already_here["unchanged run"]) == (2, 4, 3)
    assert report.already_here["point"] == MAX_POINTS + 10 + 3
    totals = [here.metrics.history(folder.name, "loss").total for folder in folders]
    assert totals == [3, MAX_POINTS + 12, 5, 3, 3]
    assert sum(import_into(here, str(root)).came.values()) == 0


def test_a_param_that_differs_stays_as_it_is_here_and_is_told(by_mlflow: Callable[[str], Path], here: Store) -> None:
    folder = by_mlflow("files")
    import_into(here, str(folder))
    (param,) = folder.glob("mlruns/*/*/params/depth")
    param.write_text("9")
    report = import_into(here, str(folder))
    assert [note.reason for note in report.notes] == ["param 'depth' is '9' there and stays '8' here"]
    assert runs_by_name(here)["parent 🦌"].data.params["depth"] == "8"


def test_experiments_of_the_same_name_are_joined_and_that_is_said(
    by_mlflow: Callable[[str], Path], here: Store
) -> None:
    wine = here.experiments.create("wine", tags={"owner": "bob"})
    report = import_into(here, str(by_mlflow("database")), choice=Choice(experiments=("wine",)))
    assert ("experiment", "wine") in {(note.kind, note.name) for note in report.notes}
    assert here.experiments.run_counts() == {wine.experiment_id: 2}
    assert here.experiments.get(wine.experiment_id).tags["owner"] == "bob"


def test_only_what_was_chosen_comes(by_mlflow: Callable[[str], Path], here: Store) -> None:
    folder = by_mlflow("files")
    report = import_into(here, str(folder), choice=Choice(experiments=("gone",)), with_artifacts=False)
    assert (report.came["run"], report.came["artifact"], report.came["registered model"]) == (1, 0, 0)
    with pytest.raises(InvalidInput, match="no experiment 'beer'; it has 'Default', 'gone', 'wine'"):
        import_into(here, str(folder), choice=Choice(experiments=("beer",)))
    assert import_into(here, str(folder), choice=Choice(since_ms=2**50)).came["run"] == 0


def test_damaged_runs_are_named_and_the_others_come(by_mlflow: Callable[[str], Path], here: Store) -> None:
    root = by_mlflow("files") / "mlruns"
    first, last = (meta.parent for meta in root.glob("[1-9]*/*/meta.yaml") if "parent" not in meta.read_text())
    (first / "meta.yaml").write_text("run_id: [")
    (last / "meta.yaml").unlink()
    report = import_into(here, str(root))
    assert {(item.kind, item.name) for item in report.left_out} == {("run", first.name), ("run", last.name)}
    assert report.came["run"] == 3


@pytest.mark.parametrize("cut", [100, 5000, 100_000])
def test_a_database_that_is_cut_off_is_no_crash(cut: int, by_mlflow: Callable[[str], Path], here: Store) -> None:
    file = by_mlflow("database") / "mlflow.db"
    file.write_bytes(file.read_bytes()[:cut])
    with pytest.raises((InvalidInput, NotAStore), match=r"mlflow\.db|The table"):
        import_into(here, str(file))


def test_columns_and_tables_of_older_versions_may_be_missing(by_mlflow: Callable[[str], Path], here: Store) -> None:
    file = by_mlflow("database") / "mlflow.db"
    with sqlite3.connect(file) as connection:
        for table in ("inputs", "input_tags", "datasets", "experiment_tags", "registered_model_aliases"):
            connection.execute(f"DROP TABLE {table}")
        connection.execute("DROP INDEX IF EXISTS idx_experiments_workspace_creation_time")
        for column in ("creation_time", "last_update_time"):
            connection.execute(f"ALTER TABLE experiments DROP COLUMN {column}")
        connection.execute("CREATE TABLE old AS SELECT key, value, timestamp, run_uuid FROM metrics")
        connection.execute("DROP TABLE metrics")
        connection.execute("ALTER TABLE old RENAME TO metrics")
    connection.close()
    report = import_into(here, str(file))
    assert report.left_out == []
    assert values(here, runs_by_name(here)["child"], "loss") == [(0, 1.0)]


def test_what_is_no_source_is_named(here: Store, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / "empty").mkdir()
    with sqlite3.connect(tmp_path / "other.db") as connection:
        connection.execute("CREATE TABLE recipes (name)")
    connection.close()
    for place, message in (
        ("nowhere", "nothing at"),
        ("notes.txt", "of no kind"),
        ("empty", "holds no runs"),
        ("other.db", "no database of MLflow: it has no table experiments"),
    ):
        with pytest.raises((InvalidInput, NotAStore), match=message):
            import_into(here, str(tmp_path / place))


@pytest.mark.parametrize("place", ["wandb", "wandb/offline-run-20260101_120000-abc", "wandb/latest-run/run-abc.wandb"])
def test_who_has_offline_runs_of_wandb_is_told_how_they_come(place: str, here: Store, tmp_path: Path) -> None:
    folder = tmp_path / "wandb" / "offline-run-20260101_120000-abc"
    folder.mkdir(parents=True)
    (folder / "run-abc.wandb").write_bytes(b":W&B\xe1\xbe\0")
    (tmp_path / "wandb" / "latest-run").symlink_to(folder)
    with pytest.raises(NotAStore, match=r"`wandb sync .*`\. Then log here what wandb\.Api\(\)"):
        import_into(here, str(tmp_path / place))


HISTORY = (
    '[{"run_id": "RUN", "artifact_path": "model", "utc_time_created": "2024-11-23 17:26:57.615749", '
    '"model_uuid": "9ff9194452e44f299f47f5b20c31d2e1", "flavors": {"python_function": {"env": {}}, "sklearn": {}}}]'
)
"""As MLflow 2.22 writes it."""


def test_models_that_older_versions_kept_in_a_tag_come_too(
    by_mlflow: Callable[[str], Path], here: Store, tmp_path: Path
) -> None:
    (folder,) = write_runs(tmp_path / "mlruns", 1, "1 0.5 0\n")
    (folder / "tags" / "mlflow.log-model.history").write_text(HISTORY)
    database = by_mlflow("database") / "mlflow.db"
    with sqlite3.connect(database) as connection:
        renamed = HISTORY.replace("9ff9", "aaaa")
        insert = "INSERT INTO tags SELECT 'mlflow.log-model.history', ?, run_uuid FROM runs WHERE name = 'child'"
        connection.execute(insert, (renamed,))
    connection.close()
    for place in (tmp_path / "mlruns", database):
        report = import_into(here, str(place))
        assert report.left_out == []
    for name in ("a run", "child"):
        (model,) = here.models.of_run(runs_by_name(here)[name].info.run_id)
        assert (model.path, model.flavor, model.created_at_ms) == ("model", "sklearn", 1732382817615)


@pytest.mark.parametrize("text", ["{", "[1]", "{}x", '[{"artifact_path": 1}]', "[" * 100_000])
def test_a_tag_that_names_no_models_is_told(text: str, here: Store, tmp_path: Path) -> None:
    (folder,) = write_runs(tmp_path / "mlruns", 1, "1 0.5 0\n")
    (folder / "tags" / "mlflow.log-model.history").write_text(text)
    report = import_into(here, str(tmp_path / "mlruns"))
    assert [item.kind for item in report.left_out] == ["model"]
    assert report.came["run"] == 1
