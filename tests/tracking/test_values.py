from __future__ import annotations

import decimal
import fractions
import math

import numpy as np
import pytest

import nbtrack
from nbtrack.errors import InvalidInput, InvalidName, ParamConflict
from nbtrack.store import Store


def last(key: str = "m") -> float:
    run = nbtrack.active_run()
    assert run is not None
    return nbtrack.get_run(run.info.run_id).data.metrics[key]


class Tensor:
    """What a one-element tensor of a deep-learning framework looks like."""

    shape = (1,)

    def item(self) -> float:
        return 0.25


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1, 1.0),
        (True, 1.0),
        (-0.0, -0.0),
        (5e-324, 5e-324),
        (1.7976931348623157e308, 1.7976931348623157e308),
        (float("inf"), math.inf),
        (-math.inf, -math.inf),
        (np.float32(0.1), float(np.float32(0.1))),
        (np.float16(0.5), 0.5),
        (np.int64(2**53), 2.0**53),
        (np.bool_(True), 1.0),
        (np.array(0.75), 0.75),
        (np.array([0.75]), 0.75),
        (Tensor(), 0.25),
        (2**53, 2.0**53),
        (2**60, 2.0**60),
        (fractions.Fraction(1, 4), 0.25),
        (decimal.Decimal("0.5"), 0.5),
        (np.longdouble("0.5"), 0.5),
    ],
)
def test_numbers_of_every_kind_are_kept_exactly(store: Store, value: object, expected: float) -> None:
    nbtrack.log_metric("m", value)  # type: ignore[arg-type]
    assert last() == expected


@pytest.mark.parametrize("value", [math.nan, np.float64("nan"), np.float32("nan")])
def test_nan_is_a_value(store: Store, value: float) -> None:
    nbtrack.log_metric("m", value)
    assert math.isnan(last())


@pytest.mark.parametrize(
    "value",
    [
        "0.9",
        b"1",
        None,
        [1.0],
        {},
        1j,
        2**53 + 1,
        10**400,
        np.array([1.0, 2.0]),
        np.datetime64("2024-01-01"),
        object(),
        np.longdouble("0.1"),
        decimal.Decimal("0.1"),
        fractions.Fraction(1, 3),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_single_number_is_refused_by_name(store: Store, value: object) -> None:
    with pytest.raises(InvalidInput, match="'m'"):
        nbtrack.log_metric("m", value)  # type: ignore[arg-type]


def test_one_bad_metric_among_several_logs_none(store: Store) -> None:
    with nbtrack.start_run() as run:
        with pytest.raises(InvalidInput):
            nbtrack.log_metrics({"good": 1.0, "bad": "x"})  # type: ignore[dict-item]
        assert nbtrack.get_run(run.info.run_id).data.metrics == {}


@pytest.mark.parametrize("step", [0, 3, np.int64(3), 3.0, -1, 2**62])
def test_a_step_is_a_whole_number(store: Store, step: int) -> None:
    with nbtrack.start_run() as run:
        nbtrack.log_metric("m", 1.0, step=step)
    assert [point.step for point in store.metrics.history(run.info.run_id, "m").points] == [int(step)]


@pytest.mark.parametrize("step", ["1", 1.5, 2**63, math.nan])
def test_a_step_that_is_none_is_refused(store: Store, step: object) -> None:
    with pytest.raises(InvalidInput):
        nbtrack.log_metric("m", 1.0, step=step)  # type: ignore[arg-type]


def test_a_metric_has_a_history_in_steps_and_keeps_given_times(store: Store) -> None:
    with nbtrack.start_run() as run:
        for step in range(3):
            nbtrack.log_metric("loss", 1 / (step + 1), step=step, timestamp=1000 + step)
    points = nbtrack.Client().get_metric_history(run.info.run_id, "loss")
    assert [(point.step, point.timestamp) for point in points] == [(0, 1000), (1, 1001), (2, 1002)]
    assert nbtrack.get_run(run.info.run_id).data.metrics["loss"] == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    "value",
    ["", "emoji 🦌", 'it\'s "quoted" `so`', "line\nbreak\r\n\ttab", "a/b\\c", "%s {x} $y", "x" * 1_000_000, "ünï — ∑"],
    ids=lambda value: value[:12],
)
def test_a_param_is_kept_as_it_is(store: Store, value: str) -> None:
    with nbtrack.start_run() as run:
        assert nbtrack.log_param("p", value) == value
    assert nbtrack.get_run(run.info.run_id).data.params == {"p": value}


@pytest.mark.parametrize("value", ["NUL \0", "half \ud800 pair"])
def test_a_param_that_cannot_be_kept_exactly_is_refused(store: Store, value: str) -> None:
    with pytest.raises(InvalidName, match="'p'"):
        nbtrack.log_param("p", value)


@pytest.mark.parametrize("key", ["", "a\0b", "a\nb", "/a", "a//b", "..", "a#b", "k" * 251, 5, None])
def test_a_key_that_cannot_be_a_key_is_refused(store: Store, key: object) -> None:
    for log in (nbtrack.log_param, nbtrack.log_metric, nbtrack.set_tag):
        with pytest.raises(InvalidInput):
            log(key, 1)  # type: ignore[operator]


@pytest.mark.parametrize("key", ["train/loss", "emoji 🦌", "it's", 'a "b"', "with space", "k" * 250, "a.b-c_d:e"])
def test_an_unusual_key_is_kept(store: Store, key: str) -> None:
    with nbtrack.start_run() as run:
        nbtrack.log_param(key, 1)
        nbtrack.log_metric(key, 1)
        nbtrack.set_tag(key, 1)
    found = nbtrack.get_run(run.info.run_id).data
    assert found.params[key] == "1"
    assert found.metrics[key] == 1.0
    assert found.tags[key] == "1"


def test_a_param_is_written_once_and_logging_it_again_as_it_is_does_no_harm(store: Store) -> None:
    nbtrack.log_params({"a": 1, "b": None})
    nbtrack.log_param("a", 1)
    with pytest.raises(ParamConflict, match="already '1'"):
        nbtrack.log_param("a", 2)
    with pytest.raises(ParamConflict):
        nbtrack.log_params({"new": 1, "a": 2})
    run = nbtrack.active_run()
    assert run is not None
    assert nbtrack.get_run(run.info.run_id).data.params == {"a": "1", "b": "None"}


def test_a_tag_can_change_and_go(store: Store) -> None:
    with nbtrack.start_run() as run:
        nbtrack.set_tags({"a": 1, "b": 2})
        nbtrack.set_tag("a", "new")
        nbtrack.delete_tag("b")
    tags = nbtrack.get_run(run.info.run_id).data.tags
    assert tags["a"] == "new"
    assert "b" not in tags


def test_the_name_of_an_open_run_changes_with_its_tag(store: Store) -> None:
    with nbtrack.start_run(run_name="old") as run:
        nbtrack.set_tag("mlflow.runName", "new")
    assert nbtrack.get_run(run.info.run_id).info.run_name == "new"


@pytest.mark.parametrize("name", ["emoji 🦌", "it's", 'say "hi"', "a/b", "line\nbreak", "n" * 500])
def test_an_unusual_run_name_is_kept(store: Store, name: str) -> None:
    with nbtrack.start_run(run_name=name) as run:
        pass
    assert nbtrack.get_run(run.info.run_id).info.run_name == name


@pytest.mark.parametrize("name", ["   ", "a\0b", "n" * 501, "\ud800"])
def test_an_impossible_run_name_is_refused_and_no_run_is_left(store: Store, name: str) -> None:
    with pytest.raises(InvalidName):
        nbtrack.start_run(run_name=name)
    assert nbtrack.search_runs(output_format="list") == []


def test_a_batch_is_logged_by_the_id_of_a_run(store: Store) -> None:
    with nbtrack.start_run() as run:
        pass
    nbtrack.log_batch(run.info.run_id, [nbtrack.Metric("m", 1.0, 5, 2)], {"p": 1}, {"t": 2})
    found = nbtrack.get_run(run.info.run_id).data
    assert (found.metrics, found.params, found.tags["t"]) == ({"m": 1.0}, {"p": "1"}, "2")
