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
    expected = {
        "alias": "champion",
        "version": "1",
        "previous": None,
        "at": made.at_ms,
        "user": "ada",
        "reason": "first",
    }
    assert (read["promotions"], read["metrics"]) == ([{**expected, "findings": []}], [])
    listed = {model["name"]: model["versions"] for model in server.api.get("models").json()["models"]}
    assert listed["Uni corn?"][0]["aliases"] == ["champion"]
    assert server.api.get("models/Nothing", params={"version": "1"}).status_code == 404
    assert server.api.get("models/Nothing").status_code == 400


FOREST = b"""
flavors:
  python_function: {loader_module: mlflow.sklearn, python_version: 3.11.7}
  sklearn: {pickled_model: model.pkl, sklearn_version: 1.9.1}
model_id: m-1
signature:
  inputs: '[{"type": "long", "name": "age", "required": true}, {"type": "string", "name": "city", "required": false}]'
  outputs: '[{"type": "tensor", "tensor-spec": {"dtype": "float64", "shape": [-1, 2]}}]'
  params: '[{"name": "threshold", "default": 0.5, "shape": null, "type": "double"}]'
saved_input_example_info: {artifact_path: input_example.json, type: dataframe}
"""


def test_a_models_folder_is_read_and_never_loaded(server: Server):
    run_id = server.run()
    files = {
        "MLmodel": FOREST,
        "model.pkl": b"cbuiltins\nexit\n(tR.",  # ends the process that opens it
        "requirements.txt": b"scikit-learn==1.9.1\nnumpy==2.4.6\n",
        "python_env.yaml": b"python: 3.11.7\n",
        "input_example.json": b'{"columns": ["age", "city"], "data": [[1, "<b>x</b>"]]}',
    }
    for name, content in files.items():
        server.store.artifacts.put_bytes(run_id, f"model/{name}", content)
    uri = f"runs:/{run_id}/model"
    read = server.api.get("model", params={"uri": uri}).json()
    flavors = {"python_function": None, "sklearn": "1.9.1"}
    assert read["flavors"] == [{"name": name, "version": version} for name, version in flavors.items()]
    age, city = read["signature"]["inputs"]["fields"]
    assert age == {"name": "age", "type": "long", "shape": None, "isRequired": True}
    assert (city["isRequired"], read["signature"]["inputs"]["total"]) == (False, 2)
    [output] = read["signature"]["outputs"]["fields"]
    assert output == {"name": None, "type": "float64", "shape": [-1, 2], "isRequired": True}
    [param] = read["signature"]["params"]
    assert param == {"name": "threshold", "type": "double", "shape": None, "default": "0.5"}
    assert (read["requirements"], read["python"]) == (["scikit-learn==1.9.1", "numpy==2.4.6"], "3.11.7")
    assert (read["trust"], read["runId"], read["uri"]) == ("unsigned", run_id, uri)
    assert read["sizeBytes"] == sum(len(content) for content in files.values())
    assert "<b>x</b>" in read["example"]
    server.api.post("models", json={"modelUri": uri, "name": "Forest"})
    by_version = server.api.get("model", params={"uri": "models:/Forest/1"}).json()
    assert by_version == {**read, "uri": "models:/Forest/1"}


@pytest.mark.parametrize("example", ["../../secret", "/etc/passwd", "nothing.json", ""])
def test_an_example_elsewhere_is_not_read(server: Server, example):
    run_id = server.run()
    server.store.artifacts.put_bytes(run_id, "secret", b"secret")
    text = f"flavors: {{python_function: {{}}}}\nsaved_input_example_info: {{artifact_path: '{example}'}}"
    server.store.artifacts.put_bytes(run_id, "model/MLmodel", text.encode())
    read = server.api.get("model", params={"uri": f"runs:/{run_id}/model"}).json()
    assert (read["example"], read["signature"], read["requirements"], read["python"]) == (None, None, [], None)


@pytest.mark.parametrize(
    ("uri", "status"), [("runs:/nothing/model", 404), ("models:/No/1", 404), ("/etc", 400), ("file:///etc", 400)]
)
def test_only_folders_of_this_store_are_read(server: Server, uri, status):
    answer = server.api.get("model", params={"uri": uri})
    assert (answer.status_code, answer.json().keys()) == (status, {"code", "message"})


def test_promotions_of_all_versions_are_listed_newest_first(server: Server):
    run_id = server.run()
    server.store.artifacts.put_bytes(run_id, "model/MLmodel", b"flavors: {python_function: {}}")
    for number in ("1", "2"):
        server.api.post("models", json={"modelUri": f"runs:/{run_id}/model", "name": "Promoted"})
        found = server.store.registry.get_version("Promoted", number)
        promote(found, "champion", server.store, gate=(), at_ms=int(number), user="ada")
    listed = server.api.get("models/Promoted/promotions").json()["promotions"]
    assert [(each["version"], each["previous"]) for each in listed] == [("2", "1"), ("1", None)]
    assert server.api.get("models/Nothing%20here/promotions").status_code == 404
