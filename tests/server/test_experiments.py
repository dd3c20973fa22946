"""Experiments over HTTP."""

import pytest

import nbtrack
from tests.server.running import Server


def test_the_store_says_who_it_is(server: Server):
    answer = server.api.get("store").json()
    assert answer["uri"] == str(server.root / ".nbtrack")
    assert answer["version"] == nbtrack.__version__
    assert answer["seq"] == server.store.seq()


def test_an_experiment_is_made_renamed_deleted_and_restored(server: Server):
    made = server.api.post("experiments", json={"name": "wine 🍷"}).json()
    assert (made["name"], made["lifecycle"], made["runs"]) == ("wine 🍷", "active", 0)
    path = f"experiments/{made['id']}"
    assert server.api.patch(path, json={"name": "red wine"}).status_code == 204
    assert server.api.delete(path).status_code == 204
    listed = {row["id"]: row for row in server.api.get("experiments").json()["experiments"]}
    assert (listed[made["id"]]["name"], listed[made["id"]]["lifecycle"]) == ("red wine", "deleted")
    assert server.api.post(f"{path}/restore", json={}).status_code == 204
    assert server.store.experiments.find("red wine") is not None


def test_the_list_counts_the_runs(server: Server):
    def count():
        return {row["id"]: row["runs"] for row in server.api.get("experiments").json()["experiments"]}["0"]

    before = count()
    server.run()
    assert count() == before + 1


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("POST", "experiments", {"name": "Default"}, 409, "RESOURCE_ALREADY_EXISTS"),
        ("POST", "experiments", {"name": ""}, 400, "INVALID_PARAMETER_VALUE"),
        ("DELETE", "experiments/999", None, 404, "RESOURCE_DOES_NOT_EXIST"),
        ("PATCH", "experiments/999", {"name": "a"}, 404, "RESOURCE_DOES_NOT_EXIST"),
    ],
)
def test_a_mistake_has_the_status_of_its_code(server: Server, method, path, body, status, code):
    answer = server.api.request(method, path, json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["message"]
