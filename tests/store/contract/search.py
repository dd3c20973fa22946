from __future__ import annotations

import base64
import json
import math
from dataclasses import replace

import pytest

from nbtrack.entities import Batch, Dataset, DatasetInput, NewRun, Run
from nbtrack.errors import InvalidFilter, InvalidInput
from nbtrack.store import RunKeys, RunQuery, Store, misspelt_keys, table_of
from tests.store.contract.making import metric, new_run


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
            ("tags.`k 1` IN ('v8', 'v2')", ("metrics.rmse DESC",), ["tree-8", "tree-2"]),
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
            ("metrics.rmse = nan", (), ["tree-1"]),
            ("metrics.rmse != NaN", (), ["linear-0", "tree-8", "tree-4", "tree-2"]),
            ("metrics.rmse < inf and metrics.rmse > -Infinity and end_time != 5", (), []),
            ("metrics.rmse > 1 and `run name` = 'tree-8'", (), ["tree-8"]),
            ('attr."run name" = "tree-8" and run.created < 5 and Created >= 2', (), ["tree-8"]),
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
        found = store.runs.search(RunQuery(filter=filter_text, order_by=order_by)).runs
        assert [forest[run.info.run_id] for run in found] == expected

    @pytest.mark.parametrize(
        "order_by",
        [
            (),
            ("metrics.rmse DESC",),
            ("metrics.rmse ASC",),
            ("params.model", "metrics.rmse"),
            ("end_time",),
            ("tags.`k 1` DESC", "run_name"),
            ("attributes.duration",),
            ("status", "age DESC"),
        ],
    )
    def test_pages_together_are_the_whole_search(self, store: Store, forest: dict[str, str], order_by) -> None:
        whole = store.runs.search(RunQuery(order_by=order_by)).runs
        for size in (1, 2, 3, 6):
            query, found = RunQuery(order_by=order_by, max_results=size), list[Run]()
            while True:
                page = store.runs.search(query)
                assert len(page.runs) <= size
                found += page.runs
                if page.next_page_token is None:
                    break
                query = replace(query, page_token=page.next_page_token)
            assert [run.info.run_id for run in found] == [run.info.run_id for run in whole]

    @pytest.mark.parametrize(
        "order_by",
        [
            ("metrics.acc DESC",),
            ("metrics.rmse",),
            ("metrics.rmse.max",),
            ("params.model",),
            ("start_time DESC",),
            (),
        ],
    )
    def test_pages_of_many_matches_are_in_order_and_complete(self, store: Store, order_by) -> None:
        kinds, numbers = ("tree", "linear"), range(2300)
        new = []
        for n in numbers:
            points = [metric("rmse", n % 97 / 97)]
            if n % 3:
                points.append(metric("acc", math.nan if n % 7 == 0 else float(n % 50)))
            new.append(NewRun(f"{n:032x}", "run", "0", n // 2, batch=Batch(tuple(points), {"model": kinds[n % 2]})))
        store.runs.create(new)
        query = RunQuery(filter="metrics.rmse < 0.9 and params.model = 'tree'", order_by=order_by, max_results=400)
        found, page = list[Run](), store.runs.search(query)
        found += page.runs
        while page.next_page_token is not None:
            page = store.runs.search(replace(query, page_token=page.next_page_token))
            found += page.runs

        def place(n: int) -> tuple[float, ...]:
            acc, rmse = n % 50, n % 97
            by_acc = (2, 0) if n % 3 == 0 else (1, 0) if n % 7 == 0 else (0, -acc)
            by_rmse = (0, rmse)
            first = {("metrics.acc DESC",): by_acc, ("metrics.rmse",): by_rmse, ("metrics.rmse.max",): by_rmse}
            return (*first.get(order_by, (0, 0)), -(n // 2), n)

        expected = sorted((n for n in numbers if n % 97 / 97 < 0.9 and n % 2 == 0), key=place)
        assert [int(run.info.run_id, 16) for run in found] == expected

    def test_long_values_are_told_apart_by_their_ends(self, store: Store) -> None:
        texts = ["x" * 256 + end for end in ("", "a", "b")]
        ids = [new_run(store, batch=Batch(params={"p": text}, tags={"t": text})) for text in texts]
        for place, text in enumerate(texts):
            for kind in ("params.p", "tags.t"):
                found = store.runs.search(RunQuery(filter=f"{kind} = '{text}'")).runs
                assert [run.info.run_id for run in found] == [ids[place]]
        either = store.runs.search(RunQuery(filter=f"params.p in ('{texts[0]}', '{texts[2]}')")).runs
        assert {run.info.run_id for run in either} == {ids[0], ids[2]}

    def test_a_table_holds_what_the_runs_hold(self, store: Store, forest: dict[str, str]) -> None:
        query = RunQuery(filter="start_time > 0", order_by=("metrics.rmse",))
        assert repr(store.runs.table(query)) == repr(table_of(store.runs.search(query).runs))
        assert len(store.runs.table(replace(query, max_results=2)).run_ids) == 2
        assert store.runs.table(RunQuery(filter="start_time < 0")).metrics == {}

    def test_runs_are_found_by_their_datasets(self, store: Store) -> None:
        dataset = Dataset("wine", "abc123")
        run_id = new_run(store, batch=Batch(inputs=(DatasetInput(dataset, "training"),)))
        new_run(store)
        for text in (
            "dataset.name = 'wine'",
            "datasets.digest IN ('abc123', 'x') and dataset.context LIKE 'train%'",
            "not datasets.name is null",
            "dataset.`name` ilike 'WINE'",
        ):
            assert [run.info.run_id for run in store.runs.search(RunQuery(filter=text)).runs] == [run_id], text
        with pytest.raises(InvalidFilter, match="did you mean digest"):
            store.runs.search(RunQuery(filter="dataset.diggest = 'x'"))
        with pytest.raises(InvalidFilter, match="several datasets"):
            store.runs.search(RunQuery(order_by=("dataset.name",)))

    def test_an_order_has_an_end(self, store: Store, forest: dict[str, str]) -> None:
        longest = ("metrics.rmse", *(f"metrics.m{number}" for number in range(31)))
        found = store.runs.search(RunQuery(order_by=longest)).runs
        assert [forest[run.info.run_id] for run in found][:2] == ["linear-0", "tree-2"]
        with pytest.raises(InvalidInput, match="at most 32 fields, not by 5,000"):
            store.runs.search(RunQuery(order_by=("metrics.rmse",) * 5_000))

    def test_runs_that_come_between_two_pages_repeat_and_hide_nothing(
        self, store: Store, forest: dict[str, str]
    ) -> None:
        query = RunQuery(order_by=("metrics.rmse ASC",), max_results=2)
        first = store.runs.search(query)
        new_run(store, name="better", at_ms=99, batch=Batch((metric("rmse", 0.0),)))
        rest = store.runs.search(replace(query, page_token=first.next_page_token, max_results=9))
        found = [forest[run.info.run_id] for run in (*first.runs, *rest.runs)]
        assert found == ["linear-0", "tree-2", "tree-4", "tree-8", "tree-1", "bare"]

    def test_a_page_token_is_good_for_its_own_search_only(self, store: Store, forest: dict[str, str]) -> None:
        query = RunQuery(filter="metrics.rmse > 0", order_by=("metrics.rmse",), max_results=1)
        token = store.runs.search(query).next_page_token
        for other in (
            replace(query, filter="metrics.rmse > 1"),
            replace(query, order_by=("metrics.rmse DESC",)),
            replace(query, experiment_ids=("0",)),
            replace(query, lifecycle=None),
        ):
            with pytest.raises(InvalidInput, match="another search"):
                store.runs.search(replace(other, page_token=token))

    @pytest.mark.parametrize("token", ["x", "é", "W10", "bnVsbA", "A" * 300_000, "W1tbW1tb"])
    def test_what_is_no_page_token_is_refused(self, store: Store, token: str) -> None:
        with pytest.raises(InvalidInput, match="no page token"):
            store.runs.search(RunQuery(page_token=token))

    def test_a_page_token_with_other_values_is_refused(self, store: Store, forest: dict[str, str]) -> None:
        query = RunQuery(max_results=1)
        token = store.runs.search(query).next_page_token
        assert token is not None
        document = json.loads(base64.urlsafe_b64decode(token + "=="))
        for values in ([], ["x", "y"], [1, 2], [None, None], [1, "y", 3], [10**30, "y"], [{}, "y"]):
            forged = base64.urlsafe_b64encode(json.dumps([*document[:2], *values]).encode()).decode()
            with pytest.raises(InvalidInput, match="token"):
                store.runs.search(replace(query, page_token=forged))

    def test_search_looks_in_the_experiments_asked_for(self, store: Store, forest: dict[str, str]) -> None:
        other = store.experiments.create("other", tags={})
        run_id = new_run(store, other.experiment_id)
        found = store.runs.search(RunQuery(experiment_ids=(other.experiment_id,))).runs
        assert [run.info.run_id for run in found] == [run_id]

    @pytest.mark.parametrize("order_by", [("metrics.rmse",), ("start_time ASC",)])
    @pytest.mark.parametrize("lifecycle", ["active", None])
    def test_an_experiment_of_few_runs_is_found_among_many(self, store: Store, order_by, lifecycle) -> None:
        few = store.experiments.create("few", tags={}).experiment_id
        new = [
            NewRun(
                f"{n:032x}",
                "run",
                few if n % 100 == 0 else "0",
                n,
                batch=Batch((metric("rmse", float(n)),), {"p": "x"}),
            )
            for n in range(1000)
        ]
        store.runs.create(new)
        text = "params.p = 'x' and metrics.rmse > 150"
        query = RunQuery((few,), text, lifecycle=lifecycle, order_by=order_by, max_results=5)
        first = store.runs.search(query)
        second = store.runs.search(replace(query, page_token=first.next_page_token))
        assert [int(run.info.run_id, 16) for run in (*first.runs, *second.runs)] == list(range(200, 1000, 100))
        assert second.next_page_token is None

    def test_statistics_of_a_history(self, store: Store) -> None:
        run_id = new_run(store)
        for step, value in enumerate((3.0, 1.0, 2.0)):
            store.runs.log(run_id, Batch((metric("loss", value, step=step), metric("auc", value, step=step))))
        for condition in ("first = 3", "last = 2", "min = 1", "max = 3", "count = 3", "best_step = 1"):
            assert store.runs.search(RunQuery(filter=f"metrics.loss.{condition}")).runs, condition
        assert store.runs.search(RunQuery(filter="metrics.auc.best_step = 0")).runs

    @pytest.mark.parametrize(
        ("text", "hint"),
        [
            ("metric.a < 1 and", "expected"),
            ("attributes.statsu = 'FINISHED'", "did you mean status"),
            ("metrisc.a < 1", "did you mean metric"),
            ("metrics.a < 2d", "duration"),
            ("metrics.a < nan", "neither above nor below"),
            ("params.a = '\0'", "NUL"),
            ("start_time = '1'", "without quotes"),
            ("metrics.a in ('x')", "number"),
            ("(" * 500 + "metrics.a < 1" + ")" * 500, None),
            ("not " * 500 + "metrics.a < 1", "in one another"),
            ("metrics.a < 1 or" * 5_000, "longer than"),
        ],
    )
    def test_bad_filters_are_refused_in_words(self, store: Store, text: str, hint: str | None) -> None:
        if hint is None:  # parentheses alone are no depth
            assert store.runs.search(RunQuery(filter=text)).runs == ()
            return
        with pytest.raises(InvalidFilter, match=hint):
            store.runs.search(RunQuery(filter=text))

    def test_a_bad_filter_says_where(self, store: Store) -> None:
        with pytest.raises(InvalidFilter, match=r"quotes") as raised:
            store.runs.search(RunQuery(filter="params.depth = 1"))
        assert raised.value.position == 15

    def test_keys_of_runs(self, store: Store, forest: dict[str, str]) -> None:
        keys = store.runs.keys()
        assert set(keys.metrics) == {"rmse"} and set(keys.params) == {"depth", "model"} and "k 1" in keys.tags
        assert len(store.runs.keys(limit=1).params) == 1
        assert store.runs.keys(prefix="m") == RunKeys(params=("model",))

    def test_keys_of_an_experiments_runs(self, store: Store, forest: dict[str, str]) -> None:
        here = store.experiments.create("elsewhere", tags={}).experiment_id
        new_run(store, experiment_id=here, batch=Batch((metric("f1", 1.0),), {"model": "bayes", "prior": "flat"}))
        keys = store.runs.keys(experiment_id=here)
        assert (keys.metrics, keys.params) == (("f1",), ("model", "prior")) and "k 1" not in keys.tags
        assert store.runs.keys(experiment_id=here, prefix="p").params == ("prior",)

    def test_a_list_can_be_filtered_and_paged(self, store: Store, forest: dict[str, str]) -> None:
        seen: list[str] = []
        cursor = None
        while True:
            page = store.runs.summaries(filter_text="metrics.rmse < 1", limit=2, cursor=cursor)
            seen += [run.name for run in page.runs]
            cursor = page.cursor
            if cursor is None:
                break
        assert seen == ["linear-0", "tree-4", "tree-2"]
        assert [run.metrics for run in store.runs.summaries(filter_text="params.depth = '8'").runs] == [{"rmse": 1.3}]
        with pytest.raises(InvalidFilter):
            store.runs.summaries(filter_text="metrics.rmse <")

    def test_a_misspelt_key_that_no_run_has_is_told(self, store: Store, forest: dict[str, str]) -> None:
        query = RunQuery(filter="metrics.rsme < 1 or not params.modle = 'x'", order_by=("metrics.rmse", "tags.zzz"))
        assert misspelt_keys(query, store.runs.keys()) == [
            "metrics.rsme: no run has this; did you mean metrics.rmse?",
            "params.modle: no run has this; did you mean params.model?",
        ]
