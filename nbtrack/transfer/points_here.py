from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence

from nbtrack.store import PointRow, RecordStore

MAX_POINTS = 50_000
"""Points that are in memory at once."""

Parts = Generator[Sequence[PointRow]]
PartsOf = Callable[[str], Parts]
"""Gives the points of a metric, by its key, in the order of logging. Exhaust or close them before writing."""


class PointsHere:
    """The points that runs have here: of many runs at once where they are few, else of a metric when it is asked for.

    Parameters
    ----------
    run_ids
        The runs, in the order in which they will be asked for.
    """

    def __init__(self, records: RecordStore, run_ids: Sequence[str]) -> None:
        self._records = records
        self._counts = records.point_counts(run_ids)
        self._next = list(reversed(run_ids))
        self._read: dict[str, Mapping[str, Sequence[PointRow]]] = {}

    def of(self, run_id: str) -> PartsOf:
        """Return a way to read a run's points; it holds until more are written to the run."""
        if run_id not in self._read and self._is_small(run_id):
            self._read = self._records.points_of(self._together_with(run_id))
        # Handed out once: who asks again has written to it meanwhile.
        read = self._read.pop(run_id, None)
        if read is not None:
            return lambda key: (points for points in [read.get(key, ())])
        return lambda key: (points for _, points in self._records.points(run_id, key))

    def _is_small(self, run_id: str) -> bool:
        return self._counts.get(run_id, 0) <= MAX_POINTS

    def _together_with(self, run_id: str) -> Sequence[str]:
        """Return a run and those next to be asked for, as many as fit into memory."""
        together, total = [run_id], self._counts.get(run_id, 0)
        while self._next:
            following = self._next.pop()
            if following == run_id or not self._is_small(following):
                continue
            total += self._counts.get(following, 0)
            if total > MAX_POINTS:
                self._next.append(following)
                break
            together.append(following)
        return together
