"""The outbox of one process for one store."""

from __future__ import annotations

import logging
import os
import struct
import threading
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from nbtrack.entities import Batch, NewRun, Session
from nbtrack.errors import StoreUnavailable
from nbtrack.limits import check_int64, check_key
from nbtrack.outbox.attendance import Attendance
from nbtrack.outbox.delivery import deliver, deliver_segment
from nbtrack.outbox.durability import SYNC_INTERVAL_S, Durability, retire_segment
from nbtrack.outbox.records import (
    Content,
    Point,
    batch_payload,
    point_payload,
    points_payload,
    runs_payload,
    series_payload,
)
from nbtrack.outbox.segments import Segment, framed
from nbtrack.outbox.unwritten import MAX_UNWRITTEN_BYTES, Unwritten
from nbtrack.store import Store

COALESCE_S = 0.04
"""How long the first of many calls waits for the others; other processes see all of them within 200 ms."""
RETRY_S = 1.0
MAX_SEGMENT_BYTES = 16 * 1024 * 1024
MAX_WAITING_POINTS = 200_000
"""What is kept in memory for delivery; what is beyond is read back from the segment."""

_logger = logging.getLogger("nbtrack")
_OUTBOXES: weakref.WeakSet[Outbox] = weakref.WeakSet()


@dataclass(frozen=True)
class OutboxStatus:
    """``backlog_bytes`` is what is not in the store yet; ``fault`` why not; times are seconds since the epoch.

    ``unwritten_bytes`` of the backlog are in no file either, and die with the process.
    """

    backlog_bytes: int
    delivered_at: float | None
    fault: str | None
    unwritten_bytes: int = 0


class Outbox:
    """Takes what a process logs, keeps it in its segment, and delivers it to the store from a thread of its own.

    Parameters
    ----------
    store
        Where it is delivered to.
    on_fault
        Called with a message and its cause when storage begins to fail, and for what the store refuses for good.
    durability
        What a call that has returned outlasts.
    """

    def __init__(
        self,
        store: Store,
        *,
        on_fault: Callable[[str, BaseException], None],
        durability: Durability = Durability.NORMAL,
    ) -> None:
        self._store, self._on_fault = store, on_fault
        self._is_full = durability is Durability.FULL
        self._delivered_at: float | None = None
        self._reset()
        _OUTBOXES.add(self)

    def _reset(self) -> None:
        self._lock = threading.RLock()
        self._progress = threading.Condition()
        self._wake, self._urgent = threading.Event(), threading.Event()
        self._segment: Segment | None = None
        self._thread: threading.Thread | None = None
        self._is_awake = self._is_closing = False
        # What stands in the segment beyond ``_position`` and is not delivered yet, in the order of writing.
        self._points: list[Point] = []
        self._content = Content()
        self._series: dict[tuple[str, str], int] = {}
        self._position = 0
        self._rounds = 0
        # The round that somebody waited for in vain.
        self._stalled_in = -1
        # Whether the segment holds what the lists don't: it must be read.
        self._is_behind = False
        self._unwritten = Unwritten()
        self._is_memory_full = False
        self._fault: str | None = None
        self._attendance: Attendance | None = None
        # When the thread found that the segment has something that is not synced.
        self._unsynced_since: float | None = None
        self._is_unsyncable = False
        self._is_loss_told = False

    def set_durability(self, durability: Durability) -> None:
        """Choose what calls outlast from now on, and what was appended before."""
        with self._lock:
            self._is_full = durability is Durability.FULL
            if self._is_full:
                self._sync()

    def append_point(self, run_id: str, key: str, value: float, step: int, at_ms: int) -> bool:
        """Take one point for good; ``value`` is a float. Return whether it begins a series.

        Raises
        ------
        InvalidName
            The key can't be kept, or a number doesn't fit.
        """
        with self._lock:
            series = self._series.get((run_id, key))
            is_new = series is None
            if series is None:
                series = self._define(run_id, key)
            try:
                frame = framed(point_payload(series, step, at_ms, value))
            except struct.error:
                check_int64(step, f"step of metric {key!r}")
                check_int64(at_ms, f"timestamp of metric {key!r}")
                raise
            if self._write(frame):
                self._points.append((series, step, at_ms, value))
            if self._is_full:
                self._sync_segment()
        if not self._is_awake:
            self._awake()
        return is_new

    def append_points(self, run_id: str, values: Mapping[str, float], step: int, at_ms: int) -> bool:
        """Take a point of each of several metrics for good, all or none. Return whether one begins a series.

        Raises
        ------
        InvalidName
            As `append_point`.
        """
        with self._lock:
            count = len(self._series)
            numbers = [self._series.get((run_id, key)) or self._define(run_id, key) for key in values]
            is_new = len(self._series) > count
            points = [(number, step, at_ms, value) for number, value in zip(numbers, values.values(), strict=True)]
            try:
                frame = framed(points_payload(points))
            except struct.error:
                check_int64(step, "step of the metrics")
                check_int64(at_ms, "timestamp of the metrics")
                raise
            if self._write(frame):
                self._points += points
            if self._is_full:
                self._sync_segment()
        if not self._is_awake:
            self._awake()
        return is_new

    def append(self, run_id: str, batch: Batch) -> None:
        """Take a batch for good, all of it or, if the process dies meanwhile, nothing."""
        only_points = batch.metrics and batch == Batch(metrics=batch.metrics)
        with self._lock:
            if only_points:
                points = [
                    (
                        self._series.get((run_id, point.key)) or self._define(run_id, point.key),
                        point.step,
                        point.timestamp,
                        point.value,
                    )
                    for point in batch.metrics
                ]
                if self._write(framed(points_payload(points))):
                    self._points += points
            elif self._write(framed(batch_payload(run_id, batch))):
                self._content.batches.append((run_id, batch))
            if self._is_full:
                self._sync_segment()
        if not self._is_awake:
            self._awake()

    def attend(self, session: Session) -> None:
        """Show, from now on, that this process lives, whose session the store has or will have."""
        with self._lock:
            if self._attendance is None:
                self._attendance = Attendance(self._store, session.session_id)
        self._awake()

    def append_runs(self, new_runs: Sequence[NewRun], *, session: Session | None) -> None:
        """Take new runs for good, and the session that they belong to if the store may not know it."""
        if session is not None:
            self.attend(session)
        with self._lock:
            if self._write(framed(runs_payload(session, new_runs))):
                self._content.new_runs += new_runs
                self._content.sessions += [session] if session is not None else []
            if self._is_full:
                self._sync()  # the experiment, too
        if not self._is_awake:
            self._awake()

    def flush(self, timeout_s: float | None = None, *, is_patient: bool = True) -> bool:
        """Return when all that was appended before is in the store, or can't be got there now; tell which.

        Without patience, a store that is known to be away, or did not answer the last who waited, is not waited for.
        """
        with self._lock:
            if self._is_empty():
                return True
            rounds = self._rounds
            if not is_patient and (self._fault is not None or self._stalled_in == rounds):
                return False
        self._urgent.set()
        self._awake()
        with self._progress:
            # The round that goes on now may have begun before the last append; the one after it has not.
            has_moved = self._progress.wait_for(lambda: self._rounds >= rounds + 2 or self._is_empty(), timeout_s)
            if not has_moved:
                self._stalled_in = self._rounds
        return self._is_empty()

    def status(self) -> OutboxStatus:
        segment = self._segment
        written = 0 if segment is None else segment.end - self._position
        unwritten = self._unwritten.size_bytes
        return OutboxStatus(written + unwritten, self._delivered_at, self._fault, unwritten)

    def close(self) -> None:
        """Deliver what can be delivered, and end. What can't be stays in the segment, for whoever opens the store."""
        self.flush(timeout_s=5.0)
        with self._lock:
            self._is_closing = True
        self._end(join_s=5.0)

    def abandon(self) -> None:
        """End without delivering: the store is gone, and its outbox with it. What is lost by that is told once."""
        with self._lock:
            self._is_closing = True
            waiting, segment = self.status().backlog_bytes, self._segment
        self._end(join_s=0.5)
        # Where only the database is another one, who opens that delivers the segment.
        if waiting and not (segment is not None and segment.path.exists()):
            self._tell_loss(f"{waiting:,} bytes of what was logged were not in the store yet")

    def _end(self, *, join_s: float) -> None:
        self._urgent.set()
        self._wake.set()
        if self._thread is not None and self._thread.is_alive():
            self._thread.join(timeout=join_s)
            if self._thread.is_alive():
                return  # it waits for the store, and reads the segment then; both end with the process
        with self._lock:
            segment, is_delivered = self._segment, self._is_empty()
            self._segment = None
            if self._attendance is not None:
                self._attendance.end()
                self._attendance = None
        if segment is not None:
            with suppress(StoreUnavailable, OSError):  # who opens the store next finds how far it is delivered
                if not is_delivered:
                    segment.sync()
                elif self._store.is_there():
                    retire_segment(self._store, segment.path)
            segment.disown()

    def _is_empty(self) -> bool:
        segment = self._segment
        return not self._unwritten and (segment is None or self._position >= segment.end)

    def _define(self, run_id: str, key: str) -> int:
        """Number a series, from 1."""
        check_key(key, "metric")
        number = len(self._series) + 1
        # Written before it is known: an interrupt between the two must not leave a number without a name.
        self._write(framed(series_payload(number, run_id, key)))
        if not self._is_memory_full:  # else the name is lost, as is all that follows until the disk takes it
            self._series[run_id, key] = number
        return number

    def _write(self, frame: bytes) -> bool:
        """Write a frame; False if it has to wait in memory, or what it holds has to be read back later."""
        if self._is_closing:
            self._tell_loss("a run of it is still logged to")
            return False
        if self._segment is None:
            self._segment = self._open()
        if self._unwritten or self._segment is None:
            self._keep_unwritten(frame)
            return False
        try:
            self._segment.append(frame)
        except OSError as error:
            self._keep_unwritten(frame)
            self._tell_fault(f"The outbox in {self._store.outbox} can't be written to: {error.strerror}.", error)
            return False
        if len(self._points) >= MAX_WAITING_POINTS:
            self._points, self._content, self._is_behind = [], Content(), True
        return not self._is_behind

    def _open(self) -> Segment | None:
        try:
            return Segment(self._store.outbox)
        except OSError as error:
            self._tell_fault(f"The outbox in {self._store.outbox} can't be made: {error.strerror}.", error)
            return None

    def _keep_unwritten(self, frame: bytes) -> None:
        if self._is_memory_full:
            return
        if self._unwritten.keep(frame):
            self._is_behind = True
        else:
            self._is_memory_full = True
            full = MemoryError(f"{MAX_UNWRITTEN_BYTES:,} bytes wait already.")
            self._on_fault(f"what is logged from now on is lost, until the disk takes it. {full}", full)

    def _write_what_waits(self) -> None:
        """Write what waits in memory, now that there may be room."""
        if self._segment is None and self._unwritten:
            self._segment = self._open()
        if self._unwritten and self._segment is not None:
            self._unwritten.write_to(self._segment)
            self._is_memory_full = bool(self._unwritten) and self._is_memory_full

    def _awake(self) -> None:
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="nbtrack-outbox", daemon=True)
                self._thread.start()
            self._is_awake = True
        self._wake.set()

    def _run(self) -> None:
        while not self._is_closing:
            if self._wake.wait(self._due_in_s()):
                self._urgent.wait(COALESCE_S)
                self._wake.clear()
                self._urgent.clear()
                self._is_awake = False
                self._deliver_round()
                if self._fault is not None and not self._is_closing:
                    # Not for who logs, which may be a loop; who waits for the store is worth another try.
                    self._urgent.wait(RETRY_S)
                    self._wake.set()
            if self._sync_due_in_s() == 0:
                self._sync()
            if self._attendance is not None:
                self._attendance.show(self._segment)

    def _due_in_s(self) -> float | None:
        """Return how long the thread may sleep if nobody wakes it."""
        due = (self._sync_due_in_s(), None if self._attendance is None else self._attendance.due_in_s())
        return min((each for each in due if each is not None), default=None)

    def _sync_due_in_s(self) -> float | None:
        """Return how long the segment may stay unsynced; None if it is not."""
        segment = self._segment
        if segment is None or segment.is_synced:
            self._unsynced_since = None
            return None
        now = time.monotonic()
        if self._unsynced_since is None:
            self._unsynced_since = now
        return max(0.0, self._unsynced_since + SYNC_INTERVAL_S - now)

    def _sync(self) -> None:
        """Have all that was appended outlast a loss of power, and what that refers to before."""
        self._unsynced_since = None
        with suppress(StoreUnavailable):  # delivery tells of a store that is away
            self._store.sync()
        self._sync_segment()

    def _sync_segment(self) -> None:
        if self._segment is None:
            return
        try:
            self._segment.sync()
        except OSError as error:
            if not self._is_unsyncable:  # it is tried again each second, and told once
                self._on_fault(f"The outbox in {self._store.outbox} can't be synced: {error.strerror}.", error)
            self._is_unsyncable = True
        else:
            self._is_unsyncable = False

    def _deliver_round(self) -> None:
        try:
            self._deliver()
        except StoreUnavailable as error:
            self._is_behind = True
            self._tell_fault(str(error), error)
        except Exception as error:
            # A failure of our own: the segment still has everything.
            _logger.debug("The outbox could not be delivered", exc_info=error)
            self._is_behind = True
            self._tell_fault(f"{type(error).__name__}: {error}", error)
        else:
            if not self._unwritten:
                self._fault = None
        with self._progress:
            self._rounds += 1
            self._progress.notify_all()

    def _deliver(self) -> None:
        with self._lock:
            self._write_what_waits()
            segment = self._segment
            if segment is None:
                return
            # An interrupt between a write and its note leaves a frame that no list has.
            is_behind = self._is_behind or segment.size != segment.end
            if is_behind:
                segment.end = segment.size
                self._points, self._content, self._is_behind = [], Content(), bool(self._unwritten)
            points, content, end = self._points, self._content, segment.end
            self._points, self._content = [], Content()
            series = {number: name for name, number in self._series.items()} if points else {}
        if is_behind:
            self._position, damaged = deliver_segment(
                self._store, segment.descriptor, segment.name, end, self._on_fault
            )
            if damaged:
                lost = ValueError(f"{damaged} records of {segment.path} can't be read.")
                self._on_fault(f"something that was logged is lost. {lost}", lost)
        elif end > self._position:
            content.add_points(points, series)
            deliver(self._store, content, segment.name, self._position, end, self._on_fault)
            self._position = end
        self._delivered_at = time.time()
        self._rotate(segment)

    def _rotate(self, segment: Segment) -> None:
        """Begin a new segment once a long one is delivered."""
        with self._lock:
            if segment.end < MAX_SEGMENT_BYTES or not self._is_empty():
                return
            self._segment, self._position = None, 0
            self._series.clear()
        try:
            retire_segment(self._store, segment.path)
        finally:
            segment.disown()

    def _tell_fault(self, message: str, error: BaseException) -> None:
        is_new = self._fault is None
        self._fault = message
        if is_new:
            self._on_fault(message, error)

    def _tell_loss(self, what: str) -> None:
        """Tell once that the store is gone with what was or is logged to it."""
        if self._is_loss_told:
            return
        self._is_loss_told = True
        gone = RuntimeError(f"The store {self._store.uri} was deleted, moved or closed, and {what}.")
        self._on_fault(f"{gone} That is lost, unless it was moved and is opened there; your code goes on.", gone)

    def after_fork_in_child(self) -> None:
        """Begin anew: what waits is the parent's to deliver, and its thread is not here."""
        if self._segment is not None:
            self._segment.disown()
        if self._attendance is not None:
            self._attendance.disown()
        self._reset()


def _after_fork_in_child() -> None:
    for outbox in list(_OUTBOXES):
        outbox.after_fork_in_child()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
