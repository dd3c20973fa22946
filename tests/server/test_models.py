"""Registering models over HTTP."""

import pytest

from nbtrack.registry import promote
from tests.server.running import Server


def test_a_models_versions_count_up_and_know_their_run(server: Server):
    run_id = server.run()
    server.store.artifacts.put_bytes(run_id, "model/MLmodel", b"flavors: {python_function: {}}")
    body = {"modelUri": f"runs:/{run_id}/model", "name": "Unicorn"}
    first, second = (server.api.post("models", json=body).json() for _ in range(2))
    assert (first["name"], first["version"], first["runId"]) == ("Unicorn", "1", run_id)
    assert second["version"] == "2"
    listed = {model["name"]: model for model in server.api.get("models").json()["models"]}
    assert [version["version"] for version in listed["Unicorn"]["versions"]] == ["2", "1"]
    copied = server.api.post("models", json={"modelUri": "models:/Unicorn/1", "name": "Copy"}).json()
    assert copied["runId"] == run_id


@pytest.mark.parametrize(
    ("uri", "status"),
    [("runs:/nothing/model", 404), ("models:/Unknown/1", 404), ("/etc", 400), ("file:///etc", 400), ("--help", 400)],
)
@pytest.mark.parametrize("route", ["models", "deployments"])
def test_only_models_of_this_store_are_taken(server: Server, route, uri, status):
    answer = server.api.post(route, json={"modelUri": uri, "name": "Wrong"})
    assert (answer.status_code, answer.json().keys()) == (status, {"code", "message"})


def test_a_version_is_read_with_its_metrics_and_promotions(server: Server):
    run_id = server.run()
    server.store.artifacts.put_bytes(run_id, "model/MLmodel", b"flavors: {python_function: {}}")
    server.api.post("models", json={"modelUri": f"runs:/{run_id}/model", "name": "Uni corn?"})
    found = server.store.registry.get_version("Uni corn?", "1")
    server.store.registry.set_version_tags("Uni corn?", "1", {"team": "a"}, at_ms=1)
    made = promote(found, "champion", server.store, gate=(), at_ms=7, user="ada", reason="first")
    read = server.api.get("models/Uni%20corn%3F", params={"version": "1"}).json()
    assert (read["aliases"], read["tags"], read["runId"]) == (["champion"], {"team": "a"}, run_id)
    expected = {"alias": "champion", "at": made.at_ms, "user": "ada", "reason": "first", "findings": []}
    assert (read["promotions"], read["metrics"]) == ([expected], [])
    listed = {model["name"]: model["versions"] for model in server.api.get("models").json()["models"]}
    assert listed["Uni corn?"][0]["aliases"] == ["champion"]
    assert server.api.get("models/Nothing", params={"version": "1"}).status_code == 404
    assert server.api.get("models/Nothing").status_code == 400
