"""What every store promises. A store's own test module imports this class and gives it a ``store`` fixture."""

from __future__ import annotations

import math
import threading
import uuid

import pytest

from nbtrack.entities import (
    Batch,
    CellExecution,
    ColumnSchema,
    Dataset,
    DatasetInput,
    Environment,
    LoggedModel,
    Metric,
    NewRun,
    RunStatus,
    Session,
)
from nbtrack.errors import (
    AlreadyExists,
    ArtifactNotFound,
    ExperimentNotFound,
    InvalidFilter,
    InvalidInput,
    InvalidName,
    InvalidPath,
    InvalidState,
    ModelNotFound,
    ParamConflict,
    RunNotFound,
)
from nbtrack.store import RunQuery, Store, boot_id, host_name, process_started_at_ms

AWKWARD_TEXTS = [
    "emoji 🦌",
    "quote ' and \" and `",
    "line\nbreak",
    "a/b/c",
    "percent % _",
    "ünïcode",
    "  spaces  ",
    "x" * 250,
]


def new_run(store: Store, experiment_id: str = "0", *, name: str = "run", at_ms: int = 1000, **options) -> str:
    run_id = uuid.uuid4().hex
    store.runs.create([NewRun(run_id, name, experiment_id, at_ms, **options)])
    return run_id


def metric(key: str, value: float, *, step: int = 0, at_ms: int = 1) -> Metric:
    return Metric(key, value, at_ms, step)


class ExperimentContract:
    def test_a_new_store_has_the_default_experiment(self, store: Store) -> None:
        assert [(e.experiment_id, e.name) for e in store.experiments.list()] == [("0", "Default")]

    def test_an_experiment_keeps_its_name_and_tags_exactly(self, store: Store) -> None:
        for name in AWKWARD_TEXTS:
            made = store.experiments.create(name, tags={"owner": name})
            assert store.experiments.find(name) == made
            assert store.experiments.get(made.experiment_id).tags == {"owner": name}

    def test_a_taken_name_is_refused(self, store: Store) -> None:
        store.experiments.create("wine", tags={})
        with pytest.raises(AlreadyExists, match="set_experiment"):
            store.experiments.create("wine", tags={})

    def test_deleting_an_experiment_frees_its_name_and_takes_its_runs(self, store: Store) -> None:
        first = store.experiments.create("wine", tags={})
        run_id = new_run(store, first.experiment_id)
        store.experiments.delete(first.experiment_id)
        assert store.experiments.find("wine") is None
        assert store.runs.get(run_id).info.lifecycle_stage == "deleted"
        second = store.experiments.create("wine", tags={})
        with pytest.raises(AlreadyExists, match="Rename that one"):
            store.experiments.restore(first.experiment_id)
        store.experiments.rename(second.experiment_id, "beer")
        store.experiments.restore(first.experiment_id)
        assert store.runs.get(run_id).info.lifecycle_stage == "active"

    def test_unknown_experiments_are_named(self, store: Store) -> None:
        for act in (store.experiments.get, store.experiments.delete, store.experiments.restore):
            with pytest.raises(ExperimentNotFound, match="no-such"):
                act("no-such")
        with pytest.raises(ExperimentNotFound):
            new_run(store, "no-such")

    def test_the_default_experiment_stays(self, store: Store) -> None:
        with pytest.raises(InvalidState):
            store.experiments.delete("0")

    def test_a_deleted_experiment_takes_no_runs(self, store: Store) -> None:
        made = store.experiments.create("wine", tags={})
        store.experiments.delete(made.experiment_id)
        with pytest.raises(InvalidState, match="Restore it"):
            new_run(store, made.experiment_id)

    @pytest.mark.parametrize("name", ["", "  ", "nul\0", "x" * 501, "\ud800"])
    def test_a_bad_name_is_refused(self, store: Store, name: str) -> None:
        with pytest.raises(InvalidName):
            store.experiments.create(name, tags={})


class RunContract:
    def test_a_run_comes_back_as_it_was_made(self, store: Store) -> None:
        batch = Batch((metric("rmse", 0.1),), {"depth": "8"}, {"stage": "dev"})
        run_id = new_run(store, name="quiet-fox-1", at_ms=5, user="ada", batch=batch)
        run = store.runs.get(run_id)
        assert (run.info.run_name, run.info.start_time, run.info.status) == (
            "quiet-fox-1",
            5,
            RunStatus.RUNNING,
        )
        assert run.data.metrics == {"rmse": 0.1}
        assert run.data.params == {"depth": "8"}
        assert run.data.tags == {"stage": "dev"}

    def test_texts_are_kept_exactly(self, store: Store) -> None:
        run_id = new_run(store)
        for text in AWKWARD_TEXTS:
            key = text.replace("\n", " ")
            store.runs.log(run_id, Batch(params={key: text}, tags={key: text}))
            assert store.runs.get(run_id).data.params[key] == text
            assert store.runs.get(run_id).data.tags[key] == text

    def test_a_param_of_a_megabyte_is_kept_whole(self, store: Store) -> None:
        run_id, value = new_run(store), "é" * 1_000_000
        store.runs.log(run_id, Batch(params={"big": value}))
        assert store.runs.get(run_id).data.params["big"] == value

    @pytest.mark.parametrize("key", ["", "/a", "a//b", "a/../b", "a#b", "nul\0", "line\nbreak", "x" * 251])
    def test_a_bad_key_is_refused_and_nothing_is_written(self, store: Store, key: str) -> None:
        run_id = new_run(store)
        with pytest.raises(InvalidName):
            store.runs.log(run_id, Batch((metric("ok", 1.0),), {"fine": "1"}, {key: "x"}))
        with pytest.raises(InvalidName):
            store.runs.log(run_id, Batch((metric("ok", 1.0), metric(key, 1.0)), {"fine": "1"}))
        assert store.runs.get(run_id).data.params == {}
        assert store.runs.get(run_id).data.metrics == {}

    @pytest.mark.parametrize("value", ["nul\0", "\ud800", "x" * (4 * 1024 * 1024 + 1)])
    def test_a_value_that_cannot_be_kept_is_refused(self, store: Store, value: str) -> None:
        run_id = new_run(store)
        with pytest.raises(InvalidName):
            store.runs.log(run_id, Batch(params={"a": "1", "p": value}))
        assert store.runs.get(run_id).data.params == {}

    def test_a_param_is_written_once(self, store: Store) -> None:
        run_id = new_run(store, batch=Batch(params={"depth": "8"}))
        store.runs.log(run_id, Batch(params={"depth": "8"}))
        with pytest.raises(ParamConflict, match="written once"):
            store.runs.log(run_id, Batch(params={"depth": "9", "other": "1"}))
        assert store.runs.get(run_id).data.params == {"depth": "8"}

    def test_a_tag_can_change_and_go(self, store: Store) -> None:
        run_id = new_run(store)
        store.runs.log(run_id, Batch(tags={"stage": "dev"}))
        store.runs.log(run_id, Batch(tags={"stage": "prod"}))
        assert store.runs.get(run_id).data.tags == {"stage": "prod"}
        store.runs.delete_tag(run_id, "stage")
        assert store.runs.get(run_id).data.tags == {}

    def test_the_name_tag_renames_the_run(self, store: Store) -> None:
        run_id = new_run(store)
        store.runs.log(run_id, Batch(tags={"mlflow.runName": "other"}))
        assert store.runs.get(run_id).info.run_name == "other"
        store.runs.rename(run_id, "third 🦌")
        assert store.runs.get(run_id).info.run_name == "third 🦌"
        assert store.runs.get(run_id).data.tags["mlflow.runName"] == "third 🦌"

    def test_deleting_hides_a_run_with_its_children_until_it_is_restored(self, store: Store) -> None:
        parent = new_run(store, name="search")
        child = new_run(store, name="candidate", parent_run_id=parent)
        store.runs.delete([parent])
        store.runs.delete([parent])
        assert store.runs.search(RunQuery()) == []
        with pytest.raises(InvalidState, match="deleted"):
            store.runs.log(child, Batch(params={"a": "1"}))
        store.runs.restore(parent)
        store.runs.restore(parent)
        assert {run.info.run_id for run in store.runs.search(RunQuery())} == {parent, child}

    def test_unknown_runs_are_named(self, store: Store) -> None:
        for act in (store.runs.get, store.runs.restore):
            with pytest.raises(RunNotFound, match="nope"):
                act("nope")
        with pytest.raises(RunNotFound):
            store.runs.delete(["nope"])
        with pytest.raises(RunNotFound):
            store.runs.log("nope", Batch(params={"a": "1"}))
        with pytest.raises(RunNotFound):
            store.metrics.history("nope", "loss")

    def test_status_and_end_are_set_together(self, store: Store) -> None:
        run_id = new_run(store)
        store.runs.log(run_id, Batch(status=RunStatus.FAILED, ended_at_ms=9))
        info = store.runs.get(run_id).info
        assert (info.status, info.end_time) == (RunStatus.FAILED, 9)

    def test_attempts_of_a_group_are_numbered(self, store: Store) -> None:
        ids = [new_run(store, group_id="cell", at_ms=n) for n in range(3)]
        other = new_run(store, group_id="other")
        attempts = {run.run_id: run.attempt for run in store.runs.summaries().runs}
        assert [attempts[i] for i in ids] == [1, 2, 3]
        assert attempts[other] == 1

    def test_inputs_and_models_come_back(self, store: Store) -> None:
        run_id = new_run(store)
        data = Dataset("X_train", "abc", (10, 2), (ColumnSchema("a", "double"),))
        item = DatasetInput(data, "training", {"k": "v"})
        store.runs.log(run_id, Batch(inputs=(item, item)))
        assert store.runs.get(run_id).inputs.dataset_inputs == (item,)
        model = LoggedModel("m-1", run_id, "model", "model", "sklearn", 10, 1)
        store.runs.log(run_id, Batch(models=(model,)))
        again = LoggedModel("m-2", run_id, "model", "model", "sklearn", 12, 2)
        store.runs.log(run_id, Batch(models=(again,)))
        assert list(store.runs.models(run_id)) == [again]
        summary = store.runs.summaries().runs[0]
        assert (summary.dataset_count, summary.model_count) == (1, 1)


class MetricContract:
    def test_the_last_value_is_by_step_then_time(self, store: Store) -> None:
        run_id = new_run(store)
        for value, step in ((0.9, 0), (0.1, 5), (0.4, 3)):
            store.runs.log(run_id, Batch((metric("loss", value, step=step),)))
        (summary,) = store.metrics.summaries(run_id)
        assert (summary.first, summary.last, summary.min, summary.max) == (0.9, 0.1, 0.1, 0.9)
        assert (summary.count, summary.best_step, summary.last_step) == (3, 5, 5)
        assert store.runs.get(run_id).data.metrics == {"loss": 0.1}

    @pytest.mark.parametrize("in_one_batch", [True, False])
    @pytest.mark.parametrize(
        "values",
        [
            [math.nan, 2.0, math.inf, -math.inf, 1e308, 5e-324, -0.1],
            [math.nan, math.nan],
            [1.0, math.nan],
            [math.nan, 1.0],
        ],
    )
    def test_nan_and_infinities_are_values(self, store: Store, values: list[float], in_one_batch: bool) -> None:
        run_id = new_run(store)
        points = [metric("m", value, step=step) for step, value in enumerate(values)]
        for batch in [points] if in_one_batch else [[point] for point in points]:
            store.runs.log(run_id, Batch(tuple(batch)))
        kept = [point.value for point in store.metrics.history(run_id, "m").points]
        assert [repr(v) for v in kept] == [repr(v) for v in values]
        (summary,) = store.metrics.summaries(run_id)
        numbers = [v for v in values if not math.isnan(v)] or [math.nan]
        assert repr(summary.min) == repr(min(numbers))
        assert repr(summary.max) == repr(max(numbers))
        assert repr(summary.first) == repr(values[0])
        assert repr(summary.last) == repr(values[-1])

    def test_a_history_is_ordered_and_keeps_repeated_points(self, store: Store) -> None:
        run_id = new_run(store)
        points = [metric("m", 1.0, step=1), metric("m", 2.0, step=0), metric("m", 1.0, step=1)]
        store.runs.log(run_id, Batch(tuple(points)))
        assert [point.value for point in store.metrics.history(run_id, "m").points] == [2.0, 1.0, 1.0]

    def test_a_long_history_is_thinned_without_losing_a_spike(self, store: Store) -> None:
        run_id = new_run(store)
        values = [float(n % 7) for n in range(5000)]
        values[3333] = 1e6
        store.runs.log(run_id, Batch(tuple(metric("m", v, step=s) for s, v in enumerate(values))))
        history = store.metrics.history(run_id, "m", max_points=200)
        assert history.total == 5000
        assert len(history.points) <= 200
        assert 1e6 in [point.value for point in history.points]
        assert [point.step for point in history.points] == sorted(point.step for point in history.points)

    @pytest.mark.parametrize("step", [2**63, -(2**63) - 1])
    def test_a_step_beyond_64_bits_is_refused(self, store: Store, step: int) -> None:
        run_id = new_run(store)
        with pytest.raises(InvalidName, match="64 bits"):
            store.runs.log(run_id, Batch((metric("m", 1.0, step=step),)))


class SearchContract:
    @pytest.fixture
    def forest(self, store: Store) -> dict[str, str]:
        names = {}
        for at, (depth, rmse, kind) in enumerate(
            [(2, 0.4, "tree"), (4, 0.8, "tree"), (8, 1.3, "tree"), (0, 0.2, "linear"), (1, math.nan, "tree")]
        ):
            batch = Batch((metric("rmse", rmse),), {"model": kind, "depth": str(depth)}, {"k 1": f"v{depth}"})
            names[new_run(store, name=f"{kind}-{depth}", at_ms=at, batch=batch)] = f"{kind}-{depth}"
        names[new_run(store, name="bare", at_ms=9)] = "bare"
        return names

    @pytest.mark.parametrize(
        ("filter_text", "order_by", "expected"),
        [
            ('metrics.rmse < 1 and params.model = "tree"', ("metrics.rmse DESC",), ["tree-4", "tree-2"]),
            ("metrics.rmse < 1", ("metrics.rmse",), ["linear-0", "tree-2", "tree-4"]),
            ("params.model != 'tree'", (), ["linear-0"]),
            ("metrics.rmse != 0.4", ("metrics.rmse",), ["linear-0", "tree-4", "tree-8", "tree-1"]),
            ("tags.`k 1` = 'v8'", (), ["tree-8"]),
            (
                "attributes.run_name LIKE 'tree-%'",
                ("start_time ASC",),
                ["tree-2", "tree-4", "tree-8", "tree-1"],
            ),
            ("run_name LIKE 'TREE-%'", (), []),
            ("run_name ILIKE 'TREE-2'", (), ["tree-2"]),
            ("start_time >= 4", (), ["bare", "tree-1"]),
            ("params.depth = '2' or params.depth = '8'", (), ["tree-8", "tree-2"]),
            (
                "params.model = 'tree' and (metrics.rmse < 0.5 OR metrics.rmse > 1) and not params.depth = '8'",
                (),
                ["tree-2"],
            ),
            ("not params.model = 'tree'", (), ["bare", "linear-0"]),
            ("not (metrics.rmse < 0.5 or metrics.rmse > 1)", (), ["bare", "tree-1", "tree-4"]),
            ("params.depth IN ('2', '0')", (), ["linear-0", "tree-2"]),
            ("params.depth not in ('2', '0')", (), ["tree-1", "tree-8", "tree-4"]),
            ("metrics.rmse in (0.4, 0.8)", (), ["tree-4", "tree-2"]),
            ("metrics.rmse between 0.4 and 0.8 and run_name like 'tree%'", (), ["tree-4", "tree-2"]),
            ("params.model is null", (), ["bare"]),
            ("metrics.rmse IS NOT NULL and run_name not like 'tree-%'", (), ["linear-0"]),
            ("params.model not like 'tree%'", (), ["linear-0"]),
            ("end_time is null and not end_time > 5", (), ["bare", "tree-1", "linear-0", "tree-8", "tree-4", "tree-2"]),
            ("age > 2d and run_name = 'bare'", (), ["bare"]),
            ("age < 1.5h", (), []),
            ("metrics.rmse.min < 0.5 and metrics.rmse.count = 1", (), ["linear-0", "tree-2"]),
            ("metrics.`rmse.min` < 0.5", (), []),
            ("metrics.rmse.best_step = 0 and metrics.rmse.first > 1", (), ["tree-8"]),
            ("", ("metrics.rmse.max DESC", "run_name"), ["tree-8", "tree-4", "tree-2", "linear-0", "tree-1", "bare"]),
            ("", ("metrics.rmse ASC",), ["linear-0", "tree-2", "tree-4", "tree-8", "tree-1", "bare"]),
            ("", ("metrics.rmse DESC",), ["tree-8", "tree-4", "tree-2", "linear-0", "tree-1", "bare"]),
            (
                "",
                ("params.model", "metrics.rmse"),
                ["linear-0", "tree-2", "tree-4", "tree-8", "tree-1", "bare"],
            ),
        ],
    )
    def test_search(self, store: Store, forest: dict[str, str], filter_text: str, order_by, expected) -> None:
        found = store.runs.search(RunQuery(filter=filter_text, order_by=order_by))
        assert [forest[run.info.run_id] for run in found] == expected

    def test_search_looks_in_the_experiments_asked_for(self, store: Store, forest: dict[str, str]) -> None:
        other = store.experiments.create("other", tags={})
        run_id = new_run(store, other.experiment_id)
        found = store.runs.search(RunQuery(experiment_ids=(other.experiment_id,)))
        assert [run.info.run_id for run in found] == [run_id]

    def test_statistics_of_a_history(self, store: Store) -> None:
        run_id = new_run(store)
        for step, value in enumerate((3.0, 1.0, 2.0)):
            store.runs.log(run_id, Batch((metric("loss", value, step=step), metric("auc", value, step=step))))
        for condition in ("first = 3", "last = 2", "min = 1", "max = 3", "count = 3", "best_step = 1"):
            assert store.runs.search(RunQuery(filter=f"metrics.loss.{condition}")), condition
        assert store.runs.search(RunQuery(filter="metrics.auc.best_step = 0"))

    @pytest.mark.parametrize(
        ("text", "hint"),
        [
            ("metric.a < 1 and", "expected"),
            ("attributes.statsu = 'FINISHED'", "did you mean status"),
            ("metrisc.a < 1", "did you mean metric"),
            ("metrics.a < 2d", "duration"),
            ("metrics.a in ('x')", "number"),
            ("(" * 500 + "metrics.a < 1" + ")" * 500, None),
            ("not " * 500 + "metrics.a < 1", "in one another"),
            ("metrics.a < 1 or" * 5_000, "longer than"),
        ],
    )
    def test_bad_filters_are_refused_in_words(self, store: Store, text: str, hint: str | None) -> None:
        if hint is None:  # parentheses alone are no depth
            assert store.runs.search(RunQuery(filter=text)) == []
            return
        with pytest.raises(InvalidFilter, match=hint):
            store.runs.search(RunQuery(filter=text))

    def test_a_bad_filter_says_where(self, store: Store) -> None:
        with pytest.raises(InvalidFilter, match=r"quotes") as raised:
            store.runs.search(RunQuery(filter="params.depth = 1"))
        assert raised.value.position == 15


class ListContract:
    def test_pages_are_newest_first_and_complete(self, store: Store) -> None:
        made = [new_run(store, at_ms=n // 2) for n in range(25)]
        seen: list[str] = []
        cursor = None
        while True:
            page = store.runs.summaries(limit=10, cursor=cursor)
            seen += [run.run_id for run in page.runs]
            cursor = page.cursor
            if cursor is None:
                break
        assert sorted(seen) == sorted(made)
        starts = [run.started_at_ms for run in store.runs.summaries(limit=100).runs]
        assert starts == sorted(starts, reverse=True)

    def test_changes_since_tell_what_changed_and_what_was_deleted(self, store: Store) -> None:
        a, b, c = (new_run(store) for _ in range(3))
        seq = store.runs.summaries().seq
        store.runs.log(a, Batch((metric("m", 1.0),)))
        store.runs.delete([b])
        changed = store.runs.summaries_since(seq)
        assert {run.run_id: str(run.lifecycle) for run in changed.runs} == {a: "active", b: "deleted"}
        assert store.runs.summaries_since(changed.seq).runs == ()
        assert c not in {run.run_id for run in changed.runs}

    def test_the_change_token_moves_with_every_commit(self, store: Store) -> None:
        before = store.change_token()
        assert store.change_token() == before
        new_run(store)
        assert store.change_token() != before

    def test_threads_write_at_once_without_loss(self, store: Store) -> None:
        run_id = new_run(store)

        def write(worker: int) -> None:
            for step in range(20):
                store.runs.log(run_id, Batch((metric("m", float(worker), step=step),), {f"p{worker}.{step}": "1"}))

        threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert store.metrics.summaries(run_id)[0].count == 80
        assert len(store.runs.get(run_id).data.params) == 80


class SessionContract:
    def session(self, *, pid: int, started_at_ms: int) -> Session:
        return Session(uuid.uuid4().hex, host_name(), boot_id(), pid, started_at_ms, started_at_ms, "a.ipynb")

    def test_runs_of_a_dead_process_are_interrupted_and_those_of_the_living_go_on(self, store: Store) -> None:
        import os

        living = self.session(pid=os.getpid(), started_at_ms=process_started_at_ms())
        # The pid is in use again, by a process that started at another time.
        dead = self.session(pid=os.getpid(), started_at_ms=1)
        for session in (living, dead):
            store.sessions.open(session)
            store.sessions.open(session)
        kept = new_run(store, session_id=living.session_id)
        lost = new_run(store, session_id=dead.session_id)
        assert list(store.sessions.interrupt_runs_of_dead(host=host_name(), at_ms=77)) == [lost]
        assert store.runs.get(kept).info.status == RunStatus.RUNNING
        assert (store.runs.get(lost).info.status, store.runs.get(lost).info.end_time) == (
            RunStatus.KILLED,
            77,
        )
        store.sessions.close(living.session_id, ended_at_ms=5)

    def test_a_cell_is_recorded_and_brought_up_to_date(self, store: Store) -> None:
        session = self.session(pid=1, started_at_ms=1)
        store.sessions.open(session)
        started = CellExecution("e1", session.session_id, "x = 1", 5)
        over = CellExecution("e1", session.session_id, "x = 1", 5, "error", wall_ms=1.5, error="ValueError")
        run_id, other = new_run(store, batch=Batch(cell=started)), new_run(store)
        store.runs.log(other, Batch(cell=started))
        assert list(store.sessions.cells(run_id)) == list(store.sessions.cells(other)) == [started]
        before = store.seq()
        store.runs.log(run_id, Batch(cell=over))
        assert list(store.sessions.cells(other)) == [over]
        assert {run.run_id for run in store.runs.summaries_since(before).runs} == {run_id, other}

    def test_an_environment_is_stored_once(self, store: Store) -> None:
        environment = Environment("d" * 8, "3.11.7", "Linux", {"numpy": "2.0"})
        for _ in range(2):
            run_id = new_run(store)
            store.runs.log(run_id, Batch(environment=environment))
            assert store.sessions.environment(run_id) == environment
        assert store.sessions.environment(new_run(store)) is None


class RegistryContract:
    def test_versions_count_up(self, store: Store) -> None:
        for number in (1, 2):
            made = store.registry.create_version("wine", source=f"runs:/r{number}/model", run_id=None, at_ms=number)
            assert made.version == str(number)
        assert [v.version for v in store.registry.get("wine").versions] == ["2", "1"]
        assert store.registry.get_version("wine", "1").source == "runs:/r1/model"
        assert [v.version for v in store.registry.versions_of("runs:/r2/")] == ["2"]
        assert [m.name for m in store.registry.list()] == ["wine"]

    def test_unknown_models_and_bad_names_are_refused(self, store: Store) -> None:
        with pytest.raises(ModelNotFound, match="register_model"):
            store.registry.get("beer")
        store.registry.create_version("wine", source="s", run_id=None, at_ms=1)
        with pytest.raises(ModelNotFound, match="no version '9'"):
            store.registry.get_version("wine", "9")
        for name in ("a/b", "a:b", ""):
            with pytest.raises(InvalidName):
                store.registry.create_version(name, source="s", run_id=None, at_ms=1)


class ArtifactContract:
    def test_files_come_back_whole(self, store: Store, tmp_path) -> None:
        run_id = new_run(store)
        store.artifacts.put_bytes(run_id, "notes/a 🦌.txt", b"hello")
        source = tmp_path / "source"
        (source / "sub").mkdir(parents=True)
        (source / "sub" / "x.txt").write_text("x")
        store.artifacts.put_folder(run_id, "folder", source)
        store.artifacts.put_folder(run_id, "folder", source)
        store.artifacts.put_folder(run_id, "", source)
        assert store.artifacts.local_path(run_id, "notes/a 🦌.txt").read_bytes() == b"hello"
        listed = [(entry.path, entry.is_dir, entry.file_size) for entry in store.artifacts.list(run_id)]
        assert listed == [("folder", True, None), ("notes", True, None), ("sub", True, None)]
        assert [entry.path for entry in store.artifacts.list(run_id, "folder/sub")] == ["folder/sub/x.txt"]
        assert list(store.artifacts.list(new_run(store))) == []

    @pytest.mark.parametrize("path", ["../x", "/etc/passwd", "a/../../x", "a\\..\\x", "nul\0", "C:/x", "\ud800"])
    def test_a_path_that_leads_out_is_refused(self, store: Store, path: str) -> None:
        run_id = new_run(store)
        for act in (
            lambda: store.artifacts.put_bytes(run_id, path, b""),
            lambda: store.artifacts.local_path(run_id, path),
            lambda: store.artifacts.list(run_id, path),
        ):
            with pytest.raises(InvalidPath):
                act()
        with pytest.raises(InvalidPath):
            store.artifacts.local_path("../" + run_id, "x")

    @pytest.mark.parametrize("path", ["x" * 300, "file/below", "folder"])
    def test_a_path_that_can_not_be_is_the_callers_mistake(self, store: Store, path: str) -> None:
        run_id = new_run(store)
        store.artifacts.put_bytes(run_id, "file", b"")
        store.artifacts.put_bytes(run_id, "folder/file", b"")
        with pytest.raises(InvalidPath):
            store.artifacts.put_bytes(run_id, path, b"")

    def test_half_a_surrogate_pair_is_no_name_to_look_for(self, store: Store) -> None:
        with pytest.raises(InvalidInput, match="surrogate"):
            store.experiments.find("\ud800")

    def test_a_missing_artifact_is_named(self, store: Store) -> None:
        run_id = new_run(store)
        with pytest.raises(ArtifactNotFound, match=r"no artifact 'x\.txt'"):
            store.artifacts.local_path(run_id, "x.txt")


class StoreContract(
    ExperimentContract,
    RunContract,
    MetricContract,
    SearchContract,
    ListContract,
    SessionContract,
    RegistryContract,
    ArtifactContract,
):
    """All of it."""
