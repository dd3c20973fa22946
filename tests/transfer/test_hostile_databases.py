from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from nbtrack.errors import NotAStore
from nbtrack.store import RunQuery, Store
from nbtrack.transfer import import_into
from tests.transfer.mlflow_tables import RUN_ID, TABLES, write_database

OF_RUN = f"'{RUN_ID}'"
VERSIONS = "CREATE TABLE model_versions (name TEXT, version, source TEXT, creation_time INTEGER)"
REGISTERED = "CREATE TABLE registered_models (name TEXT, creation_time INTEGER)"
MODELS = "CREATE TABLE logged_models (model_id TEXT, experiment_id INTEGER, name TEXT, source_run_id TEXT)"
MODEL_METRICS = "CREATE TABLE logged_model_metrics (model_id TEXT, metric_name TEXT, metric_value, run_id TEXT)"


@pytest.mark.parametrize("table", ["runs", "metrics", "tags"])
def test_views_are_no_tables(table: str, here: Store, tmp_path: Path) -> None:
    view = f"CREATE VIEW {table} AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n"  # noqa: S608 a name of ours
    write_database(tmp_path / "mlflow.db", view, without=table)
    with pytest.raises(NotAStore, match=f"has no table {table}"):
        import_into(here, str(tmp_path / "mlflow.db"))


@pytest.mark.parametrize(
    ("statements", "left_out"),
    [
        (["INSERT INTO metrics VALUES (x'ff', 0.5, 1, 0, 0, :run)"], ["metric"]),
        (["INSERT INTO metrics VALUES (NULL, 0.5, 1, 0, 0, :run)"], ["metric"]),
        (["INSERT INTO metrics VALUES (7, 0.5, 1, 0, 0, :run)"], []),
        (["INSERT INTO params VALUES (x'ff', x'00', :run)"], ["param"]),
        (
            ["INSERT INTO tags VALUES ('t', x'ff', NULL)", "INSERT INTO tags VALUES ('t', 'a' || char(0), :run)"],
            ["tag"],
        ),
        (["INSERT INTO experiments VALUES ('abc', 'x', 'active')"], ["experiment"]),
        (["INSERT INTO experiments VALUES (2, NULL, 'active')"], ["experiment"]),
        (["INSERT INTO runs VALUES ('../../etc', 'r', 'FINISHED', 1, 2, 'active', 1, NULL)"], ["run"]),
        (["INSERT INTO runs VALUES ('b', 'r', 'FINISHED', 1e300, 2, 'active', 1, NULL)"], ["run"]),
        ([REGISTERED, VERSIONS, "INSERT INTO registered_models VALUES ('m', 1), (x'ff', 1)"], ["registered model"]),
        (
            [
                REGISTERED,
                VERSIONS,
                "INSERT INTO registered_models VALUES ('m', 1)",
                "INSERT INTO model_versions VALUES ('m', 'first', 's', 1), ('m', -1, 's', 1), ('m', 1, 's', 1)",
            ],
            ["model version", "model version"],
        ),
        (
            [
                MODELS,
                MODEL_METRICS,
                "INSERT INTO logged_models VALUES ('m-1', 1, 'a', NULL), ('../../m', 1, 'b', NULL)",
                "INSERT INTO logged_model_metrics VALUES ('m-1', 'loss', 'high', NULL)",
            ],
            ["model", "model"],
        ),
    ],
)
def test_anything_anywhere_is_left_out_and_the_run_comes(
    statements: list[str], left_out: list[str], here: Store, tmp_path: Path
) -> None:
    write_database(tmp_path / "mlflow.db", *(statement.replace(":run", OF_RUN) for statement in statements))
    for _ in range(2):
        report = import_into(here, str(tmp_path / "mlflow.db"))
        assert [item.kind for item in report.left_out] == left_out, report
    assert [run.info.run_id for run in here.runs.search(RunQuery()).runs] == [RUN_ID]


def test_a_table_that_tells_no_order_is_named(here: Store, tmp_path: Path) -> None:
    write_database(
        tmp_path / "mlflow.db",
        f"CREATE TABLE metrics ({TABLES['metrics']}, PRIMARY KEY (key, run_uuid, step)) WITHOUT ROWID",
        ("INSERT INTO metrics VALUES ('loss', 0.5, 1, 0, 0, ?)", (RUN_ID,)),
        without="metrics",
    )
    report = import_into(here, str(tmp_path / "mlflow.db"))
    assert [(item.kind, "no such column: rowid" in item.reason) for item in report.left_out] == [("run", True)]


IMPORT = """
import re, sys
from pathlib import Path
from nbtrack.store import open_store
from nbtrack.transfer import import_into
print(import_into(open_store(sys.argv[1]), sys.argv[2]))
print(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
"""


@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="the system does not tell what memory it took")
@pytest.mark.skipif(sys.version_info < (3, 11), reason="Python can't tell SQLite to take less")
def test_values_without_end_take_no_memory(tmp_path: Path) -> None:
    write_database(tmp_path / "mlflow.db", ("INSERT INTO params VALUES ('p', zeroblob(400000000), ?)", (RUN_ID,)))
    command = [sys.executable, "-c", IMPORT, str(tmp_path / "here"), str(tmp_path / "mlflow.db")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=150, check=True)
    *_, told, peak_kb = done.stdout.splitlines()
    assert "too big" in told
    assert int(peak_kb) < 250_000
