from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable

import pytest

import nbtrack
from nbtrack.entities import Batch
from nbtrack.errors import ParamConflict
from nbtrack.store import Store
from nbtrack.tracking import log
from nbtrack.tracking.gathering import gathering
from nbtrack.tracking.interrupts import uninterrupted
from nbtrack.tracking.values import metric


def plainly(act: Callable[..., object], *arguments: object) -> None:
    act(*arguments)


def test_what_is_gathered_is_one_change_of_the_store(store: Store) -> None:
    with nbtrack.start_run() as run:
        before = store.seq()
        with gathering(run.info.run_id, plainly):
            nbtrack.log_params({"a": 1})
            nbtrack.log_metric("m", 0.5)
            nbtrack.set_tag("t", "first")
            nbtrack.set_tag("t", "last")
            assert store.seq() == before
        nbtrack.flush()
        assert store.seq() == before + 1
    data = nbtrack.get_run(run.info.run_id).data
    assert (data.params, data.metrics, data.tags["t"]) == ({"a": "1"}, {"m": 0.5}, "last")


def test_a_refused_part_does_not_take_the_others_along(store: Store) -> None:
    refused: list[Exception] = []

    def attempt(act: Callable[..., object], *arguments: object) -> None:
        try:
            act(*arguments)
        except ParamConflict as error:
            refused.append(error)

    with nbtrack.start_run() as run, gathering(run.info.run_id, attempt):
        for value in (1, 2):
            nbtrack.log_params({"depth": value, f"p{value}": value})
        nbtrack.log_metric("m", 0.5)
    data = store.runs.get(run.info.run_id).data
    assert (data.params, data.metrics) == ({"depth": "1", "p1": "1", "p2": "2"}, {"m": 0.5})
    assert "'depth'" in str(refused[0])


def test_what_was_gathered_before_an_error_is_written(store: Store) -> None:
    run = nbtrack.start_run()
    with contextlib.suppress(ZeroDivisionError), gathering(run.info.run_id, plainly):
        nbtrack.log_metric("m", 0.5)
        raise ZeroDivisionError
    nbtrack.flush()
    assert store.runs.get(run.info.run_id).data.metrics == {"m": 0.5}


def test_a_reader_sees_what_is_gathered(store: Store) -> None:
    with nbtrack.start_run() as run, gathering(run.info.run_id, plainly):
        log.append(run.info.run_id, Batch((metric("m", 0.5),)))
        assert nbtrack.get_run(run.info.run_id).data.metrics == {"m": 0.5}


def interrupted(times: int) -> bool:
    """Tell whether a block that is interrupted so often comes to its end."""
    is_done = False
    try:
        with uninterrupted():
            for _ in range(times):
                signal.raise_signal(signal.SIGINT)
            is_done = True
    except KeyboardInterrupt:
        return is_done
    raise AssertionError("the interrupt is lost")


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_waits_for_the_end_of_a_write_and_a_second_one_does_not() -> None:
    assert interrupted(1)
    assert not interrupted(2)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
