"""Filtered lists of runs over HTTP, and completion."""

import pytest

from nbtrack.entities import Batch
from nbtrack.entities import tags as run_tags
from tests.server.running import Server


def names(page) -> list[str]:
    return [row["name"] for row in page["runs"]]


def listed(server: Server, text: str, **others):
    answer = server.api.get("runs", params={"filter": text, **others})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_filtered_list_comes_in_pages(server: Server):
    for depth in range(3):
        server.run(f"tree-{depth}", params={"grown": "here", "depth": str(depth)}, filtered_f1=depth / 10)
    page = listed(server, "params.grown = 'here' and metrics.filtered_f1 < 0.2", limit=1)
    assert (names(page), page["isWords"], page["hints"]) == (["tree-1"], False, [])
    assert page["metrics"] == ["filtered_f1"]
    rest = listed(server, "params.grown = 'here' and metrics.filtered_f1 < 0.2", limit=1, cursor=page["cursor"])
    assert (names(rest), rest["cursor"]) == (["tree-0"], None)


def test_words_find_runs_by_name(server: Server):
    server.run("Churn forest (v2)")
    server.run("churn linear")
    page = listed(server, "CHURN (v2)")
    assert (names(page), page["isWords"]) == (["Churn forest (v2)"], True)


def test_of_what_changed_is_told_what_matches(server: Server):
    fits, leaves = server.run("fits", changing=1.0), server.run("leaves", changing=1.0)
    text = "metrics.changing < 2 or tags.never = 'set'"
    seq = listed(server, text)["seq"]
    server.store.runs.log(leaves, Batch(tags={run_tags.WARNING: "x"}))
    server.store.runs.delete([leaves])
    other, new = server.run("other", changing=3.0), server.run("new", changing=0.0)
    page = server.api.get("runs", params={"filter": text, "since": seq}).json()
    assert {row["id"] for row in page["runs"]} >= {leaves, other, new}  # and runs of dead sessions, as they are ended
    assert page["matching"] == [new]
    assert fits not in page["matching"]
    assert "matching" not in server.api.get("runs", params={"since": seq}).json()


def test_many_runs_that_changed_are_asked_for_in_pieces(server: Server):
    seq = server.api.get("store").json()["seq"]
    made = [server.run(f"piece-{n}", piece=float(n)) for n in range(250)]
    page = server.api.get("runs", params={"filter": "metrics.piece >= 20", "since": seq}).json()
    assert set(page["matching"]) == set(made[20:])


def test_a_bad_filter_is_refused_with_its_place_and_what_may_be_meant(server: Server):
    answer = server.api.get("runs", params={"filter": "status = FINISHED", "since": 0})
    assert answer.status_code == 400
    error = answer.json()
    assert error["code"] == "INVALID_PARAMETER_VALUE"
    assert error["place"] == {
        "message": "Text is put in quotes: 'FINISHED'.",
        "position": 9,
        "length": 8,
        "suggestion": "'FINISHED'",
    }


@pytest.mark.parametrize(
    "text",
    ["a" * 10_001, "metrics.x < 1\x00", "age < " + "(" * 3000, "not " * 2000 + "metrics.a < 1", "metrics.a) or (1"],
)
def test_hostile_filters_are_refused(server: Server, text):
    for route in ({"filter": text}, {"filter": text, "since": 0}):
        answer = server.api.get("runs", params=route)
        assert answer.status_code == 400
    assert server.api.get("completions", params={"text": text}).status_code in (200, 400)


def test_a_misspelt_key_is_hinted_at_where_nothing_is_found(server: Server):
    server.run("spelt", spelling=1.0)
    (hint,) = listed(server, "metrics.speling < 5")["hints"]
    assert (hint["position"], hint["length"], hint["suggestion"]) == (0, 15, "metrics.spelling")
    assert "did you mean metrics.spelling?" in hint["message"]


def test_what_can_follow_is_told_with_the_keys_of_the_experiment(server: Server):
    here = server.store.experiments.create("completed", tags={}).experiment_id
    server.run("keyed", **{"complete me": 1.0})
    found = server.api.get("completions", params={"text": "age < 1d and metrics.compl"}).json()
    assert found == {"start": 13, "options": [{"text": "metrics.`complete me`", "kind": "metric", "detail": ""}]}
    elsewhere = server.api.get("completions", params={"text": "metrics.compl", "experiment": here}).json()
    assert elsewhere["options"] == []
    assert server.api.get("completions").json()["options"][0]["text"] == "metrics."
