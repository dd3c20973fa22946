"""Runs over HTTP."""

import math
import uuid

import pytest

from nbtrack.entities import (
    Batch,
    CellExecution,
    ColumnSchema,
    Dataset,
    DatasetInput,
    Environment,
    LoggedModel,
    Metric,
    NewRun,
    RunOrigin,
    Session,
)
from nbtrack.entities import tags as run_tags
from nbtrack.store import NewVersion
from tests.server.running import Server


def test_a_run_appears_in_its_experiment_newest_first(server: Server):
    server.run("first")  # without one more there would be no further page
    older, newer = server.run("older"), server.run("newer", params={"depth": "2"}, f1=0.5)
    page = server.api.get("runs", params={"experiment": "0", "limit": 2}).json()
    assert [row["id"] for row in page["runs"]] == [newer, older]
    row = page["runs"][0]
    assert (row["name"], row["status"], row["metrics"], row["nParams"]) == ("newer", "RUNNING", {"f1": 0.5}, 1)
    assert row["isManual"] is True
    rest = server.api.get("runs", params={"experiment": "0", "limit": 2, "cursor": page["cursor"]}).json()
    assert newer not in [row["id"] for row in rest["runs"]]


def test_since_gives_only_what_changed_deleted_runs_too(server: Server):
    untouched, deleted = server.run(), server.run()
    seq = server.api.get("store").json()["seq"]
    server.api.delete(f"runs/{deleted}")
    page = server.api.get("runs", params={"since": seq}).json()
    assert [(row["id"], row["lifecycle"]) for row in page["runs"]] == [(deleted, "deleted")]
    assert page["seq"] == seq + 1
    assert server.api.get("runs", params={"since": page["seq"]}).json()["runs"] == []
    assert untouched


def test_numbers_that_json_lacks_travel_as_text(server: Server):
    run_id = server.run(nan=math.nan, up=math.inf, down=-math.inf)
    row = server.api.get(f"runs/{run_id}").json()["run"]
    assert row["metrics"] == {"nan": "NaN", "up": "Infinity", "down": "-Infinity"}


def test_tags_of_the_notebook_layer_fill_the_row(server: Server):
    run_id = server.run()
    tags = {run_tags.CAPTURE_MS: "12.5", run_tags.FIGURES: "2", run_tags.WARNING: "The model was not kept."}
    server.store.runs.log(run_id, Batch(tags=tags))
    row = server.api.get(f"runs/{run_id}").json()["run"]
    assert (row["captureMs"], row["nFigures"], row["warning"]) == (12.5, 2, "The model was not kept.")


def test_a_run_has_everything_that_its_tab_shows(server: Server):
    session_id, run_id = uuid.uuid4().hex, uuid.uuid4().hex
    server.store.sessions.open(Session(session_id, "elsewhere", "boot", 1, 1, 1, "a/nb.ipynb"))
    new = NewRun(run_id, "cell run", "0", 5, origin=RunOrigin.CELL, notebook="a/nb.ipynb", cell_id="c1")
    server.store.runs.create([new, NewRun(uuid.uuid4().hex, "child", "0", 6, parent_run_id=run_id)])
    server.store.runs.log(
        run_id,
        Batch(
            metrics=tuple(Metric("loss", value, step, step) for step, value in enumerate([3.0, 1.0, 2.0])),
            params={"b": "2", "a": "1"},
            tags={run_tags.GIT_COMMIT: "abc", run_tags.GIT_DIRTY: "true"},
        ),
    )
    data = Dataset("wine", "d1", (10, 2), (ColumnSchema("x", "double"),))
    server.store.runs.log(run_id, Batch(inputs=(DatasetInput(data, "training"),)))
    model = LoggedModel("m1" + run_id, run_id, "model", "clf", "sklearn", 99, 7)
    server.store.runs.log(run_id, Batch(models=(model,)))
    server.store.registry.create_version(NewVersion("Wine", f"runs:/{run_id}/model", 8, run_id=run_id))
    cell = CellExecution(uuid.uuid4().hex, session_id, "a = 1", 5, "ok", "c1")
    server.store.runs.log(run_id, Batch(cell=cell, environment=Environment("e1", "3.11", "Linux", {"numpy": "2.0"})))

    detail = server.api.get(f"runs/{run_id}").json()
    assert detail["params"] == [{"key": "a", "value": "1"}, {"key": "b", "value": "2"}]
    assert detail["metrics"] == [
        {"key": "loss", "last": 2, "lastStep": 2, "first": 3, "min": 1, "max": 3, "count": 3, "bestStep": 1}
    ]
    assert detail["inputs"][0]["schema"] == [{"name": "x", "type": "double"}]
    assert (detail["models"][0]["path"], detail["models"][0]["versions"]) == ("model", ["Wine/1"])
    assert (detail["cells"][0]["source"], detail["cells"][0]["status"]) == ("a = 1", "ok")
    assert detail["environment"] == {
        "python": "3.11",
        "platform": "Linux",
        "packages": {"numpy": "2.0"},
        "gitCommit": "abc",
        "gitDirty": True,
    }
    assert [child["name"] for child in detail["children"]] == ["child"]
    assert detail["experiment"]["name"] == "Default"
    assert detail["run"]["isManual"] is False


def test_a_run_is_renamed_deleted_restored_and_ended(server: Server):
    run_id = server.run()
    assert server.api.patch(f"runs/{run_id}", json={"name": "best"}).status_code == 204
    assert server.api.delete(f"runs/{run_id}").status_code == 204
    assert server.api.post(f"runs/{run_id}/restore", json={}).status_code == 204
    assert server.api.post(f"runs/{run_id}/end", json={"status": "FAILED"}).status_code == 204
    row = server.api.get(f"runs/{run_id}").json()["run"]
    assert (row["name"], row["lifecycle"], row["status"]) == ("best", "active", "FAILED")
    assert row["endedAt"] >= row["startedAt"]
    again = server.api.post(f"runs/{run_id}/end", json={"status": "FINISHED"})
    assert (again.status_code, again.json()["code"]) == (409, "INVALID_STATE")


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "runs/nothing", None, 404),
        ("PATCH", "runs/nothing", {"name": "a"}, 404),
        ("DELETE", "runs/nothing", None, 404),
        ("POST", "runs/nothing/end", {"status": "FINISHED"}, 404),
        ("POST", "runs/nothing/end", {"status": "RUNNING"}, 400),
        ("GET", "runs/nothing/history?key=loss", None, 404),
        ("GET", "runs/nothing/history", None, 400),
        ("GET", "runs?limit=many", None, 400),
        ("GET", "runs?cursor=zzz", None, 400),
        ("GET", "runs?experiment=%ff", None, 400),
        ("GET", "compare?runs=", None, 400),
        ("GET", "compare?runs=nothing", None, 404),
    ],
)
def test_a_mistake_has_the_status_of_its_code(server: Server, method, path, body, status):
    answer = server.api.request(method, path, json=body)
    assert (answer.status_code, answer.json().keys()) == (status, {"code", "message"})


def test_a_long_history_is_thinned_out_but_keeps_its_extremes(server: Server):
    run_id = server.run()
    values = [0.0] * 5_000
    values[1_234], values[4_321] = 9.0, -9.0
    points = tuple(Metric("loss", value, step, step) for step, value in enumerate(values))
    server.store.runs.log(run_id, Batch(metrics=points))
    history = server.api.get(f"runs/{run_id}/history", params={"key": "loss", "max_points": 100}).json()
    assert history["total"] == 5_000
    assert len(history["steps"]) == len(history["values"]) == len(history["times"]) <= 100
    assert {9.0, -9.0} <= set(history["values"])
    assert (history["steps"][0], history["steps"][-1]) == (0, 4_999)


def test_compared_runs_show_their_differences_first(server: Server):
    one = server.run("one", params={"depth": "2", "seed": "0"}, f1=0.5, loss=math.nan)
    two = server.run("two", params={"seed": "0", "zeta": "1"}, f1=0.75, loss=math.nan)
    answer = server.api.get("compare", params={"runs": f"{two},{one}"}).json()
    assert [row["name"] for row in answer["runs"]] == ["two", "one"]
    assert answer["params"] == [
        {"key": "depth", "values": [None, "2"], "differs": True},
        {"key": "zeta", "values": ["1", None], "differs": True},
        {"key": "seed", "values": ["0", "0"], "differs": False},
    ]
    assert answer["metrics"] == [
        {"key": "f1", "values": [0.75, 0.5], "differs": True},
        {"key": "loss", "values": ["NaN", "NaN"], "differs": False},
    ]
