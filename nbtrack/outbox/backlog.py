"""What waits in a store's outbox: of whom, how much, and whether anybody will bring it to the store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from nbtrack.outbox.recovery import DAMAGED_SUFFIX, left_segment, recover, segments_in
from nbtrack.outbox.segments import SUFFIX
from nbtrack.store import Store
from nbtrack.store.diagnosis import Finding


@dataclass(frozen=True)
class Backlog:
    """Bytes that are not in the store: of living processes, which deliver them, and of dead ones, in how many files."""

    living_bytes: int
    left_bytes: int
    left_segments: int


def backlog_of(store: Store) -> Backlog:
    """Look at the segments; nothing is delivered."""
    living = left = count = 0
    for path in segments_in(store.outbox):
        try:
            waiting = max(0, path.stat().st_size - store.runs.delivered(path.name.removesuffix(SUFFIX)))
        except FileNotFoundError:
            continue  # delivered meanwhile
        with left_segment(path) as descriptor:
            if descriptor is None:
                living += waiting
            else:
                left, count = left + waiting, count + 1
    return Backlog(living, left, count)


def examine_outbox(store: Store, on_loss: Callable[[str, Exception], None]) -> Iterator[Finding]:
    """Find what nobody delivers any more."""
    backlog = backlog_of(store)
    if backlog.left_segments:
        yield Finding(
            "backlog-left",
            f"{backlog.left_segments} segments of processes that are gone hold {backlog.left_bytes:,} bytes that are "
            "not in the store.",
            "`nbtrack doctor --repair` delivers them, as does whoever opens the store next.",
            lambda: recover(store, on_loss),
        )
    for path in sorted(store.outbox.glob(f"*{DAMAGED_SUFFIX}")):
        yield Finding(
            "segment-damaged",
            f"{path} was damaged. What could be read of it is in the store; the rest is lost.",
            "Delete it, unless you want to look into it.",
        )
