"""Deleting for good: what goes, what stays and why, and in which order, so that nothing is ever half there.

Whatever ends it in the middle, doing it again finishes the rest: artifacts go first, and what is recorded of them,
which says where they are, goes last.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from nbtrack.clock import now_ms
from nbtrack.errors import NbtrackError
from nbtrack.store import Discarded, Store

CHUNK = 20
"""So many are forgotten in one transaction: others who write must not wait long."""
_HAS_RUNS = "it has runs that stay"


@dataclass(frozen=True)
class Kept:
    """What was deleted, and stays for now."""

    discarded: Discarded
    reason: str


@dataclass(frozen=True)
class Garbage:
    """What can be deleted for good, in this order, and what stays."""

    going: tuple[Discarded, ...]
    kept: tuple[Kept, ...]


@dataclass(frozen=True)
class Artifacts:
    """What there is of artifacts: bytes that go, and places that are left alone since others may use them, too."""

    size_bytes: int = 0
    left_alone: tuple[str, ...] = ()


@dataclass(frozen=True)
class Gone:
    """What was deleted for good, with its artifacts."""

    discarded: Discarded
    artifacts: Artifacts


def find_garbage(
    store: Store,
    *,
    older_than_ms: float = 0,
    experiment_ids: Sequence[str] | None = None,
    run_ids: Sequence[str] | None = None,
) -> Garbage:
    """Look for what was deleted long enough ago.

    Parameters
    ----------
    experiment_ids
        Only these, if they are deleted, and what was deleted in them.
    run_ids
        Only these.
    """
    # What was deleted within this very millisecond counts.
    found = [
        item
        for item in store.purge.find(deleted_before_ms=now_ms() + 1 - int(older_than_ms))
        if _is_wanted(item, experiment_ids, run_ids)
    ]
    runs_going = Counter(item.experiment_id for item in found if item.kind == "run" and not item.versions)
    reasons = [(item, _reason_to_stay(item, runs_going[item.experiment_id])) for item in found]
    return Garbage(
        going=tuple(item for item, reason in reasons if reason is None),
        kept=tuple(Kept(item, reason) for item, reason in reasons if reason is not None),
    )


def artifacts_of(store: Store, item: Discarded) -> Artifacts:
    """Look what goes with it."""
    size_bytes, left_alone = 0, []
    for owner in item.owners:
        uri = store.artifacts.uri(owner)
        if _is_own_place(owner, uri):
            size_bytes += sum(entry.file_size or 0 for entry in store.artifacts.walk(owner))
        else:
            left_alone.append(uri)
    return Artifacts(size_bytes, tuple(left_alone))


def purge(store: Store, garbage: Garbage) -> Iterator[Gone | Kept]:
    """Delete for good, and tell of each what became of it."""
    with_runs: set[str] = set()  # experiments whose runs stay after all
    for chunk in _chunks(garbage.going):
        held = [item for item in chunk if item.kind == "experiment" and item.id in with_runs]
        claimed = store.purge.claim([item for item in chunk if item not in held], at_ms=now_ms())
        done = [_without_artifacts(store, item) for item in claimed]
        store.purge.forget([outcome.discarded for outcome in done if isinstance(outcome, Gone)])
        changed = [item for item in chunk if item not in claimed and item not in held]
        kept = [
            *(Kept(item, _HAS_RUNS) for item in held),
            *(
                Kept(item, "it was restored, or its files became those of a model version, meanwhile")
                for item in changed
            ),
        ]
        outcomes = [*kept, *done]
        with_runs.update(
            outcome.discarded.experiment_id
            for outcome in outcomes
            if isinstance(outcome, Kept) and outcome.discarded.kind == "run"
        )
        yield from outcomes


def _chunks(going: Sequence[Discarded]) -> Iterator[Sequence[Discarded]]:
    """Split into parts of one kind: what becomes of runs tells whether their experiment can go."""
    for _, items in groupby(going, key=lambda item: item.kind):
        of_kind = list(items)
        yield from (of_kind[start : start + CHUNK] for start in range(0, len(of_kind), CHUNK))


def _without_artifacts(store: Store, item: Discarded) -> Gone | Kept:
    try:
        artifacts = artifacts_of(store, item)
        for owner in item.owners:
            if _is_own_place(owner, store.artifacts.uri(owner)):
                store.artifacts.delete(owner)
    except NbtrackError as error:
        return Kept(item, f"its artifacts can't be deleted: {error}")
    return Gone(item, artifacts)


def _is_own_place(owner: str, uri: str) -> bool:
    """Tell whether a place is for one run or model only; an imported one may lie where others' files are, too."""
    return owner in re.split(r"[/\\]", uri)


def _is_wanted(item: Discarded, experiment_ids: Sequence[str] | None, run_ids: Sequence[str] | None) -> bool:
    if run_ids is not None:
        return item.kind == "run" and item.id in run_ids
    return experiment_ids is None or item.experiment_id in experiment_ids


def _reason_to_stay(item: Discarded, runs_going: int) -> str | None:
    if item.versions:
        return f"its files are those of {', '.join(item.versions)}"
    if item.kind == "experiment" and runs_going < item.run_count:
        return _HAS_RUNS
    return None
