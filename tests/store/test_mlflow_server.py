"""What holds of the store on a real MLflow server: the contract, but for what such a server can't keep."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from nbtrack.entities import (
    Batch,
    ColumnSchema,
    Dataset,
    DatasetInput,
    LoggedModel,
    Stage,
)
from nbtrack.errors import (
    AlreadyExists,
    InvalidFilter,
    InvalidName,
    ModelNotFound,
    NotFound,
    ParamConflict,
    StoreUnavailable,
)
from nbtrack.store import NewVersion, Query, RunQuery, Store
from nbtrack.store.http import HttpStore
from nbtrack.store.http.mlflow import changes, experiments
from tests.store.contract import (
    ArtifactContract,
    ExperimentContract,
    ListContract,
    MetricContract,
    RunContract,
    SessionContract,
)
from tests.store.contract.making import metric, new_run
from tests.store.tracking_servers import MlflowProcess, needs_mlflow

pytestmark = needs_mlflow


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    process = MlflowProcess(tmp_path_factory.mktemp("mlflow"))
    process.start()
    yield process
    process.kill()


@pytest.fixture
def store(server: MlflowProcess, tmp_path: Path):
    server.empty()
    opened = HttpStore(server.url, outbox=tmp_path / "outbox")
    yield opened
    opened.close()


NOT_FOR_MLFLOW = "An MLflow server has its own way here; what holds instead stands in this file."


class TestRunsOnMlflow(RunContract):
    def test_a_run_comes_back_as_it_was_made(self, store: Store) -> None:
        batch = Batch((metric("rmse", 0.1),), {"depth": "8"}, {"stage": "dev"})
        run_id = new_run(store, name="quiet-fox-1", at_ms=5, user="ada", batch=batch)
        run = store.runs.get(run_id)
        assert (run.info.run_id, run.info.run_name, run.info.start_time) == (run_id, "quiet-fox-1", 5)
        assert (run.data.metrics, run.data.params) == ({"rmse": 0.1}, {"depth": "8"})
        assert run.data.tags["stage"] == "dev"
        server_id = run.data.tags["nbtrack.server_run_id"]
        assert server_id != run_id
        assert run.data.tags == {
            "stage": "dev",
            "mlflow.runName": "quiet-fox-1",
            "nbtrack.server_run_id": server_id,
        }
        assert store.runs.get(server_id) == run

    def test_texts_are_kept_exactly(self, store: Store) -> None:
        run_id = new_run(store)
        for text in ["emoji 🦌", "quote ' and \" and `", "line\nbreak", "", "x" * 6000]:
            store.runs.log(run_id, Batch(params={f"p{len(text)}": text}, tags={f"t{len(text)}": text}))
            assert store.runs.get(run_id).data.params[f"p{len(text)}"] == text
            assert store.runs.get(run_id).data.tags[f"t{len(text)}"] == text
        for key in ["a/b/c", "ünïcode", "  spaces  ", "k" * 250]:
            store.runs.log(run_id, Batch(params={key: "1"}))
            assert store.runs.get(run_id).data.params[key] == "1"

    def test_a_param_of_a_megabyte_is_kept_whole(self, store: Store) -> None:
        """The server would cut it without a word: it is refused."""
        run_id = new_run(store)
        with pytest.raises(InvalidName, match="cut the rest"):
            store.runs.log(run_id, Batch(params={"big": "é" * 6001}))
        with pytest.raises(InvalidName, match=r"keep no param named 'a@5'"):
            store.runs.log(run_id, Batch(params={"a@5": "1"}))

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
        assert store.runs.get(run_id).data.tags["stage"] == "prod"
        store.runs.delete_tag(run_id, "stage")
        assert "stage" not in store.runs.get(run_id).data.tags

    def test_inputs_and_models_come_back(self, store: Store) -> None:
        run_id = new_run(store)
        data = Dataset("X_train", "abc", (10, 2), (ColumnSchema("a", "double"),))
        item = DatasetInput(data, "training", {"k": "v"})
        store.runs.log(run_id, Batch(inputs=(item, item)))
        assert store.runs.get(run_id).inputs.dataset_inputs == (item,)
        model = LoggedModel("m-1", run_id, "model", "model", "sklearn", 10, 1, "signature", experiment_id="0")
        store.runs.log(run_id, Batch(models=(model,)))
        store.runs.log(run_id, Batch(models=(model,)))
        assert list(store.models.of_run(run_id)) == [model]
        assert store.models.get("m-1") == model
        with pytest.raises(ModelNotFound):
            store.models.get("m-2")
        summary = store.runs.summaries().runs[0]
        assert (summary.dataset_count, summary.model_count) == (1, 1)


class TestExperimentsOnMlflow(ExperimentContract):
    def test_deleting_an_experiment_frees_its_name_and_takes_its_runs(self, store: Store) -> None:
        """The server keeps the name taken."""
        made = store.experiments.create("wine", tags={})
        run_id = new_run(store, made.experiment_id)
        store.experiments.delete(made.experiment_id)
        assert store.experiments.find("wine") is None
        assert store.runs.get(run_id).info.lifecycle_stage == "deleted"
        with pytest.raises(AlreadyExists, match="restore it"):
            store.experiments.create("wine", tags={})
        store.experiments.restore(made.experiment_id)
        assert store.runs.get(run_id).info.lifecycle_stage == "active"

    def test_experiments_are_found_by_name_tag_and_time_in_pages(self, store: Store) -> None:
        """The server has its own words for it, and says what it does not understand."""
        made = [store.experiments.create(name, tags={"team": name[0]}) for name in ("ax", "ay", "bx")]
        store.experiments.delete(made[1].experiment_id)

        def found(query: Query, **options) -> list[str]:
            return [experiment.name for experiment in store.experiments.search(query, **options).items]

        assert found(Query("name LIKE 'a%'", ("name",))) == ["ax"]
        assert found(Query("tags.team = 'a'"), lifecycle="deleted") == ["ay"]
        first = store.experiments.search(Query(order_by=("name ASC",), max_results=2))
        assert [experiment.name for experiment in first.items] == ["Default", "ax"]
        assert found(Query(order_by=("name ASC",), max_results=2, page_token=first.next_page_token)) == ["bx"]
        with pytest.raises(InvalidFilter, match="Invalid clause"):
            found(Query("not tags.team = 'a'"))

    def test_active_runs_are_counted(self, store: Store, monkeypatch) -> None:
        monkeypatch.setattr(experiments, "COUNT_LASTS_S", 0.0)
        made = store.experiments.create("wine", tags={})
        kept, deleted = new_run(store, made.experiment_id), new_run(store, made.experiment_id)
        store.runs.delete([deleted])
        assert store.experiments.run_counts() == {made.experiment_id: 1}
        assert store.runs.get(kept).info.experiment_id == made.experiment_id


class TestMetricsOnMlflow(MetricContract):
    def test_the_latest_points_of_many_runs_come_together(self, store: Store) -> None:
        first, second, without = (new_run(store) for _ in range(3))
        store.runs.log(first, Batch((metric("b", 1.0, step=5), metric("b", 2.0, step=3), metric("a", math.nan))))
        store.runs.log(second, Batch((metric("a", 3.0, step=7),)))
        latest = store.metrics.latest([first, second, without])
        points = {
            run_id: [(each.key, repr(each.value), each.step) for each in found] for run_id, found in latest.items()
        }
        assert points == {first: [("a", "nan", 0), ("b", "1.0", 5)], second: [("a", "3.0", 7)]}

    @pytest.mark.parametrize("values", [[math.nan, 2.0, 1e308, 5e-324, -0.1], [math.nan, math.nan], [1.0, math.nan]])
    def test_nan_and_infinities_are_values(self, store: Store, values: list[float], caplog) -> None:
        run_id = new_run(store)
        store.runs.log(run_id, Batch(tuple(metric("m", value, step=step) for step, value in enumerate(values))))
        kept = [point.value for point in store.metrics.history(run_id, "m").points]
        assert [repr(v) for v in kept] == [repr(v) for v in values]
        assert repr(store.runs.get(run_id).data.metrics["m"]) == repr(values[-1])
        assert not caplog.records

    def test_infinities_are_clipped_by_the_server_which_is_told_once(self, store: Store, caplog) -> None:
        run_id = new_run(store)
        for step in range(2):
            store.runs.log(run_id, Batch((metric("m", math.inf, step=step),)))
        assert [point.value for point in store.metrics.history(run_id, "m").points] == [1.7976931348623157e308] * 2
        assert [record.message for record in caplog.records if "infinities" in record.message][1:] == []
        assert "keeps infinities as" in caplog.text

    def test_a_history_is_ordered_and_keeps_repeated_points(self, store: Store) -> None:
        """The server keeps a point that is logged twice once."""
        run_id = new_run(store)
        points = [metric("m", 1.0, step=1), metric("m", 2.0, step=0), metric("m", 1.0, step=1)]
        store.runs.log(run_id, Batch(tuple(points)))
        assert [point.value for point in store.metrics.history(run_id, "m").points] == [2.0, 1.0]

    @pytest.mark.skip(reason="An MLflow server clips infinities.")
    def test_a_long_history_from_afar_shows_its_ends_and_spikes(self) -> None: ...

    @pytest.mark.skip(reason=NOT_FOR_MLFLOW)
    def test_pages_of_a_history_together_are_the_history(self) -> None: ...

    @pytest.mark.skip(reason=NOT_FOR_MLFLOW)
    def test_a_page_of_a_history_needs_its_own_token(self) -> None: ...

    def test_pages_hold_every_point_once(self, store: Store) -> None:
        run_id = new_run(store)
        store.runs.log(run_id, Batch(tuple(metric("m", float(step), step=step, at_ms=step) for step in range(25))))
        seen, token = [], None
        while True:
            page = store.metrics.page(run_id, "m", max_results=10, page_token=token)
            seen += [point.step for point in page.points]
            token = page.next_page_token
            if token is None:
                break
        assert seen == list(range(25))


class TestListsOnMlflow(ListContract):
    def test_the_change_token_moves_with_every_commit(self, store: Store, monkeypatch) -> None:
        """The server tells nothing: it is looked at every two seconds."""
        monkeypatch.setattr(changes, "INTERVAL_S", 0.0)
        before = store.change_token()
        assert store.change_token() == before
        run_id = new_run(store)
        after_run = store.change_token()
        store.runs.log(run_id, Batch((metric("m", 1.0),)))
        after_point = store.change_token()
        store.experiments.create("wine", tags={})
        assert len({before, after_run, after_point, store.change_token()}) == 4


class TestSessionsOnMlflow(SessionContract):
    """A run's cells and environment are among its artifacts."""


class TestRegistryOnMlflow:
    """The server takes sources of runs that it has."""

    def test_versions_count_up_and_name_the_run_as_nbtrack_does(self, store: Store) -> None:
        run_id = new_run(store)
        source = f"runs:/{run_id}/model"
        for number in (1, 2):
            made = store.registry.create_version(NewVersion("wine", source, number, run_id, tags={"k": str(number)}))
            assert (made.version, made.source, made.run_id) == (str(number), source, run_id)
        again = HttpStore(store.uri, outbox=store.outbox / "elsewhere")
        assert [(v.version, v.source, v.tags) for v in again.registry.get("wine").versions] == [
            ("2", source, {"k": "2"}),
            ("1", source, {"k": "1"}),
        ]
        assert [v.version for v in again.registry.versions_of(f"runs:/{run_id}/")] == ["2", "1"]
        assert [model.name for model in again.registry.list()] == ["wine"]
        again.close()

    def test_aliases_stages_tags_and_descriptions(self, store: Store) -> None:
        run_id = new_run(store)
        registry = store.registry
        version = registry.create_version(NewVersion("wine", f"runs:/{run_id}/model", 1, run_id)).version
        registry.set_alias("wine", "champion", version, at_ms=1, tags={"why": "it is good"})
        assert registry.get_version("wine", version).tags == {"why": "it is good"}
        registry.delete_version_tag("wine", version, "why", at_ms=1)
        assert registry.version_by_alias("wine", "champion").aliases == ("champion",)
        assert registry.get("wine").aliases == {"champion": "1"}
        registry.set_stage("wine", version, Stage.PRODUCTION, at_ms=1, archive_others=True)
        registry.set_version_tags("wine", version, {"a": "1"}, at_ms=1)
        registry.describe_version("wine", version, "good", at_ms=1)
        found = registry.get_version("wine", version)
        assert (found.current_stage, found.tags, found.description) == (Stage.PRODUCTION, {"a": "1"}, "good")
        registry.delete_version_tag("wine", version, "a", at_ms=1)
        registry.delete_alias("wine", "champion", at_ms=1)
        registry.describe("wine", "all wines", at_ms=1)
        registry.set_tags("wine", {"owner": "ada"}, at_ms=1)
        registry.rename("wine", "beer", at_ms=1)
        model = registry.get("beer")
        assert (model.description, model.tags, model.aliases) == ("all wines", {"owner": "ada"}, {})
        registry.delete_tag("beer", "owner", at_ms=1)
        with pytest.raises(NotFound, match="no tag 'owner'"):
            registry.delete_tag("beer", "owner", at_ms=1)
        registry.delete_version("beer", version, at_ms=1)
        registry.delete("beer")
        assert registry.list() == []

    def test_what_is_not_there_is_named(self, store: Store) -> None:
        registry = store.registry
        with pytest.raises(ModelNotFound, match="register_model"):
            registry.get("beer")
        registry.create("beer", at_ms=1)
        with pytest.raises(AlreadyExists, match="'beer' already"):
            registry.create("beer", at_ms=1)
        with pytest.raises(ModelNotFound, match="no version '9'; it has none"):
            registry.get_version("beer", "9")
        with pytest.raises(ModelNotFound, match="no alias 'champion'; it has none"):
            registry.version_by_alias("beer", "champion")
        for act in (registry.delete, lambda name: registry.describe(name, "x", at_ms=1)):
            with pytest.raises(ModelNotFound):
                act("wine")


class TestSearchOnMlflow:
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
            ("params.model != 'tree'", (), ["linear-0"]),
            ("tags.`k 1` = 'v8'", (), ["tree-8"]),
            ("attributes.run_name LIKE 'tree-%'", ("start_time ASC",), ["tree-2", "tree-4", "tree-8", "tree-1"]),
            ("run_name ILIKE 'TREE-2'", (), ["tree-2"]),
            ("start_time >= 4", (), ["bare", "tree-1"]),
            ("metrics.rmse between 0.4 and 0.8 and run_name like 'tree%'", (), ["tree-4", "tree-2"]),
            ("params.model is null", (), ["bare"]),
            ("age > 2d and run_name = 'bare'", (), ["bare"]),
            ("params.depth in ('2')", (), ["tree-2"]),
            ("", ("metrics.rmse ASC",), ["linear-0", "tree-2", "tree-4", "tree-8", "tree-1", "bare"]),
            ("", ("metrics.rmse DESC",), ["tree-8", "tree-4", "tree-2", "linear-0", "tree-1", "bare"]),
            ("", ("age",), ["bare", "tree-1", "linear-0", "tree-8", "tree-4", "tree-2"]),
        ],
    )
    def test_what_the_server_understands(self, store: Store, forest, filter_text: str, order_by, expected) -> None:
        page = store.runs.search(RunQuery(filter=filter_text, order_by=order_by))
        assert [forest[run.info.run_id] for run in page.runs] == expected

    def test_runs_are_found_by_nbtracks_ids(self, store: Store, forest: dict[str, str]) -> None:
        wanted = [run_id for run_id, name in forest.items() if name in ("bare", "tree-2")]
        text = f"run_id IN ('{wanted[0]}', '{wanted[1]}', 'no-such')"
        assert {run.info.run_id for run in store.runs.search(RunQuery(filter=text)).runs} == set(wanted)

    def test_pages_together_are_the_search(self, store: Store, forest: dict[str, str]) -> None:
        first = store.runs.search(RunQuery(max_results=4))
        second = store.runs.search(RunQuery(max_results=4, page_token=first.next_page_token))
        assert {run.info.run_id for run in (*first.runs, *second.runs)} == forest.keys()
        assert second.next_page_token is None

    @pytest.mark.parametrize(
        ("text", "order_by", "hint"),
        [
            ("params.a = 'x' or params.b = 'y'", (), "does not understand `or`"),
            ("not params.a = 'x'", (), "does not understand `not`"),
            ("params.a in ('x', 'y')", (), "does not understand `in`"),
            ("metrics.loss.min < 1", (), "`min` of a metric's history"),
            ("duration > 1h", (), "the attribute 'duration'"),
            ("", ("metrics.loss.best_step",), "`best_step` of a metric's history"),
            ("params.a = 'it\\'s \"x\"'", (), "both ' and"),
            ("metrics.a is null and", (), "expected"),
        ],
    )
    def test_what_it_does_not_understand_is_told(self, store: Store, text: str, order_by, hint: str) -> None:
        with pytest.raises(InvalidFilter, match=hint):
            store.runs.search(RunQuery(filter=text, order_by=order_by))


class TestArtifactsOnMlflow(ArtifactContract):
    """They go through the server, which keeps them."""

    def test_a_run_of_another_client_has_its_artifacts_too(self, store: Store) -> None:
        run_id = new_run(store)
        store.artifacts.put_bytes(run_id, "a/b.txt", b"hello")
        server_id = store.runs.get(run_id).data.tags["nbtrack.server_run_id"]
        assert store.artifacts.local_path(server_id, "a/b.txt").read_bytes() == b"hello"
        assert store.artifacts.uri(run_id) == f"mlflow-artifacts:/0/{server_id}/artifacts"

    def test_a_run_that_has_not_arrived_has_no_place_yet(self, store: Store) -> None:
        with pytest.raises(StoreUnavailable, match="has not reached the server yet"):
            store.artifacts.put_bytes("a" * 32, "a.txt", b"")
        assert store.artifacts.uri("a" * 32) == f"runs:/{'a' * 32}"
