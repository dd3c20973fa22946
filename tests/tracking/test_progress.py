from __future__ import annotations

import pytest

import nbtrack
from nbtrack.errors import InvalidInput
from nbtrack.store import Store


def history(store: Store, run: nbtrack.ActiveRun, key: str) -> list[tuple[int, float]]:
    return [(point.step, point.value) for point in store.metrics.history(run.info.run_id, key).points]


def test_a_loop_logs_its_variables_at_each_step(store: Store, capsys) -> None:
    with nbtrack.start_run() as run:
        for epoch in nbtrack.progress(range(3), metrics=["loss"], desc="training"):
            loss = 1 / (epoch + 1)
    assert history(store, run, "loss") == [(0, 1.0), (1, 0.5), (2, pytest.approx(1 / 3))]
    assert loss < 1
    assert "training" in capsys.readouterr().err


def test_the_last_step_before_a_break_is_logged(store: Store) -> None:
    with nbtrack.start_run() as run:
        for epoch in nbtrack.progress(range(10), metrics=["loss"]):
            loss = float(epoch)
            if loss == 2:
                break
    assert history(store, run, "loss") == [(0, 0.0), (1, 1.0), (2, 2.0)]


def test_a_variable_of_an_earlier_step_or_not_yet_there_is_not_made_up(store: Store) -> None:
    with nbtrack.start_run() as run:
        for epoch in nbtrack.progress(range(4), metrics=["score"]):
            if epoch == 2:
                score = 0.5  # noqa: F841
    assert history(store, run, "score") == [(2, 0.5), (3, 0.5)]


def test_a_variable_that_is_no_number_is_told_and_the_loop_goes_on(store: Store, capsys) -> None:
    seen = []
    with nbtrack.start_run() as run:
        for epoch in nbtrack.progress(range(3), metrics=["text", "loss"]):
            text, loss = "x", float(epoch)  # noqa: F841
            seen.append(epoch)
    assert seen == [0, 1, 2]
    assert len(history(store, run, "loss")) == 3
    assert capsys.readouterr().err.count("'text'") == 1


def test_without_metrics_no_run_is_opened(store: Store) -> None:
    assert sum(nbtrack.progress(range(4))) == 6
    assert nbtrack.active_run() is None


def test_a_generator_needs_no_length(store: Store) -> None:
    bar = nbtrack.progress((n for n in range(3)), total=3)
    assert len(bar) == 3
    assert list(bar) == [0, 1, 2]
    with pytest.raises(TypeError):
        len(nbtrack.progress(iter([])))


def test_one_name_instead_of_a_list_is_refused(store: Store) -> None:
    with pytest.raises(InvalidInput, match=r"\['loss'\]"):
        nbtrack.progress([1], metrics="loss")
