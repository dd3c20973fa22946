"""What nbtrack's own clients say is checked as what others say: here a client is none of nbtrack's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from nbtrack.rest.exact import PREFIX
from nbtrack.store import wire
from tests.rest.running import RestServer
from tests.rest.test_bad_input import HOSTILE_PLACES

RUN = "f" * 32


def ask(server: RestServer, call: str, **arguments: Any) -> httpx.Response:
    message = msgspec.msgpack.encode(arguments)
    return server.http.post(f"{PREFIX}store/{call}", content=message, headers={"Content-Type": wire.CONTENT_TYPE})


def new_run(**fields: Any) -> dict[str, Any]:
    return {"run_id": RUN, "name": "hostile", "experiment_id": "0", "started_at_ms": 1, **fields}


def model(place: str) -> dict[str, Any]:
    fields = {"model_id": "m-1", "run_id": None, "path": "", "name": "m", "flavor": "sklearn", "size_bytes": 0}
    return {**fields, "created_at_ms": 1, "experiment_id": "0", "artifact_uri": place}


def claims_of(place: str, run_id: str) -> dict[str, dict[str, Any]]:
    """Return every call that may claim where artifacts lie."""
    batch = {"models": [model(place)]}
    delivery = {"segment": "s", "start": 0, "end": 1}
    return {
        "experiments/create": {"name": f"hostile {place}", "tags": {}, "artifact_location": place},
        "runs/create": {"new_runs": [new_run(artifact_uri=place)]},
        "runs/log": {"run_id": run_id, "batch": batch},
        "runs/deliver": {"delivery": {**delivery, "new_runs": [new_run(batch=batch)]}},
        "runs/check": {"delivery": {**delivery, "batches": [[run_id, batch]]}},
        "models/create": {"model": model(place)},
    }


@pytest.mark.parametrize("place", [place for place in HOSTILE_PLACES if not place.startswith("mlflow-artifacts")])
def test_no_message_makes_the_server_keep_artifacts_elsewhere(server: RestServer, place: str) -> None:
    run_id = server.new_run()
    for call, arguments in claims_of(place, run_id).items():
        answer = ask(server, call, **arguments)
        assert answer.status_code == 400, f"{call} {answer.content!r}"
    assert server.get("/runs/get", run_id=RUN).status_code == 404
    assert server.get("/logged-models/m-1").status_code == 404


def test_the_servers_files_are_neither_read_nor_written(server: RestServer, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    ask(server, "runs/create", new_runs=[new_run(artifact_uri=str(tmp_path))])
    at = f"/api/2.0/mlflow-artifacts/artifacts/0/{RUN}/artifacts"
    assert server.http.get(f"{at}/secret.txt").status_code == 404
    assert server.http.put(f"{at}/new.txt", content=b"new").status_code == 404
    assert [file.name for file in tmp_path.iterdir()] == ["secret.txt"]


@pytest.mark.parametrize("source", HOSTILE_PLACES)
def test_no_message_makes_a_version_of_the_servers_files(server: RestServer, source: str) -> None:
    ask(server, "registry/create", name="exact", at_ms=1)
    answer = ask(server, "registry/create_version", new={"name": "exact", "source": source, "created_at_ms": 1})
    assert answer.status_code == 400, answer.content
    assert server.store.registry.get("exact").versions == ()


@pytest.mark.parametrize("run_id", ["../../x", "/etc", "..", "", "a b", "a\0b", "a" * 129, "\u0430" * 32])
def test_what_is_no_id_makes_no_run(server: RestServer, run_id: str) -> None:
    assert ask(server, "runs/create", new_runs=[new_run(run_id=run_id)]).status_code == 400


@pytest.mark.parametrize(
    ("call", "arguments"),
    [
        ("runs/summaries_since", {"seq": 2**63}),
        ("runs/summaries", {"limit": 2**63}),
        ("runs/summaries", {"limit": 0}),
        ("runs/summaries", {"limit": -1}),
        ("sessions/seen", {"session_id": "a", "at_ms": 2**64 - 1}),
    ],
)
def test_numbers_that_make_no_sense_are_refused(server: RestServer, call: str, arguments: dict[str, Any]) -> None:
    assert ask(server, call, **arguments).status_code == 400
