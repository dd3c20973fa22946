from __future__ import annotations

import threading

from nbtrack.entities import Batch
from nbtrack.store import Store
from tests.store.contract.making import metric, new_run


class ListContract:
    def test_pages_are_newest_first_and_complete(self, store: Store) -> None:
        made = [new_run(store, at_ms=n // 2) for n in range(25)]
        seen: list[str] = []
        cursor = None
        while True:
            page = store.runs.summaries(limit=10, cursor=cursor)
            seen += [run.run_id for run in page.runs]
            cursor = page.cursor
            if cursor is None:
                break
        assert sorted(seen) == sorted(made)
        starts = [run.started_at_ms for run in store.runs.summaries(limit=100).runs]
        assert starts == sorted(starts, reverse=True)

    def test_changes_since_tell_what_changed_and_what_was_deleted(self, store: Store) -> None:
        a, b, c = (new_run(store) for _ in range(3))
        seq = store.runs.summaries().seq
        store.runs.log(a, Batch((metric("m", 1.0),)))
        store.runs.delete([b])
        changed = store.runs.summaries_since(seq)
        assert {run.run_id: str(run.lifecycle) for run in changed.runs} == {a: "active", b: "deleted"}
        assert store.runs.summaries_since(changed.seq).runs == ()
        assert c not in {run.run_id for run in changed.runs}

    def test_the_change_token_moves_with_every_commit(self, store: Store) -> None:
        before = store.change_token()
        assert store.change_token() == before
        new_run(store)
        assert store.change_token() != before

    def test_threads_write_at_once_without_loss(self, store: Store) -> None:
        run_id = new_run(store)

        def write(worker: int) -> None:
            for step in range(20):
                store.runs.log(run_id, Batch((metric("m", float(worker), step=step),), {f"p{worker}.{step}": "1"}))

        threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert store.metrics.summaries(run_id)[0].count == 80
        assert len(store.runs.get(run_id).data.params) == 80
