from __future__ import annotations

import asyncio
import threading

import pytest

import nbtrack
from nbtrack.errors import ExperimentNotFound, InvalidInput, RunNotFound
from nbtrack.store import Store, open_store
from nbtrack.tracking import open_runs


def status_of(run: nbtrack.ActiveRun) -> str:
    return nbtrack.get_run(run.info.run_id).info.status.value


def parent_of(run: nbtrack.ActiveRun) -> str | None:
    return nbtrack.get_run(run.info.run_id).data.tags.get("mlflow.parentRunId")


def test_leaving_the_with_block_finishes_the_run(store: Store) -> None:
    with nbtrack.start_run(run_name="first") as run:
        assert nbtrack.active_run() is run
        assert status_of(run) == "RUNNING"
    assert nbtrack.active_run() is None
    assert status_of(run) == "FINISHED"
    assert nbtrack.get_run(run.info.run_id).info.end_time is not None


def test_an_exception_that_leaves_the_block_fails_the_run_and_is_kept(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), nbtrack.start_run() as run:
        _ = 1 / 0
    assert status_of(run) == "FAILED"
    assert nbtrack.get_run(run.info.run_id).data.tags["nbtrack.error"] == "ZeroDivisionError: division by zero"


def test_an_interrupted_block_is_killed(store: Store) -> None:
    with pytest.raises(KeyboardInterrupt), nbtrack.start_run() as run:
        raise KeyboardInterrupt
    assert status_of(run) == "KILLED"


@pytest.mark.parametrize("message", ["NUL \0 inside", "half a pair \ud800", "x" * 5_000_000])
def test_an_error_that_a_database_cannot_keep_leaves_the_block_as_it_was_raised(store: Store, message: str) -> None:
    with pytest.raises(ValueError) as raised, nbtrack.start_run() as run:  # noqa: PT011
        raise ValueError(message)
    assert raised.value.args == (message,)
    assert status_of(run) == "FAILED"


def test_a_run_deleted_meanwhile_does_not_replace_the_error_of_its_block(store: Store, capsys) -> None:
    def delete_and_fail() -> None:
        with nbtrack.start_run() as run:
            nbtrack.delete_run(run.info.run_id)
            _ = 1 / 0

    with pytest.raises(ZeroDivisionError):
        delete_and_fail()
    assert "is deleted" in capsys.readouterr().err


def test_a_run_started_inside_another_is_its_child(store: Store) -> None:
    with nbtrack.start_run() as parent:
        with nbtrack.start_run() as child:
            assert nbtrack.active_run() is child
        assert nbtrack.active_run() is parent
        with nbtrack.start_run(nested=True) as second:
            pass
    assert parent_of(child) == parent_of(second) == parent.info.run_id
    assert parent_of(parent) is None


def test_a_parent_can_be_named(store: Store) -> None:
    with nbtrack.start_run() as parent:
        pass
    with nbtrack.start_run(parent_run_id=parent.info.run_id) as child:
        pass
    assert parent_of(child) == parent.info.run_id


def test_a_forgotten_run_is_ended_by_the_next_and_nothing_raises(store: Store) -> None:
    forgotten = nbtrack.start_run()
    following = nbtrack.start_run()
    assert status_of(forgotten) == "FINISHED"
    assert parent_of(following) is None
    assert nbtrack.active_run() is following
    nbtrack.end_run()
    nbtrack.end_run()
    assert nbtrack.active_run() is None


def test_a_run_can_be_nested_in_one_that_was_left_open(store: Store) -> None:
    outer = nbtrack.start_run()
    with nbtrack.start_run(nested=True) as inner:
        pass
    assert parent_of(inner) == outer.info.run_id
    assert nbtrack.active_run() is outer


def test_logging_without_a_run_opens_one(store: Store) -> None:
    nbtrack.log_param("a", 1)
    run = nbtrack.active_run()
    assert run is not None
    nbtrack.log_metric("b", 2)
    assert nbtrack.get_run(run.info.run_id).data.metrics == {"b": 2.0}


def test_a_run_is_resumed_by_its_id(store: Store) -> None:
    with nbtrack.start_run() as first:
        nbtrack.log_param("a", 1)
    with nbtrack.start_run(run_id=first.info.run_id) as again:
        assert again.info.run_id == first.info.run_id
        assert status_of(again) == "RUNNING"
        nbtrack.log_param("b", 2)
    found = nbtrack.get_run(first.info.run_id)
    assert found.data.params == {"a": "1", "b": "2"}
    assert found.info.status == "FINISHED"


@pytest.mark.parametrize("name", ["plain", "it's", "back\\slash", 'quo"te', "emoji 🦌"])
def test_a_run_is_resumed_by_its_name(store: Store, name: str) -> None:
    with nbtrack.start_run(run_name=name) as first:
        pass
    with nbtrack.start_run(run_id=name) as again:
        assert again.info.run_id == first.info.run_id


def test_resuming_an_unknown_run_says_so_and_leaves_the_open_run_alone(store: Store) -> None:
    run = nbtrack.start_run()
    with pytest.raises(RunNotFound, match="search_runs"):
        nbtrack.start_run(run_id="0" * 32)
    assert nbtrack.active_run() is run


def test_an_unknown_experiment_is_refused_with_the_way_out(store: Store) -> None:
    with pytest.raises(ExperimentNotFound, match="create_experiment"):
        nbtrack.start_run(experiment_id="12345")
    assert nbtrack.active_run() is None


def test_an_unknown_status_is_refused_and_the_run_stays_open(store: Store) -> None:
    run = nbtrack.start_run()
    with pytest.raises(InvalidInput, match="FINISHED"):
        nbtrack.end_run("DONE")
    assert nbtrack.active_run() is run
    nbtrack.end_run("FAILED")
    assert status_of(run) == "FAILED"


def test_a_name_description_and_tags_are_kept(store: Store) -> None:
    with nbtrack.start_run(run_name="named", description="**why**", tags={"stage": "dev", "n": 3}) as run:
        pass
    tags = nbtrack.get_run(run.info.run_id).data.tags
    assert tags["mlflow.runName"] == "named"
    assert tags["mlflow.note.content"] == "**why**"
    assert (tags["stage"], tags["n"]) == ("dev", "3")


def test_the_last_active_run_is_the_run_that_just_ended(store: Store) -> None:
    with nbtrack.start_run() as run:
        nbtrack.log_metric("a", 1)
    last = nbtrack.last_active_run()
    assert last is not None
    assert last.info.run_id == run.info.run_id
    assert last.data.metrics == {"a": 1.0}


def test_an_open_run_stays_in_the_store_that_it_was_made_in(store: Store, tmp_path) -> None:
    with nbtrack.start_run() as run:
        nbtrack.set_tracking_uri(tmp_path / "other")
        nbtrack.log_metric("a", 1)
        nbtrack.log_text("x", "a.txt")
        with nbtrack.start_run() as elsewhere:
            nbtrack.log_param("b", 2)
    assert store.runs.get(run.info.run_id).data.metrics == {"a": 1.0}
    assert store.runs.get(run.info.run_id).info.status == "FINISHED"
    assert store.artifacts.local_path(run.info.run_id, "a.txt").read_text() == "x"
    other = open_store(str(tmp_path / "other"))
    assert other.runs.get(elsewhere.info.run_id).data.params == {"b": "2"}
    other.close()


class TestThreads:
    def run_in_threads(self, *targets) -> None:
        errors: list[BaseException] = []

        def guarded(target) -> None:
            try:
                target()
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=guarded, args=(target,)) for target in targets]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not errors, errors

    def test_threads_have_active_runs_of_their_own(self, store: Store) -> None:
        both_open = threading.Barrier(2)
        seen: dict[str, tuple[nbtrack.ActiveRun, str | None]] = {}

        def work(name: str) -> None:
            run = nbtrack.start_run(run_name=name)
            both_open.wait(10)
            nbtrack.log_param("name", name)
            assert nbtrack.active_run() is run
            both_open.wait(10)
            nbtrack.end_run()
            seen[name] = (run, parent_of(run))

        self.run_in_threads(lambda: work("a"), lambda: work("b"))
        for name, (run, parent) in seen.items():
            assert parent is None
            assert nbtrack.get_run(run.info.run_id).data.params == {"name": name}
            assert status_of(run) == "FINISHED"

    def test_a_worker_thread_logs_to_the_run_of_the_main_thread(self, store: Store) -> None:
        with nbtrack.start_run() as run:
            self.run_in_threads(*(lambda n=n: nbtrack.log_metric("n", n, step=n) for n in range(20)))
        assert len(store.metrics.history(run.info.run_id, "n").points) == 20

    def test_nested_runs_of_worker_threads_are_siblings(self, store: Store) -> None:
        both_open = threading.Barrier(2)
        children: list[nbtrack.ActiveRun] = []

        def work() -> None:
            with nbtrack.start_run(nested=True) as child:
                both_open.wait(10)
                children.append(child)

        with nbtrack.start_run() as parent:
            self.run_in_threads(work, work)
        assert [parent_of(child) for child in children] == [parent.info.run_id] * 2

    def test_a_worker_thread_cannot_end_the_run_of_another(self, store: Store) -> None:
        with nbtrack.start_run() as run:
            self.run_in_threads(nbtrack.end_run)
            assert status_of(run) == "RUNNING"


class TestTasks:
    def test_tasks_have_active_runs_of_their_own(self, store: Store) -> None:
        async def work(name: str) -> nbtrack.ActiveRun:
            run = nbtrack.start_run(run_name=name)
            await asyncio.sleep(0)
            nbtrack.log_param("name", name)
            await asyncio.sleep(0)
            nbtrack.end_run()
            return run

        async def main() -> list[nbtrack.ActiveRun]:
            return list(await asyncio.gather(*(work(name) for name in "abc")))

        for name, run in zip("abc", asyncio.run(main()), strict=True):
            found = nbtrack.get_run(run.info.run_id)
            assert found.data.params == {"name": name}
            assert "mlflow.parentRunId" not in found.data.tags

    def test_runs_of_tasks_inside_a_run_are_its_children(self, store: Store) -> None:
        async def work(name: str) -> nbtrack.ActiveRun:
            with nbtrack.start_run(run_name=name) as run:
                await asyncio.sleep(0)
                nbtrack.log_param("name", name)
            return run

        async def main() -> tuple[nbtrack.ActiveRun, list[nbtrack.ActiveRun]]:
            with nbtrack.start_run() as parent:
                return parent, list(await asyncio.gather(work("a"), work("b")))

        parent, children = asyncio.run(main())
        assert [parent_of(child) for child in children] == [parent.info.run_id] * 2
        assert open_runs() == []
