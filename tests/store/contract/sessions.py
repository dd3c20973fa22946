from __future__ import annotations

import time
import uuid
from dataclasses import replace

from nbtrack.entities import Batch, CellExecution, Environment, RunStatus, Session
from nbtrack.store import Store, boot_id, host_name, interrupt_runs_of_dead, process_started_at_ms
from tests.store.contract.making import new_run


class SessionContract:
    def session(self, *, pid: int, started_at_ms: int) -> Session:
        return Session(uuid.uuid4().hex, host_name(), boot_id(), pid, started_at_ms, started_at_ms, "a.ipynb")

    def test_runs_of_a_dead_process_are_interrupted_and_those_of_the_living_go_on(self, store: Store) -> None:
        import os

        living = self.session(pid=os.getpid(), started_at_ms=process_started_at_ms())
        # The pid is in use again, by a process that started at another time.
        dead = self.session(pid=os.getpid(), started_at_ms=1)
        for session in (living, dead):
            store.sessions.open(session)
            store.sessions.open(session)
        kept = new_run(store, session_id=living.session_id)
        lost = new_run(store, session_id=dead.session_id)
        assert {seen.session.session_id for seen in store.sessions.with_open_runs()} == {
            living.session_id,
            dead.session_id,
        }
        assert list(interrupt_runs_of_dead(store)) == [lost]
        assert list(interrupt_runs_of_dead(store)) == []
        assert [seen.session for seen in store.sessions.with_open_runs()] == [living]
        assert store.runs.get(kept).info.status == RunStatus.RUNNING
        ended = store.runs.get(lost).info
        assert ended.status == RunStatus.KILLED and ended.end_time is not None

    def test_a_session_of_elsewhere_lives_until_it_was_not_seen_for_a_day(self, store: Store) -> None:
        elsewhere = replace(self.session(pid=1, started_at_ms=1), boot_id="another/1")
        store.sessions.open(elsewhere)
        run_id = new_run(store, session_id=elsewhere.session_id)
        assert list(interrupt_runs_of_dead(store)) == []
        now_ms = time.time_ns() // 1_000_000
        store.sessions.seen(elsewhere.session_id, at_ms=now_ms - 25 * 3_600_000)
        assert [seen.seen_at_ms for seen in store.sessions.with_open_runs()] == [now_ms - 25 * 3_600_000]
        assert list(interrupt_runs_of_dead(store)) == [run_id]

    def test_a_run_that_is_adopted_lives_with_its_new_session(self, store: Store) -> None:
        first, second = self.session(pid=1, started_at_ms=1), self.session(pid=2, started_at_ms=2)
        store.sessions.open(first)
        run_id = new_run(store, session_id=first.session_id)
        store.sessions.adopt(second, run_id)
        assert [seen.session for seen in store.sessions.with_open_runs()] == [second]
        assert list(store.sessions.interrupt_runs([first.session_id], at_ms=1)) == []

    def test_a_cell_is_recorded_and_brought_up_to_date(self, store: Store) -> None:
        session = self.session(pid=1, started_at_ms=1)
        store.sessions.open(session)
        started = CellExecution("e1", session.session_id, "x = 1", 5)
        over = CellExecution("e1", session.session_id, "x = 1", 5, "error", wall_ms=1.5, error="ValueError")
        run_id, other = new_run(store, batch=Batch(cell=started)), new_run(store)
        store.runs.log(other, Batch(cell=started))
        assert list(store.sessions.cells(run_id)) == list(store.sessions.cells(other)) == [started]
        before = store.seq()
        store.runs.log(run_id, Batch(cell=over))
        assert list(store.sessions.cells(other)) == [over]
        assert {run.run_id for run in store.runs.summaries_since(before).runs} == {run_id, other}

    def test_an_environment_is_stored_once(self, store: Store) -> None:
        environment = Environment("d" * 8, "3.11.7", "Linux", {"numpy": "2.0"})
        for _ in range(2):
            run_id = new_run(store)
            store.runs.log(run_id, Batch(environment=environment))
            assert store.sessions.environment(run_id) == environment
        assert store.sessions.environment(new_run(store)) is None
