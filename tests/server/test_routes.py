"""Every route and its guard."""

import json

import httpx
import pytest

from nbtrack.server.routes import ROUTES
from tests.server.running import TOKEN, Server

EXPECTED = """
DELETE deployments/{id}
DELETE experiments/{id}
DELETE runs/{id}
GET compare
GET completions
GET deployments
GET deployments/{id}/log
GET evaluations/{id}
GET experiments
GET model
GET models
GET models/{id}
GET models/{id}/promotions
GET runs
GET runs/{id}
GET runs/{id}/artifact
GET runs/{id}/artifacts
GET runs/{id}/history
GET store
PATCH experiments/{id}
PATCH runs/{id}
POST deployments
POST deployments/{id}/stop
POST experiments
POST experiments/{id}/restore
POST models
POST runs/{id}/end
POST runs/{id}/evaluate
POST runs/{id}/restore
"""
CASES = [(route.method, route.pattern.replace("{id}", "x")) for route in ROUTES]


def test_the_table_has_these_routes_and_no_other():
    assert sorted(f"{route.method} {route.pattern}" for route in ROUTES) == EXPECTED.split("\n")[1:-1]


@pytest.mark.parametrize(("method", "path"), CASES)
def test_every_route_refuses_a_stranger(server: Server, method, path):
    answer = server.stranger.request(method, path, json={} if method in ("POST", "PATCH") else None)
    assert answer.status_code == 403
    assert answer.json()["code"] == "PERMISSION_DENIED"


@pytest.mark.parametrize("path", ["", "nothing", "runs/x/y/z", "store/"])
def test_what_is_not_in_the_table_does_not_exist(server: Server, path):
    assert server.stranger.get(path).status_code == 403
    answer = server.api.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "ENDPOINT_NOT_FOUND")


def test_a_method_that_a_route_does_not_have_is_refused(server: Server):
    answer = server.api.delete("store")
    assert (answer.status_code, answer.json()["code"]) == (405, "METHOD_NOT_ALLOWED")


@pytest.mark.parametrize("path", ["experiments", "runs/x/end"])
def test_a_form_or_plain_text_is_refused(server: Server, path):
    answer = server.api.post(path, content=b'{"name": "a"}', headers={"Content-Type": "text/plain"})
    assert (answer.status_code, answer.json()["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{", "The request can't be read: Input data was truncated."),
        (b'{"a":' + b"[" * 50_000, "The request is nested too deeply."),
        (b"[]", "Expected `object`, got `array`."),
        (b"{}", "Object missing required field `name`."),
        (b'{"name": 1}', "Expected `str`, got `int` in 'name'."),
        (json.dumps({"name": "x" * 9000}).encode(), "at most 500 are kept"),
        (b" " * 70_000, "at most 65,536 are read"),
    ],
)
def test_a_body_that_is_wrong_or_too_large_is_refused_in_words(server: Server, body, message):
    answer = server.api.post("experiments", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert message in answer.json()["message"]


def test_a_cookie_without_the_xsrf_token_writes_nothing(server: Server):
    with httpx.Client(base_url=server.url, trust_env=False) as browser:
        browser.get("/", params={"token": TOKEN})
        assert browser.get("/nbtrack/api/store").status_code == 200
        refused = browser.post("/nbtrack/api/experiments", json={"name": "forged"})
        assert refused.status_code == 403
        headers = {"X-XSRFToken": browser.cookies["_xsrf"]}
        made = browser.post("/nbtrack/api/experiments", json={"name": "by a browser"}, headers=headers)
        assert made.status_code == 200


def test_a_page_of_another_origin_gets_nothing_with_the_users_cookie(server: Server):
    with httpx.Client(base_url=server.url, trust_env=False) as browser:
        browser.get("/", params={"token": TOKEN})
        answer = browser.get("/nbtrack/api/store", headers={"Origin": "https://evil.example"})
        assert answer.status_code == 404
