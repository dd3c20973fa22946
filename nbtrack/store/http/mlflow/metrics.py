from __future__ import annotations

from collections.abc import Mapping, Sequence

from nbtrack.entities import Metric, MetricHistory, MetricSummary
from nbtrack.errors import NotFound, RunNotFound, StoreUnavailable
from nbtrack.store.downsampling import downsample
from nbtrack.store.http.mlflow.api import Document, MlflowApi, listed, with_ids
from nbtrack.store.http.mlflow.documents import metric
from nbtrack.store.http.mlflow.experiments import MlflowExperiments
from nbtrack.store.http.mlflow.run_ids import RunIds
from nbtrack.store.protocol import MetricPage, PointRow
from nbtrack.store.stretches import stretch_of

PAGE = 25_000
MAX_REMEMBERED = 10_000


class MlflowMetrics:
    """Histories as the server keeps them: the same point logged twice is one there."""

    def __init__(self, api: MlflowApi, ids: RunIds, experiments: MlflowExperiments) -> None:
        self._api, self._ids, self._experiments = api, ids, experiments
        # The server tells only the last point of a metric; the rest is summed up anew once that has changed.
        self._known: dict[tuple[str, Metric], MetricSummary] = {}

    def summaries(self, run_id: str) -> Sequence[MetricSummary]:
        server_run_id = self._ids.of_server(run_id)
        latest = [_point(document, str(document["key"])) for document in listed(self._run(run_id)["data"], "metrics")]
        found = []
        for last in sorted(latest, key=lambda point: point.key):
            known = self._known.get((server_run_id, last))
            if known is None:
                known = _summary(last.key, self._rows(server_run_id, last.key))
                if len(self._known) >= MAX_REMEMBERED:
                    self._known.clear()
                self._known[server_run_id, last] = known
            found.append(known)
        return found

    def latest(self, run_ids: Sequence[str]) -> Mapping[str, Sequence[Metric]]:
        wanted = {self._ids.of_server(run_id): run_id for run_id in run_ids}
        found = {}
        for document in with_ids(self._api, self._experiments.all_ids(), list(wanted)):
            points = [_point(each, str(each["key"])) for each in listed(document["data"], "metrics")]
            if points:
                found[wanted[str(document["info"]["run_id"])]] = sorted(points, key=lambda point: point.key)
        return found

    def history(
        self,
        run_id: str,
        key: str,
        *,
        max_points: int | None = None,
        start_step: int | None = None,
        end_step: int | None = None,
    ) -> MetricHistory:
        rows: Sequence[PointRow] = self._rows(self._ids.of_server(run_id), key)
        if not rows:
            self._run(run_id)  # of a run that is not there the server has an empty history
        if start_step is not None:
            rows = [row for row in rows if row[0] >= start_step]
        if end_step is not None:
            rows = [row for row in rows if row[0] <= end_step]
        kept = rows if max_points is None else downsample(rows, max_points)
        points = tuple([Metric(key, value, at_ms, step) for step, at_ms, value in kept])
        return MetricHistory(key, points, total=len(rows))

    def page(self, run_id: str, key: str, *, max_results: int, page_token: str | None = None) -> MetricPage:
        """Read a page of a history, in the server's order: by time, then step."""
        found = self._page(self._ids.of_server(run_id), key, max_results, page_token)
        if not found.points:
            self._run(run_id)
        return found

    def _run(self, run_id: str) -> Document:
        try:
            document: Document = self._api.get("runs/get", run_id=self._ids.of_server(run_id))["run"]
        except NotFound:
            raise RunNotFound(run_id, self._api.url) from None
        return document

    def _rows(self, server_run_id: str, key: str) -> list[PointRow]:
        """Read a whole history, by step, then time."""
        rows: list[PointRow] = []
        token: str | None = None
        while True:
            page = self._page(server_run_id, key, PAGE, token)
            rows += [(point.step, point.timestamp, point.value) for point in page.points]
            token = page.next_page_token
            if token is None:
                return sorted(rows, key=lambda row: row[:2])

    def _page(self, server_run_id: str, key: str, max_results: int, page_token: str | None) -> MetricPage:
        query = {"run_id": server_run_id, "metric_key": key, "max_results": str(max_results)}
        if page_token is not None:
            query["page_token"] = page_token
        page = self._api.get("metrics/get-history", **query)
        points = tuple([_point(document, key) for document in listed(page, "metrics")])
        return MetricPage(points, page.get("next_page_token") or None)


def _point(document: Document, key: str) -> Metric:
    try:
        return metric(document, key)
    except (KeyError, TypeError, ValueError) as error:
        raise StoreUnavailable(f"The server sent a point that can't be read: {error!r}.") from error


def _summary(key: str, rows: Sequence[PointRow]) -> MetricSummary:
    """Sum a history up, of at least one point."""
    stretch = stretch_of(rows)
    return MetricSummary(
        key=key,
        first=stretch.first[2],
        last=stretch.last[2],
        last_step=stretch.last[0],
        last_timestamp=stretch.last[1],
        min=stretch.low[2],
        max=stretch.high[2],
        min_step=stretch.low[0],
        max_step=stretch.high[0],
        count=len(rows),
    )
