from __future__ import annotations

import threading
from pathlib import Path

import pandas as pd
import pytest

import nbtrack
from nbtrack.errors import InvalidInput, ModelNotFound

pytestmark = pytest.mark.usefixtures("store", "no_active_model")


@pytest.fixture
def no_active_model() -> None:
    nbtrack.clear_active_model()


def measured(model_id: str) -> dict[str, float]:
    nbtrack.flush()
    return {point.key: point.value for point in nbtrack.get_logged_model(model_id).metrics}


def test_metrics_belong_to_the_active_model_where_they_name_none() -> None:
    other = nbtrack.create_external_model("other").model_id
    with nbtrack.start_run() as run:
        run_id = run.info.run_id
        active = nbtrack.set_active_model(name="rules")
        nbtrack.log_metric("a", 1.0, step=3)
        nbtrack.log_metrics({"b": 2.0, "c": 3.0})
        nbtrack.Client().log_metric(run_id, "d", 4.0)
        nbtrack.log_batch(run_id, [nbtrack.Metric("e", 5.0, 1, 0)])
        nbtrack.log_metric("f", 6.0, model_id=other)
        nbtrack.clear_active_model()
        nbtrack.log_metric("g", 7.0)
    assert measured(active.model_id) == {"a": 1.0, "b": 2.0, "c": 3.0, "d": 4.0, "e": 5.0}
    assert measured(other) == {"f": 6.0}
    assert nbtrack.get_run(run_id).data.metrics.keys() == set("abcdefg")


def test_a_with_block_brings_back_the_model_before() -> None:
    outer = nbtrack.set_active_model(name="outer")
    with nbtrack.set_active_model(name="inner") as inner:
        assert nbtrack.get_active_model_id() == inner.model_id != outer.model_id
    assert nbtrack.get_active_model_id() == outer.model_id


def test_a_name_is_the_newest_model_of_the_experiment_and_made_once() -> None:
    first = nbtrack.set_active_model(name="it's mine")
    assert nbtrack.set_active_model(name="it's mine").model_id == first.model_id
    assert (first.name, first.status) == ("it's mine", "READY")
    newer = nbtrack.create_external_model("it's mine")
    assert nbtrack.set_active_model(name="it's mine").model_id == newer.model_id
    nbtrack.set_experiment("elsewhere")
    assert nbtrack.set_active_model(name="it's mine").model_id not in (first.model_id, newer.model_id)


def test_an_evaluation_of_what_is_no_logged_model_is_one_of_the_active_model() -> None:
    frame = pd.DataFrame({"y": [0, 1, 1], "guess": [0, 1, 0]})
    with nbtrack.set_active_model(name="by hand") as active:
        nbtrack.evaluate(data=frame, targets="y", predictions="guess", model_type="classifier")
    assert measured(active.model_id)["accuracy_score"] == pytest.approx(2 / 3)


def test_params_without_a_model_are_those_of_the_active_one() -> None:
    with pytest.raises(InvalidInput, match=r"set_active_model\(\) first"):
        nbtrack.log_model_params({"depth": 3})
    active = nbtrack.set_active_model(name="m")
    nbtrack.log_model_params({"depth": 3})
    assert nbtrack.get_logged_model(active.model_id).params == {"depth": "3"}


def test_it_is_that_of_its_thread_and_of_its_store(tmp_path: Path, store_folder: Path) -> None:
    active = nbtrack.set_active_model(name="m")
    seen: list[str | None] = []
    thread = threading.Thread(target=lambda: seen.append(nbtrack.get_active_model_id()))
    thread.start()
    thread.join()
    assert seen == [None]
    nbtrack.set_tracking_uri(tmp_path / "other" / ".nbtrack")
    assert nbtrack.get_active_model_id() is None
    nbtrack.set_tracking_uri(store_folder)
    assert nbtrack.get_active_model_id() == active.model_id


def test_a_model_that_is_not_there_is_told_and_changes_nothing() -> None:
    active = nbtrack.set_active_model(name="m")
    with pytest.raises(ModelNotFound):
        nbtrack.set_active_model(model_id="m-nothing")
    with pytest.raises(InvalidInput, match="is called 'm', not 'n'"):
        nbtrack.set_active_model(name="n", model_id=active.model_id)
    with pytest.raises(InvalidInput, match="takes the name or the model_id"):
        nbtrack.set_active_model()
    assert nbtrack.get_active_model_id() == active.model_id
