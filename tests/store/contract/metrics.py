from __future__ import annotations

import math
import random

import pytest

from nbtrack.entities import Batch
from nbtrack.errors import InvalidInput, InvalidName, RunNotFound
from nbtrack.store import Store
from tests.store.contract.making import metric, new_run


class MetricContract:
    def test_the_last_value_is_by_step_then_time(self, store: Store) -> None:
        run_id = new_run(store)
        for value, step in ((0.9, 0), (0.1, 5), (0.4, 3)):
            store.runs.log(run_id, Batch((metric("loss", value, step=step),)))
        (summary,) = store.metrics.summaries(run_id)
        assert (summary.first, summary.last, summary.min, summary.max) == (0.9, 0.1, 0.1, 0.9)
        assert (summary.count, summary.best_step, summary.last_step) == (3, 5, 5)
        assert store.runs.get(run_id).data.metrics == {"loss": 0.1}

    def test_the_latest_points_of_many_runs_come_together(self, store: Store) -> None:
        first, second, without = (new_run(store) for _ in range(3))
        store.runs.log(first, Batch((metric("b", 1.0, step=5), metric("b", 2.0, step=3), metric("a", math.inf))))
        store.runs.log(second, Batch((metric("a", 3.0, step=7),)))
        latest = store.metrics.latest([first, second, without])
        points = {run_id: [(point.key, point.value, point.step) for point in found] for run_id, found in latest.items()}
        assert points == {first: [("a", math.inf, 0), ("b", 1.0, 5)], second: [("a", 3.0, 7)]}

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

    @pytest.mark.parametrize(
        "sizes", [(10_000,), (1, 100, 155, 1, 300, 43, 9_400), (256, 256, 9_488), (257, 9_743), (9_770, *[1] * 230)]
    )
    @pytest.mark.parametrize("disorder", [0, 40, 10_000])
    def test_a_long_history_from_afar_shows_its_ends_and_spikes(
        self, store: Store, sizes: tuple[int, ...], disorder: int
    ) -> None:
        run_id, chance = new_run(store), random.Random(1)  # noqa: S311 a fixed seed
        points = [metric("m", math.sin(n / 500), step=n, at_ms=n // 3) for n in range(10_000)]
        for place, value in ((0, 7.0), (250, 9.0), (300, math.nan), (4_321, -9.0), (9_999, math.inf)):
            points[place] = points[place]._replace(value=value)
        logged = sorted(points, key=lambda point: point.step + chance.uniform(0, disorder))
        for size in sizes:
            store.runs.log(run_id, Batch(tuple(logged[:size])))
            logged = logged[size:]
        seen = store.metrics.history(run_id, "m", max_points=100)
        assert seen.total == 10_000 and len(seen.points) <= 100
        assert seen.points[0] == points[0] and seen.points[-1] == points[-1]
        assert {7.0, 9.0, -9.0, math.inf} <= {point.value for point in seen.points}
        assert {repr(point) for point in seen.points} <= {repr(point) for point in points}
        assert [point.step for point in seen.points] == sorted({point.step for point in seen.points})
        part = store.metrics.history(run_id, "m", max_points=40, start_step=200, end_step=9_000)
        assert part.total == 8_801 and {9.0, -9.0} <= {point.value for point in part.points}
        assert all(200 <= point.step <= 9_000 for point in part.points)

    def test_a_stretch_of_a_history_holds_its_ends(self, store: Store) -> None:
        run_id = new_run(store)
        store.runs.log(run_id, Batch(tuple(metric("m", float(step), step=step) for step in range(-5, 10))))
        history = store.metrics.history(run_id, "m", start_step=-2, end_step=3)
        assert [point.step for point in history.points] == [-2, -1, 0, 1, 2, 3]
        assert history.total == 6

    def test_pages_of_a_history_together_are_the_history(self, store: Store) -> None:
        run_id = new_run(store)
        points = [metric("m", math.nan if n == 3 else float(n), step=n // 4, at_ms=n // 2) for n in range(11)]
        store.runs.log(run_id, Batch(tuple(points)))
        for size in (1, 3, 11, 12):
            page = store.metrics.page(run_id, "m", max_results=size)
            found = [*page.points]
            while page.next_page_token is not None:
                page = store.metrics.page(run_id, "m", max_results=size, page_token=page.next_page_token)
                found += page.points
            assert repr(found) == repr(points)

    def test_a_page_of_a_history_needs_its_own_token(self, store: Store) -> None:
        run_id = new_run(store)
        store.runs.log(run_id, Batch((metric("m", 1.0), metric("m", 1.0), metric("n", 1.0))))
        token = store.metrics.page(run_id, "m", max_results=1).next_page_token
        with pytest.raises(InvalidInput, match="another search"):
            store.metrics.page(run_id, "n", max_results=1, page_token=token)
        with pytest.raises(RunNotFound):
            store.metrics.page("nope", "m", max_results=1)
        assert store.metrics.page(run_id, "unknown", max_results=1).points == ()
