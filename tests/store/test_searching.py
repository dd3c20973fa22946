"""Whichever way a search goes, its pages hold what a plain reading of the runs finds, in its order."""

from __future__ import annotations

import math
import operator
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nbtrack.entities import Batch, NewRun, Run
from nbtrack.store import RunQuery, Store, open_store
from nbtrack.store.sql import planning
from tests.store.contract.making import metric

OPERATORS = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
LONG = "x" * 300


@dataclass(frozen=True)
class Condition:
    """One comparison, as a filter has it."""

    kind: str
    key: str
    operator: str
    value: float | str

    def __str__(self) -> str:
        value = f"'{self.value}'" if isinstance(self.value, str) else self.value
        return f"{self.kind}.{self.key} {self.operator} {value}"

    def holds(self, run: Run) -> bool:
        found = run.data.metrics if self.kind == "metrics" else run.data.params
        return self.key in found and OPERATORS[self.operator](found[self.key], self.value)


METRIC_TESTS = st.builds(
    Condition,
    st.just("metrics"),
    st.sampled_from(["loss", "acc", "nowhere"]),
    st.sampled_from(list(OPERATORS)),
    st.sampled_from([-1.0, 0.0, 0.25, 0.5, 1.0, 9.0]),
)
PARAM_TESTS = st.builds(
    Condition,
    st.just("params"),
    st.sampled_from(["model", "note"]),
    st.sampled_from(["=", "!="]),
    st.sampled_from(["tree", "net", LONG, ""]),
)
ORDERS = st.builds(
    "{} {}".format,
    st.sampled_from(["metrics.loss", "metrics.acc", "metrics.loss.max", "params.model", "start_time"]),
    st.sampled_from(["ASC", "DESC"]),
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = open_store(str(tmp_path_factory.mktemp("store")))
    other = opened.experiments.create("other", tags={}).experiment_id
    chance = random.Random(0)  # noqa: S311 a test is no secret
    new = []
    for number in range(150):
        points = [metric(key, chance.choice([0.0, 0.25, 0.5, 0.75, math.nan])) for key in ("loss", "acc")]
        params = {"model": chance.choice(["tree", "net"]), "note": chance.choice([LONG, LONG + "y", ""])}
        kept = Batch(
            tuple(point for point in points if chance.random() < 0.8),
            {key: value for key, value in params.items() if chance.random() < 0.8},
        )
        experiment_id = chance.choice(["0", "0", "0", other])
        new.append(NewRun(f"{number:032x}", "run", experiment_id, chance.randrange(20), batch=kept))
    opened.runs.create(new)
    yield opened
    opened.close()


def place(run: Run, orders: list[str]) -> tuple[object, ...]:
    """Return what sorts a run: numbers, then NaN, then what lacks the field; then the newest, then by id."""
    places: list[object] = []
    for order in orders:
        field, direction = order.split()
        sign = -1 if direction == "DESC" else 1
        kind, _, key = field.removesuffix(".max").rpartition(".")
        if kind == "params":
            text = run.data.params.get(key)
            # Of two texts; a longer one would need more than its sign turned round.
            places.append((2,) if text is None else (0, sign * ["net", "tree"].index(text)))
        else:
            value = run.data.metrics.get(key) if kind else run.info.start_time
            places.append((2,) if value is None else (1,) if value != value else (0, sign * value))
    return (*places, -run.info.start_time, run.info.run_id)


@pytest.mark.parametrize("most", [planning.MANY, 20], ids=["counted", "counted no further"])
@given(
    tests=st.lists(st.one_of(METRIC_TESTS, PARAM_TESTS), max_size=3),
    orders=st.lists(ORDERS, max_size=2),
    size=st.integers(1, 60),
    is_within=st.booleans(),
)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_pages_are_what_a_plain_reading_finds(
    store: Store, monkeypatch: pytest.MonkeyPatch, most: int, tests, orders, size: int, is_within: bool
) -> None:
    monkeypatch.setattr(planning, "MANY", most)
    within = ("0",) if is_within else ()
    matching = [run for run in store.runs.search(RunQuery(within)).runs if all(test.holds(run) for test in tests)]
    expected = sorted(matching, key=lambda run: place(run, orders))
    query = RunQuery(within, " and ".join(map(str, tests)), order_by=tuple(orders), max_results=size)
    page = store.runs.search(query)
    found = list(page.runs)
    while page.next_page_token is not None:
        page = store.runs.search(replace(query, page_token=page.next_page_token))
        found += page.runs
    assert [run.info.run_id for run in found] == [run.info.run_id for run in expected]
