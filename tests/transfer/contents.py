"""Filling a store with some of everything, and reading all that a store holds."""

from __future__ import annotations

import math
import uuid
from typing import Any

from nbtrack.entities import (
    Batch,
    CellExecution,
    ColumnSchema,
    Dataset,
    DatasetInput,
    Environment,
    LoggedModel,
    Metric,
    ModelMetric,
    NewRun,
    RunOrigin,
    RunStatus,
    Session,
    Stage,
)
from nbtrack.store import NewVersion, Store, boot_id, host_name, process_started_at_ms

VALUES = [0.5, math.nan, math.inf, -math.inf, 5e-324, 1e308, 0.1 + 0.2]


def fill(store: Store) -> list[str]:
    """Write experiments, runs of two groups, models and versions; return the ids of the runs, the oldest first."""
    wine = store.experiments.create("wine", tags={"owner": "ada 🦌"})
    gone = store.experiments.create("gone", tags={})
    session = Session(uuid.uuid4().hex, host_name(), boot_id(), 1, process_started_at_ms(1) or 0, 5, "a.ipynb")
    store.sessions.open(session)
    cell = CellExecution(uuid.uuid4().hex, session.session_id, "fit()", 10, "ok", "c1", "a.ipynb", 3, 1.5, 1.0, 99)
    dataset = DatasetInput(Dataset("X", "abc", (10, 2), (ColumnSchema("a", "double"),), "s"), "training", {"k": "v"})
    points = [Metric("loss", value, 100 + step, step) for step, value in enumerate(VALUES)]
    # Logged in another order than that of the steps, and twice.
    points += [Metric("loss", 0.25, 90, 3), Metric("loss", 0.25, 90, 3), Metric("acc", 1.0, 1, -5)]
    full = Batch(
        tuple(points),
        {"depth": "8", "🦌": "x\ny"},
        {"note": "a"},
        (dataset,),
        environment=Environment("e" * 64, "3.12", "linux", {"numpy": "2.0"}),
        cell=cell,
    )
    group = uuid.uuid4().hex
    ids = [uuid.uuid4().hex for _ in range(4)]
    of_cell = {"session_id": session.session_id, "group_id": group, "cell_id": "c1", "notebook": "a.ipynb"}
    store.runs.create([NewRun(ids[0], "first", wine.experiment_id, 10, RunOrigin.CELL, "ada", **of_cell, batch=full)])
    store.runs.create([NewRun(ids[1], "second", wine.experiment_id, 20, RunOrigin.CELL, "ada", **of_cell)])
    store.runs.log(ids[0], Batch(status=RunStatus.FINISHED, ended_at_ms=30))
    store.runs.log(ids[1], Batch(status=RunStatus.FAILED, ended_at_ms=31))
    store.runs.create([NewRun(ids[2], "child", gone.experiment_id, 40, parent_run_id=ids[0])])
    store.runs.create([NewRun(ids[3], "deleted", "0", 50, batch=Batch(params={"p": "1"}))])
    store.experiments.delete(gone.experiment_id)
    store.runs.delete([ids[3]])
    store.artifacts.put_bytes(ids[0], "a/b.txt", b"hello")
    store.artifacts.put_bytes(ids[0], "model/MLmodel", b"flavors: {}")
    register(store, ids[0], wine.experiment_id)
    return ids


def register(store: Store, run_id: str, experiment_id: str) -> None:
    """Log a model in its run and one with a place of its own, and register both."""
    inside = LoggedModel(f"m-{uuid.uuid4().hex}", run_id, "model", "model", "sklearn", 10, 60)
    measured = ModelMetric(f"m-{uuid.uuid4().hex}", "loss", math.nan, 70, 2, run_id, "X", "abc")
    apart = LoggedModel(
        measured.model_id,
        run_id,
        "",
        "apart",
        "sklearn",
        11,
        61,
        experiment_id=experiment_id,
        params={"a": "1"},
        tags={"t": "2"},
        metrics=(measured,),
    )
    store.runs.log(run_id, Batch(models=(inside,)))
    store.models.create(apart)
    store.artifacts.put_bytes(apart.model_id, "MLmodel", b"flavors: {}")
    first = store.registry.create_version(NewVersion("tree", inside.model_uri, 80, run_id, description="d"))
    second = store.registry.create_version(
        NewVersion("tree", apart.model_uri, 81, run_id, apart.model_id, tags={"ok": "yes"})
    )
    store.registry.set_alias("tree", "champion", first.version, at_ms=82)
    store.registry.set_stage("tree", second.version, Stage.PRODUCTION, at_ms=83)


def contents(store: Store) -> dict[str, Any]:
    """Return all that a store holds, in a form that compares: NaN equals itself."""
    assert store.records is not None
    found: dict[str, Any] = {"registry": {model.name: repr(model) for model in store.registry.list()}}
    for experiment in store.experiments.list(lifecycle=None):
        experiment_id = experiment.experiment_id
        is_default = experiment_id == "0"  # every store makes its own
        found[experiment_id] = experiment.name if is_default else repr(experiment)
        for record in store.records.page(experiment_id):
            found[record.run_id] = repr(record)
            found[f"points of {record.run_id}"] = repr(list(store.records.points(record.run_id)))
            found[f"summaries of {record.run_id}"] = repr(store.metrics.summaries(record.run_id))
            found[f"files of {record.run_id}"] = files(store, record.run_id)
        for model in store.records.models(experiment_id):
            found[model.model_id] = repr(model)
            found[f"files of {model.model_id}"] = files(store, model.model_id)
    return found


def files(store: Store, owner_id: str, path: str = "") -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for entry in store.artifacts.list(owner_id, path):
        if entry.is_dir:
            found |= files(store, owner_id, entry.path)
        else:
            found[entry.path] = store.artifacts.local_path(owner_id, entry.path).read_bytes()
    return found
