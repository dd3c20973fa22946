from __future__ import annotations

import math
import pickle
from dataclasses import replace

import pytest

import nbtrack
from nbtrack.entities import Dataset
from nbtrack.errors import InvalidFilter, InvalidName, ModelNotFound, PromotionRefused, RunNotFound
from nbtrack.registry import Finding
from nbtrack.store import Store


@pytest.fixture
def client(store: Store) -> nbtrack.Client:
    return nbtrack.Client()


def measured_version(client: nbtrack.Client, run_metrics: dict[str, float] | None = None, **metrics: float) -> str:
    """Register a version of "churn" whose logged model has metrics; return its number."""
    with nbtrack.start_run() as run:
        model = nbtrack.create_external_model("churn")
        nbtrack.log_metrics(run_metrics or {})
        if metrics:
            nbtrack.log_metrics(metrics, model_id=model.model_id, dataset=Dataset("test", "d1"))
    made = client.create_model_version("churn", model.model_uri, run.info.run_id, model_id=model.model_id)
    return made.version


def test_a_version_that_meets_its_thresholds_is_promoted_and_that_is_kept(client: nbtrack.Client) -> None:
    for accuracy in (0.91, 0.95):
        measured_version(client, accuracy=accuracy, f1=0.8)
    first = nbtrack.promote("churn", 1)
    second = nbtrack.promote(
        "churn", "latest", require="accuracy > 0.93 and f1 >= 0.8", reason="beats it", dataset="test"
    )
    assert client.get_model_version_by_alias("churn", "champion").version == "2"
    assert (first.previous, first.findings) == (None, ())
    run_id = client.get_model_version("churn", 2).run_id
    assert (second.version, second.previous, second.reason, second.alias) == ("2", "1", "beats it", "champion")
    assert second.findings == (
        Finding("accuracy > 0.93", True, 0.95, run_id, "test"),
        Finding("f1 >= 0.8", True, 0.8, run_id, "test"),
    )
    assert nbtrack.promotions("churn") == [second, first]
    assert second.user


def test_a_refusal_says_each_threshold_with_the_value_found_and_changes_nothing(client: nbtrack.Client) -> None:
    measured_version(client, accuracy=0.95)
    nbtrack.promote("churn", 1)
    measured_version(client, accuracy=0.87, f1_score=0.9)
    before = client.get_registered_model("churn")
    with pytest.raises(PromotionRefused) as refused:
        nbtrack.promote("churn", 2, require="accuracy >= 0.9 and f1 > 0.5 and f1_score > 0.5")
    assert str(refused.value) == (
        "Version 2 of 'churn' is not promoted to 'champion', and nothing changed:\n"
        "  accuracy >= 0.9: found 0.87 on test (not met)\n"
        "  f1 > 0.5: not measured; there is accuracy, f1_score (not met)\n"
        "  f1_score > 0.5: found 0.9 on test"
    )
    assert str(pickle.loads(pickle.dumps(refused.value))) == str(refused.value)
    assert client.get_registered_model("churn") == before


def test_the_metrics_of_the_run_count_where_the_model_has_none(client: nbtrack.Client) -> None:
    version = measured_version(client, {"val/f1": 0.9, "train": 1.0})
    (finding,) = nbtrack.promote("churn", version, require='"val/f1" > 0.8').findings
    assert (finding.value, finding.dataset) == (0.9, None)
    with pytest.raises(PromotionRefused, match="nothing was measured"):
        nbtrack.promote("churn", version, require="train > 0", dataset="test")
    measured = measured_version(client, {"train": 1.0}, f1=0.9)
    with pytest.raises(PromotionRefused, match="train > 0: not measured; there is f1"):
        nbtrack.promote("churn", measured, require="train > 0")


def test_one_evaluation_s_run_may_be_the_one_that_counts(client: nbtrack.Client) -> None:
    version = measured_version(client, accuracy=0.5)
    model_id = client.get_model_version("churn", version).model_id
    with nbtrack.start_run() as later:
        nbtrack.log_metric("accuracy", 0.9, model_id=model_id)
    with nbtrack.start_run() as other:
        nbtrack.log_metric("accuracy", 0.7)
    found = [
        nbtrack.promote("churn", version, require="accuracy > 0", run_id=run_id).findings[0].value
        for run_id in (None, client.get_model_version("churn", version).run_id, later.info.run_id, other.info.run_id)
    ]
    assert found == [0.9, 0.5, 0.9, 0.7]
    with pytest.raises(RunNotFound):
        nbtrack.promote("churn", version, require="accuracy > 0", run_id="nothing")


def test_nan_meets_no_threshold_and_infinity_is_kept(client: nbtrack.Client) -> None:
    version = measured_version(client, loss=math.nan, odds=math.inf)
    with pytest.raises(PromotionRefused, match="loss < 1: found nan on test"):
        nbtrack.promote("churn", version, require="loss < 1")
    made = nbtrack.promote("churn", version, require="odds > 3")
    assert nbtrack.promotions("churn") == [made]
    assert made.findings[0].value == math.inf


@pytest.mark.parametrize(
    "text", ["", "  ", "accuracy", "f1 > 0.5 or f1 < 0.1", "f1 = '1'", "f1.max > 1 )", "not f1 > 1"]
)
def test_what_is_no_list_of_thresholds_is_refused(client: nbtrack.Client, text: str) -> None:
    version = measured_version(client, f1=1.0)
    with pytest.raises(InvalidFilter):
        nbtrack.promote("churn", version, require=text)
    assert nbtrack.promotions("churn") == []


def test_what_is_not_there_and_what_is_no_alias_is_refused(client: nbtrack.Client) -> None:
    version = measured_version(client, f1=1.0)
    with pytest.raises(ModelNotFound):
        nbtrack.promote("churn", 9)
    with pytest.raises(InvalidName):
        nbtrack.promote("churn", version, alias="latest")
    assert nbtrack.promotions("churn") == []
    with pytest.raises(ModelNotFound):
        nbtrack.promotions("beer")


def test_a_copy_was_promoted_nowhere_and_foreign_tags_are_no_promotions(client: nbtrack.Client) -> None:
    version = measured_version(client, f1=1.0)
    made = nbtrack.promote("churn", version)
    client.set_model_version_tag("churn", version, "nbtrack.promotion.champion.1", "[1, 2")
    assert nbtrack.promotions("churn") == [made]
    client.copy_model_version("models:/churn@champion", "churn-eu")
    assert nbtrack.promotions("churn-eu") == []
    client.rename_registered_model("churn", "leaving")
    assert nbtrack.promotions("leaving") == [replace(made, name="leaving")]


def test_a_version_whose_logged_model_is_gone_has_the_metrics_of_its_run(client: nbtrack.Client) -> None:
    with nbtrack.start_run() as run:
        nbtrack.log_metric("f1", 0.9)
    version = client.create_model_version("churn", "s3://b/m", run.info.run_id, model_id="m-gone").version
    assert nbtrack.promote("churn", version, require="f1 > 0.5").findings[0].value == 0.9
