"""Evaluations of files."""

import sys

import pytest

from nbtrack.errors import InvalidPath, InvalidState, NotFound
from nbtrack.server.evaluations import MAX_RUNNING, Evaluations, evaluate_command
from tests.server.running import Server, wait_until


@pytest.fixture
def evaluations(tmp_path):
    made = Evaluations(tmp_path, on_change=lambda: None)
    yield made
    made.close()


def test_the_command_is_nbtracks_own_with_each_value_as_one_argument(tmp_path):
    file = tmp_path / "a b.csv"
    command = evaluate_command(model_uri="runs:/r/m", file=file, target="y", model_type="classifier", run_id="r")
    assert command == [
        *(sys.executable, "-m", "nbtrack", "evaluate", "--model", "runs:/r/m", "--data", str(file)),
        *("--target", "y", "--model-type", "classifier", "--run-id", "r"),
    ]


def test_an_evaluation_runs_and_is_done(evaluations):
    started = evaluations.start([sys.executable, "-c", "print('done')"], run_id="r")
    assert started.state == "running"
    wait_until(lambda: evaluations.get(started.evaluation_id).state == "done")


def test_an_evaluation_that_fails_says_why(evaluations):
    started = evaluations.start([sys.executable, "-c", "raise ValueError('no column')"], run_id="r")
    wait_until(lambda: evaluations.get(started.evaluation_id).state == "failed")
    assert evaluations.get(started.evaluation_id).error == "ValueError: no column"


def test_too_many_at_once_are_refused(evaluations):
    for _ in range(MAX_RUNNING):
        evaluations.start([sys.executable, "-c", "import time; time.sleep(600)"], run_id="r")
    with pytest.raises(InvalidState, match="wait until one is done"):
        evaluations.start([sys.executable, "-c", ""], run_id="r")


def test_files_are_found_only_below_the_servers_folder(evaluations, tmp_path):
    inside = tmp_path / "data" / "wine.csv"
    inside.parent.mkdir()
    inside.write_text("a\n1\n")
    outside = tmp_path.parent / "outside.csv"
    outside.write_text("a\n1\n")
    (tmp_path / "link.csv").symlink_to(outside)
    assert evaluations.file_below_root("data/wine.csv") == inside.resolve()
    assert evaluations.file_below_root("/data/wine.csv") == inside.resolve()
    for path in ("../outside.csv", "link.csv", "data/../../outside.csv", "a\0b"):
        with pytest.raises(InvalidPath):
            evaluations.file_below_root(path)
    for path in ("nothing.csv", "data", ""):
        with pytest.raises(NotFound):
            evaluations.file_below_root(path)


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"file": "../x.csv"}, 400),
        ({"file": "nothing.csv"}, 404),
        ({"modelType": "clusterer"}, 400),
        ({"modelPath": "nothing"}, 404),
        ({"modelPath": "../x"}, 400),
        ({"target": None}, 400),
    ],
)
def test_a_mistake_in_the_request_is_refused_in_words(server: Server, changes, status):
    run_id = server.run()
    server.store.artifacts.put_bytes(run_id, "model/MLmodel", b"flavors: {}")
    (server.root / "wine.csv").write_text("a,y\n1,0\n")
    body = {"file": "wine.csv", "target": "y", "modelType": "classifier", "modelPath": "model"} | changes
    answer = server.api.post(f"runs/{run_id}/evaluate", json=body)
    assert (answer.status_code, answer.json().keys()) == (status, {"code", "message"})


def test_an_evaluation_that_is_not_there_is_not_found(server: Server):
    assert server.api.get("evaluations/nothing").status_code == 404
