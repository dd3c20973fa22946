"""Bringing what segments hold to the store, once and in order."""

from __future__ import annotations

from collections.abc import Callable

from nbtrack.errors import StoreUnavailable
from nbtrack.outbox.records import Content, Reader
from nbtrack.outbox.segments import frames_of
from nbtrack.store import Store

MAX_STRETCH_BYTES = 2 * 1024 * 1024
"""How much of a segment is delivered in one transaction when it is read back."""

OnLoss = Callable[[str, Exception], None]
"""Told in words, and with the cause, of what can't be stored for good."""


def deliver_segment(store: Store, descriptor: int, name: str, limit: int, on_loss: OnLoss) -> tuple[int, int]:
    """Deliver what an open segment holds up to ``limit``, from where the store has got to.

    Returns
    -------
    Where that ends, and how many frames there are damaged, or of a kind that this version doesn't know.
    """
    position = store.runs.delivered(name)
    reader, content, start = Reader(), Content(), position
    end, damaged = position, 0
    for frame_end, payload in frames_of(descriptor):
        if frame_end > limit:
            break
        if payload is None or not _is_read(reader, payload, content if frame_end > position else None):
            damaged += 1
        end = max(frame_end, position)
        if end - start > MAX_STRETCH_BYTES:
            deliver(store, content, name, start, end, on_loss)
            content, start = Content(), end
    if end > start:
        deliver(store, content, name, start, end, on_loss)
    return end, damaged


def _is_read(reader: Reader, payload: bytes, content: Content | None) -> bool:
    """Read a payload; False if it makes no sense: nobody who opens a store is to be stopped by that."""
    try:
        reader.read(payload, content)
    except Exception:  # noqa: BLE001 another version's record can fail in any way
        return False
    return True


def deliver(store: Store, content: Content, name: str, start: int, end: int, on_loss: OnLoss) -> None:
    """Deliver a stretch of a segment in one transaction; parts that the store refuses are left out and told.

    Raises
    ------
    StoreUnavailable
        Nothing of it is delivered.
    """
    try:
        store.runs.deliver(content.delivery(name, start, end))
    except StoreUnavailable:
        raise
    except Exception:  # noqa: BLE001 one part that always fails would hold up all that comes after it
        accepted = _without_refused(store, content, on_loss)
        store.runs.deliver(accepted.delivery(name, start, end))


def _without_refused(store: Store, content: Content, on_loss: OnLoss) -> Content:
    """Return what of the content the store accepts, by trying each run's parts; the rest is told."""
    accepted = Content(sessions=content.sessions)
    trials: dict[str, Content] = {}

    def accepts(run_id: str, more: Content) -> bool:
        """Try a part behind those of its run that are accepted already; if it is too, it stays there."""
        known = trials.setdefault(run_id, Content(sessions=content.sessions))
        trial = Content(
            {**known.points, **more.points},
            known.batches + more.batches,
            known.new_runs + more.new_runs,
            known.sessions,
        )
        try:
            store.runs.check(trial.delivery("", 0, 0))
        except StoreUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 as above
            on_loss(f"something that was logged to run {run_id} was refused and is not kept. {error}", error)
            return False
        trials[run_id] = trial
        return True

    for new in content.new_runs:
        if accepts(new.run_id, Content(new_runs=[new])):
            accepted.new_runs.append(new)
    for run_id in {run_id for run_id, _ in content.points}:
        of_run = {series: rows for series, rows in content.points.items() if series[0] == run_id}
        if accepts(run_id, Content({series: rows[:1] for series, rows in of_run.items()})):
            accepted.points.update(of_run)
    for run_id, batch in content.batches:
        if accepts(run_id, Content(batches=[(run_id, batch)])):
            accepted.batches.append((run_id, batch))
    return accepted
