"""Runs from one cell to the next, and in kernels that begin, end, and lose their store."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
from pathlib import Path

import pytest

from nbtrack.entities import Batch, RunStatus
from nbtrack.store import Store, boot_id, interrupt_runs_of_dead
from tests.notebook.kernel import Kernel
from tests.notebook.tracking import runs, tracked


class TestRunsAcrossCells:
    def test_a_run_of_one_cell_is_logged_to_in_the_next(self, kernel: Kernel, store: Store) -> None:
        kernel.run("manual = nbtrack.start_run(run_name='manual')")
        kernel.run("nbtrack.log_metric('m', 1)")
        kernel.run("following = nbtrack.start_run(run_name='following')")
        kernel.run("nbtrack.end_run()")
        manual, following = runs(store)
        assert manual.data.metrics == {"m": 1.0}
        assert (manual.info.status, following.info.status) == ("FINISHED", "FINISHED")
        assert "mlflow.parentRunId" not in following.data.tags

    def test_status_and_stop(self, kernel: Kernel, store: Store) -> None:
        kernel.run("manual = nbtrack.start_run(run_name='left-open')")
        assert "left-open" in kernel.run("%nbtrack status").stdout
        assert "Ended left-open" in kernel.run("%nbtrack stop").stdout
        assert "Open runs: none" in kernel.run("%nbtrack").stdout
        kernel.run("with nbtrack.start_run(): nbtrack.log_metric('m', 1)")
        assert "Outbox: all is stored; last delivery 0." in kernel.run("%nbtrack status").stdout

    def test_autolog_makes_runs_and_an_unknown_word_is_one_line(self, kernel: Kernel, store: Store) -> None:
        outcome = kernel.run("%autolog onn")
        assert "invalid choice: 'onn'" in outcome.error + outcome.stderr
        assert "Traceback" not in outcome.traceback
        kernel.run("%autolog")
        kernel.run("from sklearn.naive_bayes import GaussianNB\nnb = GaussianNB().fit([[1.0], [2.0]], [0, 1])")
        (run,) = runs(store)
        assert run.data.tags["estimator_name"] == "GaussianNB"
        assert "--no-models" in kernel.run("%autolog --help").stdout

    def test_an_unwritable_store_leaves_result_and_variables(self, kernel: Kernel, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("x")
        kernel.run(f"%nbtrack store {tmp_path}/file/.nbtrack")
        outcome = kernel.run("%%track\nkept = 5\nkept + 1")
        assert (outcome.status, outcome.result) == ("ok", "6")
        assert len(outcome.stderr.strip().splitlines()) == 1
        assert kernel.run("kept").result == "5"

    def test_a_store_that_goes_in_the_middle_of_a_cell_leaves_result_and_variables(
        self, kernel: Kernel, store: Store, tmp_path: Path
    ) -> None:
        outcome = kernel.run(
            f"%%track\nimport shutil\nshutil.rmtree({str(tmp_path / '.nbtrack')!r})\nprint('x')\nkept = 7\nkept"
        )
        assert (outcome.status, outcome.result) == ("ok", "7")
        assert kernel.run("kept").result == "7"

    def test_artifacts_that_cannot_be_written_leave_the_rest_of_the_run(
        self, kernel: Kernel, store: Store, tmp_path: Path
    ) -> None:
        (tmp_path / ".nbtrack" / "artifacts").write_text("in the way")
        outcome, run = tracked(kernel, store, "%%track\nprint('x')\nratio = len('a') / 4")
        assert outcome.status == "ok"
        assert run.info.status == "FINISHED"
        assert run.data.metrics == {"ratio": 0.25}


class TestRunsEndedElsewhere:
    @pytest.mark.parametrize("how", ["ended", "deleted"])
    def test_a_run_that_the_sidebar_ended_or_deleted_is_active_no_longer(
        self, kernel: Kernel, store: Store, how: str
    ) -> None:
        kernel.run("manual = nbtrack.start_run()")
        run_id = runs(store)[-1].info.run_id
        if how == "ended":
            store.runs.log(run_id, Batch(status=RunStatus.FINISHED, ended_at_ms=1))
        else:
            store.runs.delete([run_id])
        assert kernel.run("nbtrack.active_run() is None").result == "True"


class TestKernelsEnd:
    def test_a_run_left_open_is_killed_when_its_kernel_is_shut_down(self, fresh_kernel: Kernel, store: Store) -> None:
        fresh_kernel.run("manual = nbtrack.start_run()")
        fresh_kernel.stop(now=False)
        assert runs(store)[-1].info.status == "KILLED"

    def test_a_run_is_killed_for_who_looks_when_its_kernel_is_killed(self, fresh_kernel: Kernel, store: Store) -> None:
        request = fresh_kernel.send("%%track\nprint('started', flush=True)\nimport time\nwhile True: time.sleep(0.05)")
        fresh_kernel.outcome(request, until_stdout="started")
        pid = fresh_kernel.manager.provisioner.pid
        os.kill(pid, signal.SIGKILL)
        fresh_kernel.manager.provisioner.process.wait(60)
        assert boot_id()
        interrupt_runs_of_dead(store)
        assert runs(store)[-1].info.status == "KILLED"


class TestLoading:
    def test_the_cell_that_loads_nbtrack_is_the_cell_of_its_runs(self, fresh_kernel: Kernel, store: Store) -> None:
        fresh_kernel.run("%unload_ext nbtrack")
        code = "%load_ext nbtrack\nwith nbtrack.start_run(run_name='first'): nbtrack.log_metric('loss', 0.5)"
        outcome = fresh_kernel.run(code)
        assert outcome.stdout == "● first  loss 0.5\n"
        fresh_kernel.run("%%track second\nb = 2")
        executions = [store.sessions.cells(run.info.run_id)[0] for run in runs(store)]
        first_lines = [execution.source.partition("\n")[0] for execution in executions]
        assert first_lines == ["%load_ext nbtrack", "%%track second"]
        assert executions[1].execution_count == executions[0].execution_count + 1

    def test_loading_twice_and_unloading(self, fresh_kernel: Kernel, store: Store) -> None:
        fresh_kernel.run("%load_ext nbtrack")
        fresh_kernel.run("%reload_ext nbtrack")
        fresh_kernel.run("%%track\na = 1")
        assert len(runs(store)) == 1
        assert fresh_kernel.run("%unload_ext nbtrack").status == "ok"
        outcome = fresh_kernel.run("%%track\na = 1")
        assert "track" in outcome.stderr + outcome.error
        assert len(runs(store)) == 1
        fresh_kernel.run("%load_ext nbtrack")
        fresh_kernel.run("%%track\na = 1")
        assert len(runs(store)) == 2

    def test_nothing_heavy_is_imported(self, folder: Path) -> None:
        code = (
            "import sys; heavy = {'pandas', 'sklearn', 'sqlalchemy', 'matplotlib', 'alembic', 'scipy', 'yaml', 'lark'};"
            "before = set(sys.modules); import nbtrack;"
            "from IPython.core.interactiveshell import InteractiveShell; shell = InteractiveShell.instance();"
            "shell.run_line_magic('load_ext', 'nbtrack'); shell.run_cell('a = 1');"
            "print(sorted(heavy & (set(sys.modules) - before)))"
        )
        import sys

        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120)
        assert done.stdout.strip().splitlines()[-1] == "[]", done.stdout + done.stderr


class TestStoresThatAreAway:
    def test_a_cell_goes_on_while_the_database_is_locked_and_its_run_is_whole_afterwards(
        self, kernel: Kernel, store: Store
    ) -> None:
        kernel.run("%%track before\nx = 1")
        blocker = sqlite3.connect(f"{store.uri}/nbtrack.db", isolation_level=None)
        blocker.execute("BEGIN IMMEDIATE")
        outcome = kernel.run(
            "%%track meanwhile\ndepth = 3\nscore = float('0.75')\nprint('done')\nnbtrack.log_metric('m', 1)"
        )
        second = kernel.run("with nbtrack.start_run(run_name='inner'): nbtrack.log_param('p', 1)")
        blocker.execute("ROLLBACK")
        blocker.close()
        assert (outcome.status, second.status) == ("ok", "ok")
        assert outcome.stdout.startswith("done")
        assert "can't be stored now" in outcome.stderr + second.stderr or not outcome.stderr
        kernel.run("nbtrack.flush()")
        found = {run.info.run_name: run for run in runs(store)}
        assert found["meanwhile"].data.params == {"depth": "3"}
        assert found["meanwhile"].data.metrics == {"score": 0.75, "m": 1.0}
        assert found["inner"].data.params == {"p": "1"}
        assert {run.info.status for run in found.values()} == {RunStatus.FINISHED}
        (cell,) = store.sessions.cells(found["inner"].info.run_id)
        assert cell.status == "ok"
