"""Bringing what segments hold to the store, once and in order."""

from __future__ import annotations

from collections.abc import Callable

from nbtrack.entities import Batch, Metric
from nbtrack.errors import NbtrackError, StoreUnavailable
from nbtrack.outbox.records import Content, Reader
from nbtrack.outbox.segments import frames_of
from nbtrack.store import Delivery, Store

MAX_STRETCH_BYTES = 2 * 1024 * 1024
"""How much of a segment is delivered in one transaction when it is read back."""

OnRefusal = Callable[[str, NbtrackError], None]


def deliver_segment(store: Store, descriptor: int, name: str, limit: int, on_refusal: OnRefusal) -> int:
    """Deliver what an open segment holds up to ``limit``, from where the store has got to; return where that ends."""
    position = store.runs.delivered(name)
    reader, content, start = Reader(), Content(), position
    end = position
    for frame_end, payload in frames_of(descriptor):
        if frame_end > limit:
            break
        if payload is not None:
            reader.read(payload, content if frame_end > position else None)
        end = max(frame_end, position)
        if end - start > MAX_STRETCH_BYTES:
            deliver(store, content, name, start, end, on_refusal)
            content, start = Content(), end
    if end > start:
        deliver(store, content, name, start, end, on_refusal)
    return end


def deliver(store: Store, content: Content, name: str, start: int, end: int, on_refusal: OnRefusal) -> None:
    """Deliver a stretch of a segment in one transaction; parts that the store refuses are left out and told.

    Raises
    ------
    StoreUnavailable
        Nothing of it is delivered.
    """
    try:
        store.runs.deliver(Delivery(name, start, end, content.points, content.batches))
    except StoreUnavailable:
        raise
    except NbtrackError:
        _deliver_without_refused(store, content, name, start, end, on_refusal)


def _deliver_without_refused(
    store: Store, content: Content, name: str, start: int, end: int, on_refusal: OnRefusal
) -> None:
    """Find out which runs' parts are refused, by trying each, then deliver the rest together."""
    accepted = Content()
    for run_id in {run_id for run_id, _ in content.points}:
        of_run = {series: rows for series, rows in content.points.items() if series[0] == run_id}
        metrics = tuple(Metric(key, row[2], row[1], row[0]) for (_, key), rows in of_run.items() for row in rows[:1])
        if _is_accepted(store, run_id, [Batch(metrics)], on_refusal):
            accepted.points.update(of_run)
    taken: dict[str, list[Batch]] = {}
    for run_id, batch in content.batches:
        if _is_accepted(store, run_id, [*taken.get(run_id, []), batch], on_refusal):
            taken.setdefault(run_id, []).append(batch)
            accepted.batches.append((run_id, batch))
    store.runs.deliver(Delivery(name, start, end, accepted.points, accepted.batches))


def _is_accepted(store: Store, run_id: str, batches: list[Batch], on_refusal: OnRefusal) -> bool:
    try:
        store.runs.check(run_id, batches)
    except StoreUnavailable:
        raise
    except NbtrackError as error:
        on_refusal(run_id, error)
        return False
    return True
