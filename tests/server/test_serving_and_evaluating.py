"""The whole road from the sidebar: a model that is served and evaluated by its run's id."""

import httpx
import numpy as np
import pytest
from sklearn.datasets import load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from nbtrack.flavors import save_model
from tests.server.running import Server, wait_until

X, Y = load_wine(return_X_y=True, as_frame=True)
MODEL = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, Y)


@pytest.fixture(scope="module")
def run_id(server: Server, tmp_path_factory) -> str:
    run_id, folder = server.run("served"), tmp_path_factory.mktemp("saved") / "model"
    save_model(MODEL, folder, input_example=X[:2])
    server.store.artifacts.put_folder(run_id, "model", folder)
    return run_id


def test_a_runs_model_is_served_gives_predictions_and_is_stopped(server: Server, run_id):
    started = server.api.post("deployments", json={"modelUri": f"runs:/{run_id}/model"}).json()
    assert (started["state"], started["url"], started["runId"]) == ("starting", None, run_id)

    def deployment() -> dict:
        return {row["id"]: row for row in server.api.get("deployments").json()["deployments"]}[started["id"]]

    wait_until(lambda: deployment()["state"] != "starting", timeout_s=60)
    log = server.api.get(f"deployments/{started['id']}/log").json()["text"]
    assert deployment()["state"] == "running", log
    rows = X.head(3).to_csv(index=False)
    answer = httpx.post(
        f"{deployment()['url']}/invocations", content=rows, headers={"Content-Type": "text/csv"}, trust_env=False
    )
    assert answer.json() == {"predictions": MODEL.predict(X.head(3)).tolist()}
    assert server.api.delete(f"deployments/{started['id']}").status_code == 409
    stopped = server.api.post(f"deployments/{started['id']}/stop", json={}).json()
    assert (stopped["state"], stopped["url"], stopped["error"]) == ("stopped", None, None)
    assert server.api.delete(f"deployments/{started['id']}").status_code == 204
    assert server.api.get(f"deployments/{started['id']}/log").status_code == 404


def evaluated(server: Server, run_id: str, file: str, target: str) -> dict:
    body = {"file": file, "target": target, "modelType": "classifier", "modelPath": "model"}
    started = server.api.post(f"runs/{run_id}/evaluate", json=body).json()
    assert started["state"] == "running"
    path = f"evaluations/{started['id']}"
    wait_until(lambda: server.api.get(path).json()["state"] != "running", timeout_s=120)
    return server.api.get(path).json()


def test_a_runs_model_is_evaluated_on_a_file_and_the_result_lands_on_the_run(server: Server, run_id):
    noisy = X + np.random.default_rng(0).normal(0, X.std(), X.shape)
    noisy.assign(label=Y).to_csv(server.root / "wine.csv", index=False)
    ended = evaluated(server, run_id, "wine.csv", "label")
    assert (ended["state"], ended["error"]) == ("done", None)
    detail = server.api.get(f"runs/{run_id}").json()
    values = {metric["key"]: metric["last"] for metric in detail["metrics"]}
    assert values["accuracy_score"] == accuracy_score(Y, MODEL.predict(noisy))
    folders = server.api.get(f"runs/{run_id}/artifacts").json()["entries"]
    assert "evaluation" in [entry["path"] for entry in folders]


def test_an_evaluation_that_cannot_be_done_says_why(server: Server, run_id):
    X.to_csv(server.root / "unlabelled.csv", index=False)
    ended = evaluated(server, run_id, "unlabelled.csv", "label")
    assert ended["state"] == "failed"
    assert "data has no column 'label'" in ended["error"]
