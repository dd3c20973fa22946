"""Nothing that a client sends makes the server fail, or write half of it. A route is tried by being in the table."""

from __future__ import annotations

import json
import re
import socket
from typing import Any

import httpx
import psutil
import pytest

from nbtrack.rest.routes import AJAX, ROUTES, Route
from tests.rest.running import API, RestServer
from tests.rest.samples import wrong

OWN = [route for route in ROUTES if not route.path.startswith(AJAX) and not route.path.endswith("openapi.json")]
WITH_BODY = [route for route in OWN if route.has_body]
READ_AS_TEXT = {"is '1'", "is '1.5'", "is 'True'", "is \"['a']\""}
"""What is wrong in JSON, and right in a query, where everything is text."""
JSON = {"Content-Type": "application/json"}


def named(route: Route) -> str:
    return f"{route.method} {route.path.removeprefix(API)}"


def path_of(route: Route) -> str:
    return re.sub(r"\{\w+(:path)?\}", "a" * 32, route.path)


def check_refused(answer: httpx.Response, what: str) -> None:
    """Check that an answer is a refusal in MLflow's form that says what is wrong, and not how the server is made."""
    assert 400 <= answer.status_code < 500, f"{what}: {answer.status_code} {answer.text[:300]}"
    document = answer.json()
    assert set(document) == {"error_code", "message"}, what
    assert re.fullmatch(r"[A-Z_]+", document["error_code"]), what
    assert len(document["message"]) > 10, what
    assert "Traceback" not in document["message"], what


@pytest.mark.parametrize("route", OWN, ids=named)
def test_every_field_of_every_route_refuses_what_it_is_not(server: RestServer, route: Route) -> None:
    in_path = set(re.findall(r"\{(\w+)", route.path))
    for field, reason, request in wrong(route.request):
        if field.partition(".")[0] in in_path:
            continue
        what = f"{named(route)}: {field} {reason}"
        if route.has_body:
            body = json.dumps(request).encode()
            check_refused(server.http.request(route.method, path_of(route), content=body, headers=JSON), what)
        elif is_expressible_in_a_query(request) and reason not in READ_AS_TEXT:
            check_refused(server.http.request(route.method, path_of(route), params=request), what)


def is_expressible_in_a_query(request: dict[str, Any]) -> bool:
    values = [item for value in request.values() for item in (value if isinstance(value, list) else [value])]
    return all(isinstance(value, (str, int, float, type(None))) and value != "\ud800" for value in values) and all(
        value not in ("", []) and len(str(value)) < 50_000 for value in request.values()
    )


@pytest.mark.parametrize("route", WITH_BODY, ids=named)
@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"nope",
        b"[]",
        b"1",
        b'"text"',
        b"null",
        b"\xff\xfe{}",
        b'{"key": "\xff"}',
        b'{"run_id": NaN}',
        b"{} {}",
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
    ids=lambda body: repr(body[:20]),
)
def test_what_is_no_json_object_is_refused(server: RestServer, route: Route, body: bytes) -> None:
    answer = server.http.request(route.method, path_of(route), content=body, headers=JSON)
    check_refused(answer, f"{named(route)} {body[:30]!r}")


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_only_json_is_read(server: RestServer, kind: str) -> None:
    answer = server.http.post(f"{API}/experiments/create", content=b'{"name": "a"}', headers={"Content-Type": kind})
    check_refused(answer, kind)


@pytest.mark.parametrize(
    "spelling", ["NaN", "nan", "-NaN", '"nan"', '"NAN"', "Infinity", "-Infinity", "1e400", "-1e400"]
)
def test_what_is_no_number_in_json_is_never_logged(server: RestServer, spelling: str) -> None:
    run_id = server.new_run()
    body = f'{{"run_id": "{run_id}", "key": "m", "value": {spelling}, "timestamp": 1}}'
    answer = server.http.post(f"{API}/runs/log-metric", content=body.encode(), headers=JSON)
    check_refused(answer, spelling)
    assert server.store.runs.get(run_id).data.metrics == {}


@pytest.mark.parametrize("field", ["timestamp", "step"])
@pytest.mark.parametrize("value", [2**63, -(2**63) - 1, 1e300])
def test_whole_numbers_of_more_than_64_bits_are_never_logged(server: RestServer, field: str, value: float) -> None:
    run_id = server.new_run()
    metric = {"key": "m", "value": 1, "timestamp": 1, "step": 1, field: value}
    check_refused(server.post("/runs/log-metric", run_id=run_id, **metric), field)
    check_refused(server.post("/runs/log-batch", run_id=run_id, metrics=[metric]), field)
    assert server.store.runs.get(run_id).data.metrics == {}


def test_a_batch_with_one_wrong_item_writes_nothing(server: RestServer) -> None:
    run_id = server.new_run()
    good = {"key": "m", "value": 1, "timestamp": 1}
    for wrong_part in (
        {"metrics": [good, {"key": "", "value": 1, "timestamp": 1}]},
        {"metrics": [good, {"key": "a//b", "value": 1, "timestamp": 1}]},
        {"metrics": [good], "params": [{"key": "p", "value": "1"}, {"key": "p", "value": "1"}]},
        {"metrics": [good], "params": [{"key": "#", "value": "1"}]},
        {"metrics": [good], "tags": [{"key": "t", "value": "1"}, {"key": "../t", "value": "1"}]},
        {"metrics": [good] * 950, "params": [{"key": f"p{n}", "value": "1"} for n in range(51)]},
    ):
        check_refused(server.post("/runs/log-batch", run_id=run_id, **wrong_part), str(wrong_part)[:100])
    data = server.store.runs.get(run_id).data
    assert (data.metrics, data.params, set(data.tags)) == ({}, {}, {"mlflow.runName"})


def test_a_huge_body_is_refused_when_it_is_announced(server: RestServer) -> None:
    port = int(server.url.rpartition(":")[2])
    head = f"POST {API}/runs/log-batch HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(f"{head}Content-Length: {10**12}\r\n\r\n".encode())
        assert b" 413 " in connection.recv(65536)


def test_a_huge_body_that_nobody_announced_is_never_in_memory(server: RestServer) -> None:
    process = psutil.Process(server.pid)
    before = process.memory_info().rss
    chunks = (b" " * 100_000 for _ in range(10_000))
    try:
        answer = server.http.post(f"{API}/runs/log-batch", content=chunks, headers=JSON)
        assert answer.status_code == 413
    except httpx.TransportError:
        pass  # the server hung up while we were sending
    assert process.memory_info().rss - before < 200_000_000


def test_a_body_that_is_more_in_memory_than_on_the_wire_is_not_built_there(server: RestServer) -> None:
    body = b'{"run_id": "a", "metrics": null, "x": [' + b"{}," * 5_000_000 + b"{}]}"
    answer = server.http.post(f"{API}/runs/log-batch", content=body, headers=JSON)
    check_refused(answer, "values beside null")
    assert "too many values" in answer.json()["message"]


@pytest.mark.parametrize("name", ["experiment_id", "run_id", "name", "model_id"])
def test_what_is_not_there_is_a_404(server: RestServer, name: str) -> None:
    calls = {
        "experiment_id": server.get("/experiments/get", experiment_id="123456789"),
        "run_id": server.post("/runs/log-metric", run_id="0" * 32, key="m", value=1, timestamp=1),
        "name": server.get("/registered-models/get", name="no such"),
        "model_id": server.get("/logged-models/m-none"),
    }
    assert calls[name].status_code == 404
    assert calls[name].json()["error_code"] == "RESOURCE_DOES_NOT_EXIST"


@pytest.mark.parametrize(
    "path", ["/", "/api", f"{API}/traces", f"{API}/runs/createe", "/api/3.0/mlflow/traces/search", "/%2e%2e/etc"]
)
def test_what_is_not_in_the_table_does_not_exist(server: RestServer, path: str) -> None:
    for method in ("GET", "POST"):
        answer = server.http.request(method, path)
        assert (answer.status_code, answer.json()["error_code"]) == (404, "ENDPOINT_NOT_FOUND")


HOSTILE_PLACES = [
    "/etc",
    "/etc/passwd",
    "file:///etc",
    "file:/etc",
    "../../etc",
    "./x",
    "C:\\Windows",
    "\\\\server\\share",
    "s3://bucket/../other",
    "s3://bucket/%2e%2e/other",
    "s3://bucket/%252e%252e/other",
    "s3://user:secret@bucket/x",
    "s3://bucket/x?versionId=1",
    "s3://bucket/x#frag",
    "s3://",
    "http://example.com/x",
    "https://example.com/x",
    "ftp://example.com/x",
    "gopher://x/y",
    "mlflow-artifacts:/../../etc",
    "mlflow-artifacts://elsewhere:5000/x",
    "javascript:alert(1)",
    "sqlite:///x",
    "simplecache::s3://bucket/x",
    "s3://bucket/x::file:///etc",
]


@pytest.mark.parametrize("place", HOSTILE_PLACES)
def test_a_hostile_artifact_location_makes_no_experiment(server: RestServer, place: str) -> None:
    answer = server.post("/experiments/create", name=f"at {place}", artifact_location=place)
    check_refused(answer, place)
    assert server.get("/experiments/get-by-name", experiment_name=f"at {place}").status_code == 404


@pytest.mark.parametrize(
    "source",
    [
        *HOSTILE_PLACES,
        "runs:/",
        "runs:/RUN",
        "runs:/RUN/../x",
        "runs:/RUN/a/%2e%2e/%2e%2e/x",
        "runs:/" + "0" * 32 + "/model",
        "models:/m-none",
        "models:/",
        "mlflow-artifacts:/0/RUN/artifacts/../../x",
        "mlflow-artifacts:/0/" + "0" * 32 + "/artifacts/x",
    ],
)
def test_a_hostile_source_makes_no_version(server: RestServer, source: str) -> None:
    server.post("/registered-models/create", name="hostile")
    run_id = server.new_run()
    for fields in ({}, {"run_id": run_id}):
        answer = server.post("/model-versions/create", name="hostile", source=source.replace("RUN", run_id), **fields)
        check_refused(answer, source)
    assert server.store.registry.get("hostile").versions == ()


def test_a_source_must_lie_with_its_run(server: RestServer) -> None:
    server.post("/registered-models/create", name="of a run")
    run_id, other = server.new_run(), server.new_run()
    source = f"mlflow-artifacts:/0/{run_id}/artifacts/model"
    check_refused(server.post("/model-versions/create", name="of a run", source=source, run_id=other), "other run")
    made = server.post("/model-versions/create", name="of a run", source=source, run_id=run_id)
    assert made.status_code == 200


@pytest.mark.parametrize("history", ["garbage", "5", "null", '{"a": 1}', "[" * 100_000])
def test_a_history_of_models_that_is_none_is_told(server: RestServer, history: str) -> None:
    run_id = server.new_run(tags=[{"key": "mlflow.log-model.history", "value": history}])
    document = {"artifact_path": "model", "flavors": {}, "run_id": run_id, "utc_time_created": "now"}
    answer = server.post("/runs/log-model", run_id=run_id, model_json=json.dumps(document))
    check_refused(answer, history[:20])
    assert server.store.runs.get(run_id).data.tags["mlflow.log-model.history"] == history


def test_versions_made_of_one_another_are_not_followed_for_ever(server: RestServer) -> None:
    source = f"runs:/{server.new_run()}/model"
    for name, made_from in (("first", source), ("second", "models:/first/1")):
        server.post("/registered-models/create", name=name)
        assert server.post("/model-versions/create", name=name, source=made_from).status_code == 200
    server.http.request("DELETE", f"{API}/registered-models/delete", json={"name": "first"})
    server.post("/registered-models/rename", name="second", new_name="first")
    check_refused(server.get("/model-versions/get-download-uri", name="first", version="1"), "download uri")
    query = {"name": "first", "version": "1", "path": "MLmodel"}
    check_refused(server.http.get("/model-versions/get-artifact", params=query), "artifact")
