from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
from pathlib import Path

import pytest

from nbtrack.entities import Batch, Run, RunStatus
from nbtrack.store import RunQuery, Store, boot_id, interrupt_runs_of_dead
from tests.notebook.kernel import Kernel, Outcome


def runs(store: Store) -> list[Run]:
    return list(reversed(store.runs.search(RunQuery()).runs))


def tracked(kernel: Kernel, store: Store, code: str, **options) -> tuple[Outcome, Run]:
    """Run a cell and return what was shown, and its run."""
    outcome = kernel.run(code, **options)
    found = runs(store)
    assert found, outcome
    return outcome, found[-1]


def artifact(store: Store, run: Run, path: str) -> bytes:
    return store.artifacts.local_path(run.info.run_id, path).read_bytes()


class TestCellsBehaveAsUntrackedOnes:
    @pytest.mark.parametrize(
        ("code", "result"),
        [
            ("%%track\n6 * 7", "42"),
            ("%%track\n6 * 7;", None),
            ("%%track\nimport asyncio\nawait asyncio.sleep(0, 'awaited')", "'awaited'"),
            ("%%track\nfiles = !echo one two\nfiles[0]", "'one two'"),
            ("%%track\nwhere = %pwd\nisinstance(where, str)", "True"),
            ("\n\n%%track\n6 * 7", "42"),
            ("%%track   \n\n6 * 7", "42"),
            ('%%track "a name" -t a=b\n6 * 7', "42"),
            ("%%track\ntext = '''\n%%track\n'''\ntext", "'\\n%%track\\n'"),
        ],
        ids=["value", "semicolon", "await", "shell", "line magic", "blank lines", "spaces", "options", "in a string"],
    )
    def test_results_are_shown_as_ever(self, kernel: Kernel, store: Store, code: str, result: str | None) -> None:
        outcome, run = tracked(kernel, store, code)
        assert (outcome.status, outcome.result, outcome.error) == ("ok", result, "")
        assert run.info.status == "FINISHED"

    @pytest.mark.parametrize("magics", ["%%time\n%%track named", "%%track named\n%%time"])
    def test_stacked_time(self, kernel: Kernel, store: Store, magics: str) -> None:
        outcome, run = tracked(kernel, store, f"{magics}\nstacked = 0.5 + 0.25")
        assert "Wall time" in outcome.stdout
        assert run.info.run_name == "named"
        assert run.info.status == "FINISHED"

    @pytest.mark.parametrize("magics", ["%%capture out\n%%track", "%%track\n%%capture out"])
    def test_stacked_capture(self, kernel: Kernel, store: Store, magics: str) -> None:
        outcome, _ = tracked(kernel, store, f"{magics}\nprint('hidden')")
        assert "hidden" not in outcome.stdout.replace("●", "")
        assert kernel.run("out.stdout").result == "'hidden\\n'"

    def test_tracebacks_name_the_lines_of_the_editor(self, kernel: Kernel, store: Store) -> None:
        outcome, run = tracked(kernel, store, "%%track\na_line = 1\n1 / 0")
        assert "----> 3 1 / 0" in strip_colours(outcome.traceback)
        assert run.info.status == "FAILED"
        assert run.data.tags["nbtrack.error"] == "ZeroDivisionError: division by zero"
        (cell,) = store.sessions.cells(run.info.run_id)
        assert cell.status == "error"
        assert "line 3" in (cell.traceback or "")
        assert run.data.params == {"a_line": "1"}

    def test_a_syntax_error_fails_the_run(self, kernel: Kernel, store: Store) -> None:
        outcome, run = tracked(kernel, store, "%%track\nbefore = 1\nx = = 1")
        assert outcome.error.startswith("SyntaxError")
        assert run.info.status == "FAILED"
        assert run.data.params == {}

    def test_an_error_with_strange_text_is_kept(self, kernel: Kernel, store: Store) -> None:
        outcome, run = tracked(kernel, store, "%%track\nraise ValueError('nul \\0')")
        assert outcome.error.startswith("ValueError")
        assert run.info.status == "FAILED"
        assert "nbtrack: " not in outcome.stderr

    @pytest.mark.parametrize(("code", "status"), [("score = 0.5", "FINISHED"), ("1 / 0", "FAILED")])
    def test_the_machine_is_measured_while_the_cell_runs(
        self, kernel: Kernel, store: Store, code: str, status: str
    ) -> None:
        outcome, run = tracked(kernel, store, f"%%track --system-metrics\n{code}")
        assert run.info.status == status
        assert "system/cpu_utilization_percentage" in run.data.metrics
        assert "system/" not in outcome.stdout
        sampling = (
            "import threading\nany(t.name == 'nbtrack-system-metrics' and t.is_alive() for t in threading.enumerate())"
        )
        while kernel.run(sampling).result != "False":
            pass

    def test_an_interrupt_kills_the_run(self, kernel: Kernel, store: Store) -> None:
        request = kernel.send("%%track\nprint('started', flush=True)\nimport time\nwhile True: time.sleep(0.05)")
        kernel.outcome(request, until_stdout="started")
        kernel.manager.interrupt_kernel()
        assert kernel.outcome(request).error.startswith("KeyboardInterrupt")
        assert runs(store)[-1].info.status == "KILLED"
        assert kernel.run("6 * 7").result == "42"

    def test_an_interrupt_of_the_recording_leaves_the_cells_names_and_ends_the_run(
        self, kernel: Kernel, store: Store
    ) -> None:
        code = (
            "%%track\nfrom sklearn.linear_model import LinearRegression\nimport time\n"
            "class Slow(LinearRegression):\n"
            "    def get_params(self, deep=True):\n"
            "        if hasattr(self, 'coef_'): print('asked', flush=True); time.sleep(5)\n"
            "        return super().get_params(deep)\n"
            "depth = 3\nmodel = Slow().fit([[0.0], [1.0]], [0.0, 1.0])\nslope = model.coef_[0]"
        )
        request = kernel.send(code)
        kernel.outcome(request, until_stdout="asked")
        kernel.manager.interrupt_kernel()
        outcome = kernel.outcome(request)
        assert outcome.status == "ok"
        assert "recording was interrupted" in outcome.stderr
        assert kernel.run("depth, round(float(slope), 3)").result == "(3, 1.0)"
        run = runs(store)[-1]
        assert run.info.status == "FINISHED"
        (cell,) = store.sessions.cells(run.info.run_id)
        assert (cell.status, cell.wall_ms is not None) == ("ok", True)

    def test_a_traceback_is_about_the_users_code(self, kernel: Kernel, store: Store) -> None:
        code = "%%track\nfrom sklearn.linear_model import LinearRegression\nLinearRegression().fit([[1.0]], [1.0, 2.0])"
        outcome, run = tracked(kernel, store, code)
        assert outcome.error.startswith("ValueError")
        assert "autolog" not in strip_colours(outcome.traceback)
        (cell,) = store.sessions.cells(run.info.run_id)
        assert "autolog" not in (cell.traceback or "")

    def test_a_refusal_quotes_what_was_written(self, kernel: Kernel) -> None:
        outcome = kernel.run("%%track -t {depth} $HOME\nx = 1")
        assert "'{depth}'" in outcome.stderr

    def test_both_streams_may_be_one(self, kernel: Kernel, store: Store) -> None:
        kernel.run("import sys\nerrors, sys.stderr = sys.stderr, sys.stdout")
        outcome, run = tracked(kernel, store, "%%track\nprint('once')")
        kernel.run("sys.stderr = errors")
        assert outcome.stdout.splitlines()[0] == "once"
        assert run.info.status == "FINISHED"
        assert Path(store.artifacts.local_path(run.info.run_id, "output.txt")).read_text() == "once\n"

    def test_a_cell_inside_another_leaves_the_outer_one_its_output(self, kernel: Kernel, store: Store) -> None:
        kernel.run("%%track outer\nprint('a')\nget_ipython().run_cell('%%track inner\\nprint(1)')\nprint('z')")
        (outer,) = (run for run in runs(store) if run.info.run_name == "outer")
        printed = Path(store.artifacts.local_path(outer.info.run_id, "output.txt")).read_text().splitlines()
        assert (printed[0], printed[-1]) == ("a", "z")

    def test_a_cell_that_executes_others_goes_on_being_tracked(self, kernel: Kernel, store: Store) -> None:
        code = "%%track\nfor inner in ('b = 2', ''): get_ipython().run_cell(inner)\nafter = float('0.75')"
        outcome, run = tracked(kernel, store, code)
        assert (outcome.status, outcome.stderr) == ("ok", "")
        assert run.data.metrics == {"after": 0.75}

    def test_a_tracked_cell_inside_another_is_a_run_of_its_own(self, kernel: Kernel, store: Store) -> None:
        kernel.run("%%track outer\nget_ipython().run_cell('%%track inner\\nb = 2')\nafter = float('0.75')")
        found = {run.info.run_name: run.data for run in runs(store)}
        assert found["inner"].params == {"b": "2"}
        assert (found["outer"].params, found["outer"].metrics) == ({}, {"after": 0.75})

    def test_data_of_a_long_loop_is_not_kept_alive(self, kernel: Kernel, store: Store) -> None:
        code = (
            "%%track\nimport weakref, numpy as np\nfrom sklearn.linear_model import LinearRegression\nborn = []\n"
            "for _ in range(50):\n    X = np.random.rand(20, 2)\n    born.append(weakref.ref(X))\n"
            "    model = LinearRegression().fit(X, X[:, 0])\n    model.score(X, X[:, 0])\n"
            "alive = sum(ref() is not None for ref in born)\nprint(alive)"
        )
        outcome, run = tracked(kernel, store, code)
        assert int(outcome.stdout.split()[0]) < 30
        assert "datasets are described" in run.data.tags["nbtrack.warning"]
        assert 0 < len(run.inputs.dataset_inputs) <= 40

    def test_many_runs_of_a_cell_are_not_many_lines(self, kernel: Kernel, store: Store) -> None:
        code = "import nbtrack\nfor _ in range(30):\n    with nbtrack.start_run(): pass"
        lines = kernel.run(code).stdout.splitlines()
        assert (len(lines), lines[-1]) == (21, "● 30 runs in all; %runs lists them")


class TestOptions:
    @pytest.mark.parametrize(
        ("options", "complaint"),
        [
            ("--nope", "unrecognized arguments: --nope"),
            ("-t stage", "KEY=VALUE"),
            ("-p a+b", "names of variables"),
            ("'open", "close the quotation"),
            ("one two", "unrecognized arguments: two"),
            ("-e", "expected one argument"),
        ],
    )
    def test_a_mistake_is_one_line_and_the_cell_does_not_run(
        self, kernel: Kernel, store: Store, options: str, complaint: str
    ) -> None:
        outcome = kernel.run(f"%%track {options}\nraise SystemError('it ran')")
        shown = (outcome.stdout + outcome.stderr + outcome.error).strip()
        assert complaint in shown
        assert "it ran" not in shown
        assert len(shown.splitlines()) == 1
        assert "Traceback" not in outcome.traceback
        assert runs(store) == []

    def test_help_is_shown_and_the_cell_does_not_run(self, kernel: Kernel, store: Store) -> None:
        outcome = kernel.run("%%track --help\nraise SystemError")
        assert "--no-models" in outcome.stdout
        assert (outcome.status, runs(store)) == ("ok", [])

    def test_names_experiments_and_tags(self, kernel: Kernel, store: Store) -> None:
        _, run = tracked(kernel, store, '%%track "tuned 🦌" -e "my wine" -t stage=dev -t note="a = b"\nx = 1')
        assert run.info.run_name == "tuned 🦌"
        assert store.experiments.get(run.info.experiment_id).name == "my wine"
        assert (run.data.tags["stage"], run.data.tags["note"]) == ("dev", "a = b")

    def test_chosen_params_and_metrics_are_the_only_ones(self, kernel: Kernel, store: Store) -> None:
        _, run = tracked(kernel, store, "%%track -p a,c -m d\na = 1\nb = 2\nc = a + 1\nd = a / 2\ne = a / 4")
        assert run.data.params == {"a": "1", "c": "2"}
        assert run.data.metrics == {"d": 0.5}

    def test_a_chosen_name_that_is_not_there_is_told(self, kernel: Kernel, store: Store) -> None:
        _, run = tracked(kernel, store, "%%track -m nowhere\nx = 1")
        assert run.data.tags["nbtrack.warning"] == "nowhere is not defined"

    @pytest.mark.parametrize(
        ("line", "expected"),
        [
            ("%%track --no", {"--no-models", "--no-figures", "--no-datasets", "--no-output"}),
            ("%autolog o", {"on", "off"}),
            ("%autolog --no-m", {"--no-models"}),
        ],
    )
    def test_options_are_completed(self, kernel: Kernel, line: str, expected: set[str]) -> None:
        assert set(kernel.complete(line)) == expected

    def test_experiments_are_completed(self, kernel: Kernel, store: Store) -> None:
        kernel.run("%experiment wine-quality")
        assert kernel.complete("%%track -e wi") == ["wine-quality"]

    def test_filters_are_completed(self, kernel: Kernel, store: Store) -> None:
        logged = "with nbtrack.start_run(): nbtrack.log_metrics({'class 1 recall': 1, 'loss': 2})\nnbtrack.flush()"
        assert kernel.run(logged).status == "ok"
        assert kernel.complete("%runs metrics.lo") == ["metrics.loss"]
        assert kernel.complete("%runs age < 1d and not recall") == ["metrics.`class 1 recall`"]
        assert kernel.complete("%runs status = 'FA") == ["'FAILED'"]
        assert kernel.complete("%runs metrics.loss BET") == ["BETWEEN"]

    def test_runs_shows_the_metrics_that_tell_most_and_those_of_the_filter(self, kernel: Kernel, store: Store) -> None:
        logged = """
for number in range(3):
    with nbtrack.start_run():
        nbtrack.log_metrics({"mean_fit_time": 1, "std_test_score": 0, "rank_test_score": 1, "test_f1": number})
        nbtrack.log_metrics({f"only_{number}_{letter}": 1 for letter in "abc"})
        nbtrack.log_param("depth", number)
"""
        assert kernel.run(logged).status == "ok"
        assert kernel.run("%runs metrics.only_2_b = 1 or metrics.test_f1 < 5").status == "ok"
        columns = kernel.run("print(list(_.columns))").stdout
        assert columns.startswith("['run_name', 'status', 'start_time', 'metrics.only_2_b', 'metrics.test_f1'")
        assert columns.endswith("'params.depth']\n") and "mean_fit_time" not in columns


class TestCapture:
    def test_params_and_metrics_among_variables(self, kernel: Kernel, store: Store) -> None:
        _, run = tracked(
            kernel, store,
            "%%track\nimport numpy as np\nn, rate = 3, 0.5\nname = 'deer'\n_hidden = 5\nwhole = n * 2\n"
            "score = np.float32(0.25)\nzero_d = np.array(0.75)\n_secret = n / 3\n"
            "scores = {'f1': n / 4, 'auc': 0.5 * n}",
        )  # fmt: skip
        assert run.data.params == {"n": "3", "rate": "0.5", "name": "deer"}
        assert run.data.metrics == {"score": 0.25, "zero_d": 0.75, "f1": 0.75, "auc": 1.5}

    def test_what_the_cell_logs_itself_goes_to_its_run(self, kernel: Kernel, store: Store) -> None:
        tracked(
            kernel, store,
            "%%track\nlr = 0.1\nnbtrack.log_param('lr', 'explicit')\nnbtrack.log_metric('m', 1)\n"
            "with nbtrack.start_run() as child: nbtrack.log_metric('inner', 2)",
        )  # fmt: skip
        parent = next(found for found in runs(store) if "mlflow.parentRunId" not in found.data.tags)
        child = next(found for found in runs(store) if "mlflow.parentRunId" in found.data.tags)
        assert parent.data.params == {"lr": "explicit"}
        assert parent.data.metrics == {"m": 1.0}
        assert child.data.tags["mlflow.parentRunId"] == parent.info.run_id
        assert child.data.metrics == {"inner": 2.0}

    def test_loops_with_progress(self, kernel: Kernel, store: Store) -> None:
        _, run = tracked(
            kernel, store,
            "%%track\nfor step in nbtrack.progress(range(3), metrics=['loss']):\n    loss = 1 / (step + 1)",
        )  # fmt: skip
        points = store.metrics.history(run.info.run_id, "loss").points
        assert [(point.step, point.value) for point in points] == [(0, 1.0), (1, 0.5), (2, pytest.approx(1 / 3))]

    def test_figures_and_output(self, kernel: Kernel, store: Store) -> None:
        outcome, run = tracked(
            kernel, store, "%%track\nimport matplotlib.pyplot as plt\nplt.plot([1, 2])\nprint('zeile ü')\nplt.show()"
        )  # fmt: skip
        assert outcome.images == 1
        assert artifact(store, run, "figures/figure_1.png").startswith(b"\x89PNG")
        assert artifact(store, run, "output.txt").decode() == "zeile ü\n"

    def test_models_data_and_scores(self, kernel: Kernel, store: Store) -> None:
        outcome, run = tracked(
            kernel, store,
            "%%track\nfrom sklearn.datasets import load_wine\nfrom sklearn.linear_model import LogisticRegression\n"
            "from sklearn.pipeline import make_pipeline\nfrom sklearn.preprocessing import StandardScaler\n"
            "from sklearn.metrics import f1_score\nwine = load_wine(as_frame=True)\n"
            "X_all, y_all = wine.data, wine.target\n"
            "clf = make_pipeline(StandardScaler(), LogisticRegression(C=0.5)).fit(X_all, y_all)\n"
            "test_f1 = f1_score(y_all, clf.predict(X_all), average='macro')",
        )  # fmt: skip
        assert outcome.error == ""
        assert run.data.params["logisticregression__C"] == "0.5"
        assert set(run.data.metrics) == {"test_f1"}
        assert [model.path for model in store.models.of_run(run.info.run_id)] == ["model"]
        datasets = {(found.dataset.name, found.context): found.dataset for found in run.inputs.dataset_inputs}
        assert datasets["X_all", "training"].shape == (178, 13)
        assert datasets["X_all", "training"].columns[0].name == "alcohol"
        assert ("X_all", "evaluation") in datasets
        kernel.run("later = f1_score(y_all, clf.predict(X_all), average='micro')")
        assert set(store.runs.get(run.info.run_id).data.metrics) == {"test_f1"}, "nobody listens after the cell"

    def test_the_surroundings(self, kernel: Kernel, store: Store, folder: Path) -> None:
        source = "%%track\nimport random\nimport numpy as np\nrandom.seed(7)\nrng = np.random.default_rng(11)"
        _, run = tracked(kernel, store, source, cell_id="cell-1")
        (cell,) = store.sessions.cells(run.info.run_id)
        assert (cell.source, cell.cell_id, cell.status) == (source, "cell-1", "ok")
        assert cell.execution_count is not None
        assert (cell.wall_ms or 0) > 0
        assert (cell.peak_memory_bytes or 0) > 10_000_000
        assert json.loads(run.data.tags["nbtrack.seeds"]) == {"random.seed": "7", "np.random.default_rng": "11"}
        commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=folder, capture_output=True, text=True, check=True)
        kernel.run("nbtrack.flush()")
        assert store.runs.get(run.info.run_id).data.tags["mlflow.source.git.commit"] == commit.stdout.strip()
        environment = store.sessions.environment(run.info.run_id)
        assert environment is not None
        assert "numpy" in environment.packages

    @pytest.mark.parametrize("cell_id", ["same-cell", None])
    def test_running_a_cell_again_is_another_attempt(self, kernel: Kernel, store: Store, cell_id: str | None) -> None:
        for _ in range(3):
            tracked(kernel, store, "%%track\nagain = 1", cell_id=cell_id)
        tracked(kernel, store, "%%track\nother = 1", cell_id="another" if cell_id else None)
        summaries = sorted(store.runs.summaries().runs, key=lambda run: run.started_at_ms)
        assert [run.attempt for run in summaries] == [1, 2, 3, 1]
        assert len({run.group_id for run in summaries}) == 2

    def test_nothing_is_logged_when_options_say_so(self, kernel: Kernel, store: Store) -> None:
        _, run = tracked(
            kernel, store,
            "%%track --no-models --no-figures --no-datasets --no-output\nfrom sklearn.linear_model import Ridge\n"
            "import matplotlib.pyplot as plt\nridge = Ridge().fit([[1.0], [2.0]], [1, 2])\n"
            "plt.plot([1])\nplt.show()\nprint(1)",
        )  # fmt: skip
        assert store.artifacts.list(run.info.run_id) == []
        assert run.inputs.dataset_inputs == ()


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


def strip_colours(text: str) -> str:
    import re

    return re.sub(r"\x1b\[[0-9;]*m", "", text)


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
