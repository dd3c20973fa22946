"""What one store's copy of a run lacks of another's, as pure functions."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice

from nbtrack.entities import Batch, CellExecution, NewRun
from nbtrack.store import PointRow, RunRecord

_SHOWN = 60


@dataclass(frozen=True)
class Difference:
    """What is to be added to our copy, and where the two disagree, in words."""

    addition: Batch
    cells: tuple[CellExecution, ...] = ()
    conflicts: tuple[str, ...] = ()


def difference(theirs: RunRecord, ours: RunRecord) -> Difference:
    """Tell what our copy of a run lacks.

    A param is written once, so ours stays. A tag that both have is theirs where their copy is the newer one: the run
    ended later there, or only there.
    """
    is_newer = _is_newer(theirs.new, ours.new)
    conflicts = [
        f"param {key!r} is {_short(value)} there and stays {_short(ours.new.batch.params[key])} here"
        for key, value in theirs.new.batch.params.items()
        if ours.new.batch.params.get(key, value) != value
    ]
    changed = _changed(theirs.new.batch.tags, ours.new.batch.tags)
    if not is_newer:
        conflicts += [
            f"tag {key!r} is {_short(value)} there and stays {_short(ours.new.batch.tags[key])} here"
            for key, value in changed.items()
        ]
    addition = Batch(
        params=_missing(theirs.new.batch.params, ours.new.batch.params),
        tags=_missing(theirs.new.batch.tags, ours.new.batch.tags) | (changed if is_newer else {}),
        inputs=tuple(each for each in theirs.new.batch.inputs if each not in ours.new.batch.inputs),
        model_inputs=tuple(each for each in theirs.new.batch.model_inputs if each not in ours.new.batch.model_inputs),
        model_outputs=tuple(
            each for each in theirs.new.batch.model_outputs if each not in ours.new.batch.model_outputs
        ),
        environment=None if ours.new.batch.environment else theirs.new.batch.environment,
    )
    if is_newer:
        addition = replace(addition, status=theirs.new.status, ended_at_ms=theirs.new.ended_at_ms)
    return Difference(addition, _missing_cells(theirs, ours), tuple(conflicts))


def missing_points(theirs: Iterable[Sequence[PointRow]], ours: Iterable[Sequence[PointRow]]) -> Iterator[PointRow]:
    """Yield the points that we lack, in their order; a point that was logged twice counts twice.

    Both come in parts of any length. Mostly our copy is how far theirs had come; only where the two differ are the
    rest of our points held in memory.
    """
    their, mine = iter(theirs), chain.from_iterable(ours)
    for part in their:
        own = list(islice(mine, len(part)))
        if not _are_same(part[: len(own)], own):
            yield from _beyond(chain(part, chain.from_iterable(their)), Counter(map(_same, chain(own, mine))))
            return
        yield from part[len(own) :]


def _are_same(theirs: Sequence[PointRow], ours: Sequence[PointRow]) -> bool:
    # The first comparison takes a tenth of the second's time, and suffices where nothing is NaN.
    return theirs == ours or list(map(_same, theirs)) == list(map(_same, ours))


def _beyond(theirs: Iterable[PointRow], ours: Counter[tuple[object, ...]]) -> Iterator[PointRow]:
    for point in theirs:
        key = _same(point)
        if ours[key] > 0:
            ours[key] -= 1
        else:
            yield point


def _same(point: PointRow) -> tuple[object, ...]:
    """Return what two points have in common if they are the same: NaN equals nothing, not even itself."""
    step, at_ms, value = point
    return (step, at_ms, None if math.isnan(value) else value)


def _is_newer(theirs: NewRun, ours: NewRun) -> bool:
    if theirs.status.is_terminal != ours.status.is_terminal:
        return theirs.status.is_terminal
    return (theirs.ended_at_ms or 0) > (ours.ended_at_ms or 0)


def _missing_cells(theirs: RunRecord, ours: RunRecord) -> tuple[CellExecution, ...]:
    """Return the cells that are not here, or that have ended meanwhile."""
    is_over = {cell.execution_id: cell.is_over for cell in ours.cells}
    return tuple(
        cell
        for cell in theirs.cells
        if cell.execution_id not in is_over or (cell.is_over and not is_over[cell.execution_id])
    )


def _missing(theirs: Mapping[str, str], ours: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in theirs.items() if key not in ours}


def _changed(theirs: Mapping[str, str], ours: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in theirs.items() if ours.get(key, value) != value}


def _short(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "...")
